package machine

import (
	"context"
	"errors"

	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/program"
)

func init() {
	registerKfuncs(map[string]implementation{"bpf_throw": throw})
}

// throw leaves all functions. The program returns what its exception callback makes of r1, or r1 itself.
func throw(c *CPU, a *args) (uint64, error) {
	if err := c.mayEnd("the program throws"); err != nil {
		return 0, err
	}
	if c.compiled {
		return 0, &thrown{c.prog.compiledFor(c), a[0]}
	}
	if len(c.frames) > 0 {
		c.prog = c.frames[0].prog // a tail call put another in the place of the first
	}
	for n := len(c.frames); n > 0; n-- {
		c.m.mem.renewFrame(c.stack, n)
	}
	c.frames = c.frames[:0]
	c.r[insn.FP] = c.m.mem.frameAddr(c.stack, 0)
	c.r[insn.R0], c.r[insn.R1] = a[0], a[0]
	if c.pc = program.ExceptionCallback(c.prog.img); c.pc == 0 {
		if err := c.end(); err != nil {
			return 0, err
		}
	}
	return 0, errCalledBack
}

// thrown is the error that leaves all compiled functions.
type thrown struct {
	by    *compiled
	value uint64
}

func (*thrown) Error() string { return "the program throws" }

// caught is what a program returns whose run an error has ended, if that was an exception.
func (c *CPU) caught(ctx context.Context, err error, fp uint64) (uint64, error) {
	t := new(thrown)
	if !errors.As(err, &t) {
		return 0, err
	}
	callback := program.ExceptionCallback(t.by.p.img)
	if callback == 0 {
		return t.value, nil
	}
	return t.by.enter(ctx, c, func() (uint64, error) { return t.by.l.Call(callback, [insn.MaxArgs]uint64{t.value}, fp) })
}
