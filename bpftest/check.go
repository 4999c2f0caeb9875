package bpftest

import (
	"errors"
	"strings"
	"testing"

	"github.com/bpfverdict/bpfverdict"
	"github.com/bpfverdict/bpfverdict/kernel"
	"github.com/bpfverdict/bpfverdict/report"
)

// An Option says how a test is done.
type Option func(*options)

type options struct {
	kernels []string
	models  []*kernel.Model
	checks  []bpfverdict.Option
	inputs  []func(*RunInput)
}

// Kernels names the models to check with, as kernel.Load takes them; the default model if there are none.
func Kernels(names ...string) Option {
	return func(o *options) { o.kernels = append(o.kernels, names...) }
}

// Models are more models to check with, such as changed ones.
func Models(models ...*kernel.Model) Option {
	return func(o *options) { o.models = append(o.models, models...) }
}

// Set sets a global variable before programs are loaded, as bpfverdict.Set does.
func Set(name string, value any) Option { return With(bpfverdict.Set(name, value)) }

// With passes options on to the check.
func With(opts ...bpfverdict.Option) Option {
	return func(o *options) { o.checks = append(o.checks, opts...) }
}

// newOptions loads the models, and ends the test if there is none of a name.
func newOptions(t testing.TB, opts []Option) *options {
	t.Helper()
	o := &options{checks: []bpfverdict.Option{bpfverdict.LogLevel(1), bpfverdict.Explain()}}
	for _, f := range opts {
		f(o)
	}
	if len(o.kernels)+len(o.models) == 0 {
		o.kernels = []string{kernel.Default()}
	}
	for _, name := range o.kernels {
		k, err := kernel.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		o.models = append(o.models, k)
	}
	return o
}

// Check holds all programs of an object file against kernels: a subtest for each kernel and program, KERNEL/PROGRAM, which
// fails where the kernel would refuse the program, or can't be judged.
func Check(t *testing.T, file string, opts ...Option) {
	t.Helper()
	obj, err := bpfverdict.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	check(t, obj, newOptions(t, opts))
}

// CheckBytes is Check for an object in memory, such as what bpf2go embeds. The name is for reports.
func CheckBytes(t *testing.T, name string, object []byte, opts ...Option) {
	t.Helper()
	obj, err := bpfverdict.OpenBytes(name, object)
	if err != nil {
		t.Fatal(err)
	}
	check(t, obj, newOptions(t, opts))
}

func check(t *testing.T, obj *bpfverdict.Object, o *options) {
	t.Helper()
	for _, k := range o.models {
		t.Run(testName(k), func(t *testing.T) {
			res, err := obj.Check(t.Context(), k, o.checks...)
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			for p := range res.Programs() {
				n++
				t.Run(p.Name, func(t *testing.T) {
					if err := p.Err(); err != nil {
						t.Error(explain(p, err))
					}
				})
			}
			if n == 0 {
				t.Error("no program was checked")
			}
		})
	}
}

// testName is a kernel's name without what separates tests.
func testName(k *kernel.Model) string { return strings.ReplaceAll(k.String(), "/", "_") }

// logTail is how many lines of the log a failure shows.
const logTail = 20

// explain is what a failed test shows of a program: why it is refused, where and what to do, and the end of the log.
func explain(p *report.Program, err error) string {
	rej := new(bpfverdict.Rejection)
	if !errors.As(err, &rej) {
		return err.Error()
	}
	var b strings.Builder
	b.WriteString(rej.Error() + "\n")
	if err := report.Explain(&b, p, report.ExplainOptions{}); err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimRight(rej.Log, "\n"), "\n")
	if cut := len(lines) - logTail; cut > 0 {
		lines = append([]string{"..."}, lines[cut:]...)
	}
	for _, line := range lines {
		if line != "" {
			b.WriteString("  | " + report.Escape(line) + "\n")
		}
	}
	return strings.TrimRight(b.String(), "\n")
}
