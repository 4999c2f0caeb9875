package verifier_test

import (
	"iter"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/verifier"
)

// BenchmarkVerify verifies every program of the committed objects, an object a sub-benchmark.
func BenchmarkVerify(b *testing.B) {
	m := loadModel(b)
	for file, images := range committedImages(b, m) {
		b.Run(strings.TrimSuffix(filepath.Base(file), ".bpf.o"), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				for _, img := range images {
					verifier.Verify(b.Context(), img, m, verifier.Options{})
				}
			}
		})
	}
}

// committedImages yields the committed objects and the programs of each that a kernel can take.
func committedImages(t testing.TB, m *kmodel.Model) iter.Seq2[string, []*object.Image] {
	return func(yield func(string, []*object.Image) bool) {
		t.Helper()
		for _, pattern := range []string{"../../examples/*.bpf.o", "../../examples/*/*.bpf.o", "testdata/*.bpf.o"} {
			files, err := filepath.Glob(pattern)
			if err != nil || len(files) == 0 {
				t.Fatalf("no objects %s: %v", pattern, err)
			}
			for _, file := range files {
				obj, err := object.Load(file)
				if err != nil {
					t.Fatal(err)
				}
				var images []*object.Image
				for _, l := range obj.Link(m) {
					if l.Image != nil {
						images = append(images, l.Image)
					}
				}
				if len(images) > 0 && !yield(file, images) {
					return
				}
			}
		}
	}
}
