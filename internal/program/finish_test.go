package program_test

import (
	"context"
	"strings"
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/cfg"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/program"
	"github.com/bpfverdict/bpfverdict/internal/vlog"
)

const (
	twoFuncs  = "call f\nexit\nf:\nr0 = 0\nexit"
	oneThrows = "call f\nexit\nf:\n.raw 85 20 00 00 01 00 00 00\nr0 = 0\nexit"
	mayGoto   = "r0 = 0\nagain:\nmay_goto out\ngoto again\nout:\nr0 = 0\nexit"
	deadCall  = "r0 = 0\nif r0 == 0 goto over\ncall f\nover:\nr0 = 0\nexit\nf:\nr0 = 0\nexit"
	weakKfunc = "r0 = 0\nif r0 == 0 goto over\n.raw 85 20 00 00 00 00 00 00\nover:\nr0 = 0\nexit"
	tailCalls = "call f\nexit\nf:\nr3 = 0\nr2 = map[0] ll\ncall tail_call\nr0 = 0\nexit"
)

// What a case is besides its code.
const (
	interprets = 1 << iota // on a kernel without a JIT
	throws
	callback
	tracing
	unconverted
	loop
)

// The walk's findings are made up: stacks are the bytes that each function uses, dead what no path ran.
func TestFinish(t *testing.T) {
	k := load(t)
	for _, c := range []struct {
		name, code string
		stacks     []int
		dead       []int
		facts      int
		depths     string
		want       string
		errno      abi.Errno
	}{
		{name: "one", code: "r0 = 0\nexit", stacks: []int{512}, depths: "512"},
		{name: "chain", code: twoFuncs, stacks: []int{256, 256}, depths: "256+256"},
		{name: "too long a chain", code: twoFuncs, stacks: []int{256, 264}, depths: "256+264",
			want: "combined stack size of 2 calls is 528. Too large", errno: abi.EACCES},
		{name: "private stacks", code: twoFuncs, stacks: []int{256, 264}, facts: tracing, depths: "256+264"},
		{name: "stack below a tail call", code: tailCalls, stacks: []int{256, 0}, depths: "256+0",
			want: "tail_calls are not allowed when call stack of previous frames is 256 bytes. Too large", errno: abi.EACCES},
		{name: "callback that throws", code: oneThrows, stacks: []int{0, 0}, facts: throws | callback, depths: "0+0",
			want: "bpf_throw kfunc (insn 2) cannot be called from callback subprog 1", errno: abi.EINVAL},
		{name: "exceptions add a function", code: oneThrows, stacks: []int{8, 0}, facts: throws, depths: "8+0+0"},
		{name: "may_goto", code: mayGoto, stacks: []int{8}, depths: "24"},
		{name: "dead function", code: deadCall, stacks: []int{8, 16}, dead: []int{2, 5, 6}, depths: "8"},
		{name: "inlined loop", code: twoFuncs, stacks: []int{4, 0}, facts: loop, depths: "32+0"},
		{name: "unresolved call, dead", code: weakKfunc, stacks: []int{0}, dead: []int{2}, depths: "0"},
		{name: "unresolved call", code: weakKfunc, stacks: []int{0}, depths: "0",
			want: "invalid kernel function call not eliminated in verifier pass", errno: abi.EINVAL},
		{name: "load without code", code: "r0 = 0\nexit", stacks: []int{0}, facts: unconverted, depths: "0",
			want: "error during ctx access conversion (0)", errno: abi.EFAULT},
		{name: "interpreted", code: twoFuncs, stacks: []int{256, 250}, facts: interprets, depths: "256+250"},
		{name: "interpreted, rounded up", code: twoFuncs, stacks: []int{488, 0}, facts: interprets, depths: "488+0",
			want: "combined stack size of 2 calls is 544. Too large", errno: abi.EACCES},
		{name: "interpreted tail call", code: tailCalls, stacks: []int{0, 0}, facts: interprets, depths: "0+0",
			want: "tail_calls are not allowed in non-JITed programs with bpf-to-bpf calls", errno: abi.EINVAL},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := k
			if c.facts&interprets != 0 {
				config := k.Config()
				config.JIT = false
				k = k.With(kmodel.WithConfig(config))
			}
			p, img := walked(t, k, c.code, c.facts, c.dead)
			for i, bytes := range c.stacks {
				p.Subprogs[i].StackDepth = bytes
			}
			found := program.Findings{
				InlinedLoops: make([]bool, len(img.Insns)), Throws: c.facts&throws != 0, Unconverted: c.facts&unconverted != 0,
			}
			found.InlinedLoops[0] = c.facts&loop != 0
			log := &vlog.Log{}
			err := p.Finish(t.Context(), log, found)
			if vlog.Errno(err) != c.errno || log.LastLine() != c.want || p.StackDepths() != c.depths {
				t.Errorf("%q, errno %d, stack %s; want %q, %d, %s", log.LastLine(), vlog.Errno(err), p.StackDepths(), c.want, c.errno, c.depths)
			}
		})
	}
}

// walked is a program as the walk leaves it: every instruction ran but the dead ones.
func walked(t *testing.T, k *kmodel.Model, code string, facts int, dead []int) (*program.Program, *object.Image) {
	t.Helper()
	funcs := []string{"main"}
	if strings.Contains(code, "f:") {
		funcs = append(funcs, "f")
	}
	img := image(t, k, code, funcs...)
	if facts&tracing != 0 {
		img.Type = abi.PROG_TYPE_KPROBE
	}
	calls := func(in *insn.Insn) cfg.Call { return cfg.Call{Throws: in.IsKfuncCall()} }
	if facts&throws != 0 {
		id, _ := k.Types().FindFunc("bpf_throw")
		img.Insns[2].Imm = int32(id)
	}
	p := prepare(t, k, img, calls)
	for i := range p.Seen {
		p.Seen[i] = true
	}
	for _, i := range dead {
		p.Seen[i] = false
	}
	if facts&callback != 0 {
		p.Subprogs[1].Callback = true
	}
	return p, img
}

func TestFinishIsStopped(t *testing.T) {
	k := load(t)
	p, img := walked(t, k, twoFuncs, 0, nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	log := &vlog.Log{}
	if err := p.Finish(ctx, log, program.Findings{InlinedLoops: make([]bool, len(img.Insns))}); err == nil || vlog.IsRefusal(err) {
		t.Errorf("%v, %q", err, log.Why)
	}
}
