package machine

import (
	"context"
	"testing"
)

// BenchmarkLoops runs the programs that speed is measured with, each 100,000 rounds.
func BenchmarkLoops(b *testing.B) {
	for engine, opts := range engines {
		_, progs := loadFile(b, "testdata/speed/loops.bpf.o", opts)
		for _, p := range progs {
			b.Run(engine+"/"+p.Name(), func(b *testing.B) {
				for b.Loop() {
					if _, err := p.Run(context.Background(), Input{}); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
