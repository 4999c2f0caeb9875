package bpfverdict

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/report"
)

// autoArch lets each object say which machine it is for.
const autoArch = "auto"

// Arches are the names that Arch takes.
func Arches() []string { return append([]string{autoArch}, object.Arches()...) }

// Arch judges objects as for a machine of that name, as GOARCH writes it. With auto, the default, each is judged for the
// machine that it is built for, as far as it tells: by the registers that its programs look at, or its name. A program
// for a machine of which there is no model is unsupported; kernel.WithBTF brings another kernel's types.
func Arch(name string) Option {
	return func(o *options) {
		if !slices.Contains(Arches(), name) {
			o.archErr = fmt.Errorf("no machine %q: there are %s", name, strings.Join(Arches(), ", "))
		}
		o.arch = name
	}
}

// on returns the trial for the machine that the object is for; ok is false where there is no model of that.
func (r trial) on(o *object.Object) (other trial, arch string, ok bool) {
	if arch = r.arch; arch == autoArch {
		if arch = o.Arch(); arch == "" {
			return r, "", true
		}
	}
	model, ok := r.model.On(arch)
	r.model = model
	return r, arch, ok
}

// foreign are the answers for an object that is for a machine of which there is no model.
func (r *trial) foreign(name string, o *object.Object, arch string) []report.Program {
	var list []report.Program
	for _, program := range o.Programs() {
		if !r.wants(baseName(name), program.Name) {
			continue
		}
		p := r.unanswered(name, program)
		p.Verdict = report.Unsupported
		p.Message = fmt.Sprintf("it is built for %s, and there is no model of Linux %s for that: --btf takes such a kernel's types, --arch %s judges it all the same",
			arch, r.model.Name(), r.model.Arch().Name)
		list = append(list, p)
	}
	return list
}
