package machine

import (
	"slices"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

func init() {
	registerEntry(entry{prepare: prepareSyscall, finish: finishPlain}, abi.PROG_TYPE_SYSCALL)
	registerEntry(entry{prepare: prepareRawArguments}, abi.PROG_TYPE_RAW_TRACEPOINT, abi.PROG_TYPE_RAW_TRACEPOINT_WRITABLE)
	registerEntry(entry{prepare: prepareArguments}, abi.PROG_TYPE_TRACING, abi.PROG_TYPE_LSM, abi.PROG_TYPE_STRUCT_OPS)
	registerEntry(entry{prepare: prepareRecord}, abi.PROG_TYPE_TRACEPOINT, abi.PROG_TYPE_KPROBE, abi.PROG_TYPE_PERF_EVENT)
}

// prepareSyscall gives the program the user's bytes as they are.
func prepareSyscall(r *run) error {
	if len(r.in.Data) > 0 {
		return r.refuse("a program of type syscall takes a context and no data")
	}
	return r.plainContext(1 << 16)
}

// maxArguments is what a context of arguments has room for, in bytes: 12 of 8 bytes.
const maxArguments = 12 * 8

// prepareRawArguments gives the program arguments as they are, 8 bytes each.
func prepareRawArguments(r *run) error {
	if len(r.in.Data) > 0 {
		return r.refuse("a program of type %s takes arguments as its context and no data", r.p.img.Type)
	}
	if use := r.p.contextUse(); len(r.in.Ctx) < use {
		return r.refuse("a context of %d bytes: the program looks at %d", len(r.in.Ctx), use)
	}
	return r.plainContext(maxArguments)
}

// prepareArguments gives the program its arguments, 8 bytes each; for those that the user leaves out there are others.
func prepareArguments(r *run) error {
	if len(r.in.Data) > 0 {
		return r.refuse("a program of type %s takes arguments as its context and no data", r.p.img.Type)
	}
	args, err := r.p.arguments()
	if err != nil {
		return err
	}
	ctx := append([]byte{}, r.in.Ctx...)
	for i := (len(ctx) + 7) / 8; i < len(args); i++ {
		ctx = append(ctx, make([]byte, 8*(i+1)-len(ctx))...)
		putNumber(ctx[8*i:], args[i].addr)
	}
	left := args[min(len(args), (len(r.in.Ctx)+7)/8):]
	if r.in.Repeat > 1 && slices.ContainsFunc(left, func(a argument) bool { return a.owned != nil }) {
		return r.refuse("an argument that the program owns is given once: it can't be repeated")
	}
	r.ownArguments(left)
	r.in.Ctx = ctx
	return r.plainContext(maxArguments)
}

// prepareRecord gives the program a record as the kernel has it: of a tracepoint, registers, a sample. What the user
// leaves out is zeros.
func prepareRecord(r *run) error {
	const size = 1 << 10
	if len(r.in.Data) > 0 {
		return r.refuse("a program of type %s takes a record as its context and no data", r.p.img.Type)
	}
	r.in.Ctx = append(r.in.Ctx, make([]byte, max(0, size-len(r.in.Ctx)))...)
	return r.plainContext(1 << 16)
}

func (r *run) plainContext(most int) (err error) {
	if len(r.in.Ctx) > most {
		return r.refuse("a context of %d bytes: at most %d", len(r.in.Ctx), most)
	}
	if n := r.p.contextUsed(); len(r.in.Ctx) < n {
		return r.refuse("a context of %d bytes: the program uses %d", len(r.in.Ctx), n)
	}
	if len(r.in.Ctx) == 0 {
		return nil
	}
	mem := r.p.machine.mem
	if r.ctx, err = mem.alloc(uint32(len(r.in.Ctx)), "context", place{}); err == nil {
		copy(mem.buf[uint32(r.own(r.ctx).addr):], r.in.Ctx)
	}
	return err
}

func finishPlain(r *run) {
	if r.ctx != nil {
		off := uint32(r.ctx.addr)
		r.out.CtxOut = append([]byte{}, r.p.machine.mem.buf[off:off+r.ctx.size]...)
	}
}
