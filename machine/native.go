package machine

import (
	_ "embed"
	"fmt"
	"sync"

	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/machine/jit"
)

//go:generate ../examples/build.sh native

// What both engines do with trees and lists is written once, in BPF (native/native.bpf.c). Compiled programs have it
// as part of themselves. The interpreter runs it to its end, as one step, on memory that it may touch as a whole.

//go:embed native/native.bpf.o
var nativeObject []byte

// nativeFunc is a function in the forms that the engines take.
type nativeFunc struct {
	prog *Program
	code *jit.Program
}

// natives are the functions by name.
var natives struct {
	once  sync.Once
	funcs map[string]nativeFunc
}

// native is the function of that name. It depends on no kernel; k is the one it is linked for first.
func native(k *kmodel.Model, name string) nativeFunc {
	natives.once.Do(func() {
		obj, err := object.LoadBytes("native.bpf.o", nativeObject)
		if err != nil {
			panic(fmt.Sprintf("native.bpf.o: %v", err))
		}
		natives.funcs = map[string]nativeFunc{}
		for _, l := range obj.Link(k) {
			p := &Program{img: l.Image}
			if l.Err != nil || p.decode(l.Image.Insns) != nil {
				panic(fmt.Sprintf("native.bpf.o: %s: %v", l.Program.Name, l.Err))
			}
			natives.funcs[p.Name()] = nativeFunc{p, p.plainCode()}
		}
	})
	return natives.funcs[name]
}

// nativeSteps is more than what a function takes, whatever the size of tree or list.
const nativeSteps = 1 << 16

// native runs a function of native.bpf.c.
func (m *Machine) native(name string, args ...uint64) (uint64, error) {
	c := &m.inner
	c.m, c.prog, c.run, c.stack = m, native(m.k, name).prog, &run{}, m.cpus[0].stack
	c.mem = &memory{buf: m.mem.buf, open: true}
	c.pc, c.frames, c.status = 0, c.frames[:0], running
	copy(c.r[insn.R1:], args)
	if err := c.step(nativeSteps); err != nil || c.status != ended {
		return 0, &Fault{Kind: WrongObject, Addr: args[0], Reason: "the tree or list there was overwritten"}
	}
	return c.r[insn.R0], nil
}
