package verifier_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/verifier"
)

// BenchmarkVerify verifies every program of the committed objects, an object a sub-benchmark.
func BenchmarkVerify(b *testing.B) {
	m := loadModel(b)
	for _, pattern := range []string{"../../examples/*.bpf.o", "../../examples/*/*.bpf.o", "testdata/*.bpf.o"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			b.Fatalf("no objects %s: %v", pattern, err)
		}
		for _, file := range files {
			obj, err := object.Load(file)
			if err != nil {
				b.Fatal(err)
			}
			var images []*object.Image
			for _, l := range obj.Link(m) {
				if l.Image != nil {
					images = append(images, l.Image)
				}
			}
			if len(images) == 0 {
				continue // for other kernels
			}
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
}
