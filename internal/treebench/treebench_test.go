package treebench

import (
	"fmt"
	"testing"

	"github.com/bpfverdict/bpfverdict/kernel"
)

// model is 6.18 with exchanges under locks, as 7.1 has them.
func model(t testing.TB) *kernel.Model {
	t.Helper()
	k, err := kernel.Load("6.18")
	if err != nil {
		t.Fatal(err)
	}
	if k, err = k.With(kernel.Enable("kptr-xchg-locked")); err != nil {
		t.Fatal(err)
	}
	return k
}

func options(t testing.TB) Options {
	return Options{Nodes: []int{16, 300}, CPUs: []int{1}, Ways: Ways, Lookups: 500, Times: 2, Open: InMachine(model(t))}
}

func TestMeasure(t *testing.T) {
	n := 0
	rows, err := Measure(t.Context(), options(t), func(Row) { n++ })
	if err != nil {
		t.Fatal(err)
	}
	if n != 8 || len(rows) != n {
		t.Fatalf("%d rows, %d told; want 8", len(rows), n)
	}
	for i, r := range rows {
		if r.Way != Ways[i%4] || r.NS <= 0 || r.PerSecond <= 0 || r.Ratio <= 0 || r.Missed != 0 {
			t.Errorf("%+v", r)
		}
	}
}

// BenchmarkLookup is of a lookup in each way.
func BenchmarkLookup(b *testing.B) {
	o := options(b)
	o.Lookups = 1000
	for _, nodes := range []int{16, 1000, 100000} {
		e, err := o.Open(o, nodes, 1)
		if err != nil {
			b.Fatal(err)
		}
		if err := Fill(b.Context(), e); err != nil {
			b.Fatal(err)
		}
		for _, w := range Ways {
			b.Run(fmt.Sprintf("%s/%d", w, nodes), func(b *testing.B) {
				for range (b.N + o.Lookups - 1) / o.Lookups {
					if _, _, err := e.Run(b.Context(), string(w), 1); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
		if err := e.Close(); err != nil {
			b.Error(err)
		}
	}
}
