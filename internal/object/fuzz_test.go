package object

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/kmodel"
)

// seeds are the objects of the project's own examples.
func seeds(t testing.TB) []string {
	t.Helper()
	var out []string
	for _, pattern := range []string{"../../examples/*.bpf.o", "../../examples/*/*.bpf.o"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, files...)
	}
	return out
}

// FuzzLoad gives damaged objects to the loader and, what it takes, to the linker:
// nothing may panic or take long, and every error is one line.
func FuzzLoad(f *testing.F) {
	for _, name := range seeds(f) {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte{})
	f.Add([]byte("\x7fELF"))
	m, err := kmodel.Load("6.18")
	if err != nil {
		f.Fatal(err)
	}
	presets := []Preset{SetAllBools()}
	for _, name := range []string{"limits[1].strict", "mode"} {
		p, err := SetVar(name, "1")
		if err != nil {
			f.Fatal(err)
		}
		presets = append(presets, p)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		o, err := LoadBytes("fuzz.bpf.o", data)
		if err != nil {
			checkLine(t, err)
			return
		}
		if o, _, err = o.With(presets); err != nil {
			checkLine(t, err)
			return
		}
		for _, l := range o.Link(m) {
			if (l.Err == nil) == (l.Image == nil) {
				t.Fatal("neither an image nor an error, or both")
			}
			if l.Err != nil {
				checkLine(t, l.Err)
			}
		}
	})
}

func checkLine(t *testing.T, err error) {
	t.Helper()
	if s := err.Error(); s == "" || strings.ContainsAny(s, "\n\r") {
		t.Fatalf("not one line: %q", s)
	}
}
