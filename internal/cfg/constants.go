package cfg

import (
	"math"

	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/scratch"
)

// KnownKind is what is known of a register before the walk.
type KnownKind uint8

// Kinds of what is known.
const (
	unreached   KnownKind = iota // no path was followed to here
	Unknown                      // nothing
	KnownNumber                  // Known.Val
	KnownMap                     // the map Known.Map
	KnownValue                   // Known.Val bytes into the value of Known.Map
	KnownFunc                    // the function Known.Val
)

// Known is what a register holds on all paths to an instruction.
type Known struct {
	Kind KnownKind
	Map  int32
	Val  uint64
}

// Consts are the registers r0 to r9 of which it is known, before an instruction, what they hold: a number of 32
// bits, a map, a function. Bit i stands for ri, whose number or index is Vals[i].
type Consts struct {
	Numbers, Maps, Funcs uint16
	Vals                 [insn.FP]uint32
}

// Source tells what constants come from.
type Source struct {
	// Address is what the 64-bit immediate at an instruction stands for, where that is no plain number.
	Address func(i int) Known
	// Load reads a map that nobody writes; ok is false for others.
	Load func(m int32, off, size int, signExtend bool) (val uint64, ok bool)
}

type knowns [insn.MaxReg]Known

// Constants finds what registers hold on all paths, by following all jumps (bpf_compute_const_regs). The graph's Order must
// be there.
func (g *Graph) Constants(src Source) []Consts {
	in := scratch.Make[knowns](g.Mem, len(g.Insns))
	for n := range g.Subprogs {
		entry := &in[g.Subprogs[n].Start]
		for r := range entry {
			entry[r] = Known{Kind: Unknown}
		}
	}
	for changed := true; changed; {
		changed = false
		for p := len(g.Postorder) - 1; p >= 0; p-- {
			i := int(g.Postorder[p])
			out := in[i]
			g.transfer(&out, i, &src)
			for _, s := range g.Successors(i) {
				changed = in[s].join(&out) || changed
			}
		}
	}
	consts := scratch.Make[Consts](g.Mem, len(g.Insns))
	for i := range in {
		c := &consts[i]
		for r := range c.Vals {
			switch k := &in[i][r]; k.Kind {
			case KnownNumber:
				if k.Val > math.MaxUint32 {
					continue
				}
				c.Numbers |= 1 << r
				c.Vals[r] = uint32(k.Val)
			case KnownMap:
				c.Maps |= 1 << r
				c.Vals[r] = uint32(k.Map)
			case KnownFunc:
				c.Funcs |= 1 << r
				c.Vals[r] = uint32(k.Val)
			}
		}
	}
	return consts
}

// join merges what another path knows; changed says that something was not known so before.
func (k *knowns) join(out *knowns) (changed bool) {
	for r := range k {
		switch was, is := &k[r], &out[r]; {
		case was.Kind == unreached:
			if is.Kind != unreached {
				*was = *is
				changed = true
			}
		case was.Kind != Unknown && *was != *is:
			was.Kind = Unknown
			changed = true
		}
	}
	return changed
}

func (k *knowns) forget(r uint8) { k[r] = Known{Kind: Unknown} }

// number makes a register a number. The map it belonged to is kept: the kernel compares it.
func (k *knowns) number(r uint8, val uint64) { k[r].Kind, k[r].Val = KnownNumber, val }

// transfer makes k, what is known before instruction i, what is known behind it.
func (g *Graph) transfer(k *knowns, i int, src *Source) {
	in := &g.Insns[i]
	if in.Dst >= insn.MaxReg || in.Src >= insn.MaxReg {
		return // which the walk refuses
	}
	switch in.Class() {
	case insn.ALU, insn.ALU64:
		k.compute(in)
	case insn.LD:
		switch {
		case in.Mode() == insn.ABS || in.Mode() == insn.IND:
			k.call()
		case !in.IsLdImm64():
		case in.Src == 0:
			k.number(in.Dst, uint64(uint32(in.Imm))|uint64(uint32(g.Insns[i+1].Imm))<<32)
		default:
			a := src.Address(i)
			if a.Kind == Unknown {
				k.forget(in.Dst)
				break
			}
			if a.Kind == KnownFunc {
				a.Map = k[in.Dst].Map
			} else if a.Kind == KnownMap {
				a.Val = k[in.Dst].Val
			}
			k[in.Dst] = a
		}
	case insn.LDX:
		from := k[in.Src]
		k.forgetUnlessRead(in, from, src)
	case insn.JMP:
		if in.Op() == insn.CALL && in.SrcKind() == insn.K {
			k.call()
		}
	case insn.STX:
		if r, ok := in.AtomicLoads(); ok {
			k.forget(r)
		}
	}
}

