package object

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/kmodel"
)

// BenchmarkLink links every program of the examples, an object a sub-benchmark.
func BenchmarkLink(b *testing.B) {
	m, err := kmodel.Load("6.18")
	if err != nil {
		b.Fatal(err)
	}
	for _, file := range seeds(b) {
		data, err := os.ReadFile(file)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(strings.TrimSuffix(filepath.Base(file), ".bpf.o"), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				o, err := LoadBytes(file, data)
				if err != nil {
					b.Fatal(err)
				}
				if len(o.Link(m)) == 0 {
					b.Fatal("no programs")
				}
			}
		})
	}
}
