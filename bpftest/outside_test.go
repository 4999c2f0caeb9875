package bpftest_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// project is what bpf2go writes, and a test of it.
var project = map[string]string{
	"counter_bpfel.go": `package counter

import (
	"bytes"
	_ "embed"

	"github.com/cilium/ebpf"
)

func loadCounter() (*ebpf.CollectionSpec, error) {
	return ebpf.LoadCollectionSpecFromReader(bytes.NewReader(_CounterBytes))
}

//go:embed counter_bpfel.o
var _CounterBytes []byte
`,
	"counter_test.go": `package counter

import (
	"testing"

	"github.com/bpfverdict/bpfverdict/bpftest"
)

func TestLoads(t *testing.T) {
	spec, err := loadCounter()
	if err != nil {
		t.Fatal(err)
	}
	bpftest.CheckSpec(t, _CounterBytes, spec, bpftest.Kernels("6.12", "6.18"))
}

func TestRuns(t *testing.T) {
	bpftest.Run(t, "counter_bpfel.o", "count")
}
`,
}

// TestOutside: a project of its own passes go test with an object that loads, and fails with the diagnosis and
// the end of the kernel's log, under the kernel's and the program's name, with one that does not.
func TestOutside(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip(err)
	}
	dir := t.TempDir()
	write := func(name string, data []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	read := func(name string) []byte {
		data, err := os.ReadFile(filepath.Join("..", name))
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	mod := string(read("go.mod"))
	const own = "github.com/bpfverdict/bpfverdict"
	write("go.mod", fmt.Appendf(nil, "module example.com/counter\n\n%s\n\nrequire (\n\t%s v0.0.0\n\t%s\n)\n\nreplace %s => %q\n",
		regexp.MustCompile(`(?m)^go .*$`).FindString(mod), own, regexp.MustCompile(`github.com/cilium/ebpf v\S+`).FindString(mod), own, root))
	write("go.sum", read("go.sum"))
	for name, text := range project {
		write(name, []byte(text))
	}
	test := func(object string) (string, bool) {
		write("counter_bpfel.o", read(object))
		cmd := exec.Command("go", "test", "./...")
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOWORK=off")
		out, err := cmd.CombinedOutput()
		return string(out), err == nil
	}
	if out, passed := test("examples/lookup.bpf.o"); !passed {
		t.Errorf("an object that loads:\n%s", out)
	}
	out, passed := test("examples/refused/lookup_unchecked.bpf.o")
	for _, want := range []string{
		"--- FAIL: TestLoads/6.18/count", "--- FAIL: TestLoads/6.12/count", "R0 invalid mem access 'map_value_or_null' (EACCES)",
		"--- FAIL: TestRuns", "error[BV0902]: `n` may be NULL", "--> lookup_unchecked.bpf.c:20:5 in count", "help: check it before: `if (!n) return 0;`", "| processed 8 insns",
	} {
		if passed || !strings.Contains(out, want) {
			t.Errorf("a program that is refused, want %q:\n%s", want, out)
		}
	}
	if n := strings.Count(out, "= help: "); n != 3 { // of two kernels, and of the program that is to run
		t.Errorf("%d diagnoses, want 3:\n%s", n, out)
	}
}
