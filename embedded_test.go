package bpfverdict_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bpfverdict/bpfverdict"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/kernel"
)

// Objects are found in what is built around them: executables, whatever their format, and sources that hold them as a text or
// as numbers, as bpftool, bpf2go, libbpf-rs and xxd write them.
func TestEmbedded(t *testing.T) {
	k, err := kernel.Load("6.18")
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile("examples/lookup.bpf.o")
	if err != nil {
		t.Fatal(err)
	}
	each := func(format string, every int, sep string) string {
		var b strings.Builder
		for i, c := range data {
			if i > 0 && i%every == 0 {
				b.WriteString(sep)
			}
			fmt.Fprintf(&b, format, c)
		}
		return b.String()
	}
	whole := string(data)
	for name, c := range map[string]struct {
		text string
		n    int
	}{
		"an executable":        {"\x7fELF\x02\x01\x01" + strings.Repeat("\x00", 99) + whole + "tail" + whole, 2},
		"another's":            {"MZ" + strings.Repeat("\x90", 64) + whole, 1},
		"a skeleton":           {"static const char data[] = \"\\\n" + each(`\x%02x`, 20, "\\\n") + "\";\n", 1},
		"texts in a row":       {"const char d[] =\n\"" + each(`\x%02x`, 16, "\"\n  \"") + `";`, 1},
		"bpf2go's":             {`var _Bytes = []byte("` + each(`\x%02x`, 1<<20, "") + `")`, 1},
		"Rust's":               {"const DATA: &[u8] = &[" + each("%d", 1, ", ") + "];", 1},
		"xxd's":                {"unsigned char o[] = {\n  " + each("0x%02x", 1, ",\n ") + "\n};", 1},
		"one that is cut off":  {whole[:len(whole)-64], 0},
		"a text that is":       {`x = "` + each(`\x%02x`, 1<<20, "")[:4000] + `"`, 0},
		"a text without quote": {`x = "\x7fELF`, 0},
	} {
		found := object.FindEmbedded([]byte(c.text))
		if len(found) != c.n {
			t.Errorf("%s: %d objects, want %d", name, len(found), c.n)
		}
		for _, e := range found {
			if string(e.Data) != whole {
				t.Errorf("%s: the object at %d is not the one that was put there", name, e.Offset)
			}
		}
		file := filepath.Join(t.TempDir(), "agent")
		if err := os.WriteFile(file, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		res, err := bpfverdict.CheckAll(t.Context(), k, []string{file})
		if (err != nil) != (c.n == 0) || len(res.List) != c.n {
			t.Errorf("%s: %d programs, %v", name, len(res.List), err)
		}
		for p := range res.Programs() {
			if !strings.HasPrefix(p.Object, file+"@0x") || p.Verdict != "success" {
				t.Errorf("%s: %s: %s %s", name, p.Object, p.Verdict, p.Message)
			}
		}
	}
}

// An object that can't be opened is told of, and its neighbours in the same file are judged.
func TestEmbeddedRefused(t *testing.T) {
	k, err := kernel.Load("6.18")
	if err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile("examples/lookup.bpf.o")
	if err != nil {
		t.Fatal(err)
	}
	old, err := os.ReadFile("testdata/loaders/legacy.bpf.o") // which libbpf refuses
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		parts []string
		n     int
	}{
		{"between others", []string{string(good), string(old), string(good)}, 2},
		{"alone", []string{string(old)}, 0},
	} {
		file := filepath.Join(t.TempDir(), "agent")
		if err := os.WriteFile(file, []byte("MZ"+strings.Repeat("\x90", 62)+strings.Join(c.parts, "")), 0o600); err != nil {
			t.Fatal(err)
		}
		at := 64
		if c.n > 0 {
			at += len(good)
		}
		res, err := bpfverdict.CheckAll(t.Context(), k, []string{file})
		le := new(bpfverdict.LoadError)
		if !errors.As(err, &le) || !strings.Contains(err.Error(), fmt.Sprintf("%s@%#x", file, at)) || !strings.Contains(err.Error(), "legacy map definitions") {
			t.Errorf("%s: %v, want it to name the object at %#x", c.name, err, at)
		}
		if len(res.List) != c.n {
			t.Errorf("%s: %d programs, want %d", c.name, len(res.List), c.n)
		}
	}
}
