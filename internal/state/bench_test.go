package state

import (
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/scalar"
)

// fullState is a state with two frames, every register set and 64 stack slots spilled in each: the
// largest that is ever copied.
func fullState() *State {
	st := &State{Common: Common{Branches: 1, CurFrame: 1}}
	for i := range 2 {
		f := &Frame{Call: Call{Callsite: -1, Frameno: uint32(i)}}
		for r := range f.Regs {
			f.Regs[r] = reg(abi.SCALAR_VALUE, func(r *Reg) { r.Scalar = scalar.Const(uint64(i)) })
		}
		f.Stack = make([]Slot, 64)
		for s := range f.Stack {
			f.Stack[s].Reg = f.Regs[0]
			for b := range f.Stack[s].Kind {
				f.Stack[s].Kind[b] = STACK_SPILL
			}
		}
		st.Frames[i] = f
	}
	return st
}

func BenchmarkCopy(b *testing.B) {
	src := fullState()
	var p Pool
	b.ReportAllocs()
	for b.Loop() {
		dst := p.State()
		p.Copy(dst, src)
		p.Free(dst)
	}
}

func BenchmarkSave(b *testing.B) {
	src := fullState()
	var p Pool
	src.Parent = p.Save(src)
	b.ReportAllocs()
	for b.Loop() {
		p.Discard(p.Save(src))
	}
}

func BenchmarkCovers(b *testing.B) {
	var p Pool
	var c Comparer
	equal, other := fullState(), p.State()
	p.Copy(other, equal)
	old := p.Save(equal)
	last := &other.Cur().Stack[63].Reg
	last.Type = abi.PTR_TO_CTX
	for _, bm := range []struct {
		name string
		cur  *State
		want bool
	}{{"equal", equal, true}, {"other in the last slot", other, false}} {
		b.Run(bm.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if c.Covers(old, bm.cur, NotExact, 100, nil) != bm.want {
					b.Fatalf("covered: %v", !bm.want)
				}
			}
		})
	}
}
