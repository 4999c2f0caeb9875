package machine

import "github.com/bpfverdict/bpfverdict/internal/abi"

func init() {
	registerEntry(entry{prepare: prepareSyscall, finish: finishPlain}, abi.PROG_TYPE_SYSCALL)
	registerEntry(entry{prepare: prepareRawTracepoint}, abi.PROG_TYPE_RAW_TRACEPOINT, abi.PROG_TYPE_RAW_TRACEPOINT_WRITABLE)
}

// prepareSyscall gives the program the user's bytes as they are.
func prepareSyscall(r *run) error {
	if len(r.in.Data) > 0 {
		return r.refuse("a program of type syscall takes a context and no data")
	}
	return r.plainContext(1 << 16)
}

// prepareRawTracepoint gives the program its arguments, 8 bytes each.
func prepareRawTracepoint(r *run) error {
	if len(r.in.Data) > 0 {
		return r.refuse("a raw tracepoint takes arguments as its context and no data")
	}
	return r.plainContext(12 * 8)
}

func (r *run) plainContext(most int) (err error) {
	if len(r.in.Ctx) > most {
		return r.refuse("a context of %d bytes: at most %d", len(r.in.Ctx), most)
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