func (k *knowns) forgetUnlessRead(in *insn.Insn, from Known, src *Source) {
	if from.Kind == KnownValue {
		off := int(int32(from.Val)) + int(in.Off)
		if val, ok := src.Load(from.Map, off, in.SizeBytes(), in.Mode() == insn.MEMSX); ok {
			k.number(in.Dst, val)
			return
		}
	}
	k.forget(in.Dst)
}

func (k *knowns) call() {
	for r := uint8(insn.R0); r <= insn.R5; r++ {
		k.forget(r)
	}
}

// compute is transfer for arithmetic, of which only what compilers make of constants is followed.
func (k *knowns) compute(in *insn.Insn) {
	dst, src := &k[in.Dst], k[in.Src]
	imm := uint64(int64(in.Imm))
	movable := dst.Kind == KnownNumber || dst.Kind == KnownValue
	switch in.Op() | in.SrcKind() {
	case insn.MOV | insn.K:
		k.number(in.Dst, imm)
	case insn.MOV | insn.X:
		*dst = src
		k.extend(in)
	case insn.ADD | insn.K, insn.SUB | insn.K:
		switch {
		case !movable:
			k.forget(in.Dst)
		case in.Op() == insn.ADD:
			dst.Val += imm
		default:
			dst.Val -= imm
		}
	case insn.AND | insn.K:
		switch {
		case dst.Kind == KnownNumber:
			dst.Val &= imm
		case imm == 0:
			k.number(in.Dst, 0)
		default:
			k.forget(in.Dst)
		}
	case insn.AND | insn.X:
		switch {
		case dst.Kind == KnownNumber && dst.Val == 0:
		case src.Kind == KnownNumber && src.Val == 0:
			k.number(in.Dst, 0)
		case dst.Kind == KnownNumber && src.Kind == KnownNumber:
			dst.Val &= src.Val
		default:
			k.forget(in.Dst)
		}
	default:
		k.forget(in.Dst)
	}
	if in.Class() != insn.ALU {
		return
	}
	if dst.Kind == KnownNumber {
		dst.Val = uint64(uint32(dst.Val))
	} else if dst.Kind != Unknown {
		k.forget(in.Dst)
	}
}

// extend sign-extends what was moved.
func (k *knowns) extend(in *insn.Insn) {
	dst := &k[in.Dst]
	if in.Off == 0 {
		return
	}
	if dst.Kind != KnownNumber {
		k.forget(in.Dst)
		return
	}
	switch in.Off {
	case 8:
		dst.Val = uint64(int8(dst.Val))
	case 16:
		dst.Val = uint64(int16(dst.Val))
	case 32:
		dst.Val = uint64(int32(dst.Val))
	default:
		k.forget(in.Dst)
	}
}

// PruneBranches turns conditional jumps that always go the same way into plain ones (bpf_prune_dead_branches). The
// graph then has instructions of its own, and Order is to be called again. It reports whether there were any.
func (g *Graph) PruneBranches(consts []Consts) bool {
	changed := false
	for i := range g.Insns {
		in := &g.Insns[i]
		taken, known := decided(in, &consts[i])
		if !known {
			continue
		}
		if !changed {
			g.Insns = append([]insn.Insn(nil), g.Insns...)
			in, changed = &g.Insns[i], true
		}
		off := int16(0)
		if taken {
			off = in.Off
		}
		*in = insn.Insn{Code: insn.JMP | insn.JA, Off: off}
	}
	return changed
}

// decided says which way a conditional jump always goes, if that is known.
func decided(in *insn.Insn, c *Consts) (taken, known bool) {
	class := in.Class()
	if class != insn.JMP && class != insn.JMP32 || in.Dst >= insn.FP || c.Numbers&(1<<in.Dst) == 0 {
		return false, false
	}
	a, b := uint64(c.Vals[in.Dst]), uint64(int64(in.Imm))
	if in.SrcKind() == insn.X {
		if in.Src >= insn.FP || c.Numbers&(1<<in.Src) == 0 {
			return false, false
		}
		b = uint64(c.Vals[in.Src])
	}
	if class == insn.JMP32 {
		a, b = uint64(int64(int32(a))), uint64(int64(int32(b)))
	}
	sa, sb := int64(a), int64(b)
	switch in.Op() {
	case insn.JEQ:
		return a == b, true
	case insn.JNE:
		return a != b, true
	case insn.JGT:
		return a > b, true
	case insn.JGE:
		return a >= b, true
	case insn.JLT:
		return a < b, true
	case insn.JLE:
		return a <= b, true
	case insn.JSGT:
		return sa > sb, true
	case insn.JSGE:
		return sa >= sb, true
	case insn.JSLT:
		return sa < sb, true
	case insn.JSLE:
		return sa <= sb, true
	case insn.JSET:
		return a&b != 0, true
	}
	return false, false
}
