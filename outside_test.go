package bpfverdict_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/bpfverdict/bpfverdict/kernel"
)

// outside is a module of a user's own, with a test that holds an object against several kernels.
type outside struct {
	dir string
}

func newOutside(t *testing.T) outside {
	t.Helper()
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	o := outside{t.TempDir()}
	mod, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	version := regexp.MustCompile(`(?m)^go .*$`).FindString(string(mod))
	const own = "github.com/bpfverdict/bpfverdict"
	o.write(t, "go.mod", fmt.Sprintf("module example.com/outside\n\n%s\n\nrequire %s v0.0.0\n\nreplace %s => %q\n", version, own, own, root))
	for from, to := range map[string]string{"go.sum": "go.sum", "testdata/outside/loads_test.go": "loads_test.go"} {
		o.copy(t, from, to)
	}
	return o
}

func (o outside) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(o.dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (o outside) copy(t *testing.T, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	o.write(t, to, string(data))
}

// test runs the module's test and returns what it prints. It uses no module that this one doesn't.
func (o outside) test(t *testing.T) (output string, passed bool) {
	t.Helper()
	cmd := exec.Command("go", "test", "./...")
	cmd.Dir = o.dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOWORK=off")
	out, err := cmd.CombinedOutput()
	return string(out), err == nil
}

// TestOutsideModule builds and runs a user's test: on the kernels there are it passes for an object that loads,
// shows the kernel's words for one that doesn't, and as it is written it stops where there is no such kernel.
func TestOutsideModule(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip(err)
	}
	o := newOutside(t)
	o.copy(t, "examples/lookup.bpf.o", "prog.bpf.o")
	asWritten, _ := os.ReadFile("testdata/outside/loads_test.go")
	list := regexp.MustCompile(`\[\]string\{.*\}`).FindString(string(asWritten))
	var known, unknown []string
	for _, name := range regexp.MustCompile(`"([^"]*)"`).FindAllStringSubmatch(list, -1) {
		if _, err := kernel.Load(name[1]); err != nil {
			unknown = append(unknown, name[1])
		} else {
			known = append(known, name[1])
		}
	}
	if out, passed := o.test(t); passed != (len(unknown) == 0) || !passed && !strings.Contains(out, "unknown kernel model") {
		t.Errorf("as written, without models for %q:\n%s", unknown, out)
	}

	o.write(t, "loads_test.go", strings.Replace(string(asWritten), list, fmt.Sprintf("%#v", known), 1))
	if out, passed := o.test(t); !passed {
		t.Errorf("on %q:\n%s", known, out)
	}
	o.copy(t, "examples/refused/lookup_unchecked.bpf.o", "prog.bpf.o")
	if out, passed := o.test(t); passed || !strings.Contains(out, "lookup_unchecked.bpf.c:20: R0 invalid mem access 'map_value_or_null' (EACCES)\n") ||
		!strings.Contains(out, "processed 8 insns") {
		t.Errorf("a program that is refused:\n%s", out)
	}
	o.copy(t, "go.mod", "prog.bpf.o")
	if out, passed := o.test(t); passed || !strings.Contains(out, "not a BPF object: ") {
		t.Errorf("no object:\n%s", out)
	}
}
