package verifier

import (
	"slices"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/precision"
	"github.com/bpfverdict/bpfverdict/internal/scalar"
	"github.com/bpfverdict/bpfverdict/internal/state"
)

// checkBranch verifies a conditional jump or may_goto at v.idx and sets v.idx to the
// instruction before the one this path goes on with. A path that may go the other way too
// is remembered, each with what the condition says of its registers (check_cond_jmp_op).
func (v *verifier) checkBranch(in *insn.Insn) error {
	op := in.Op()
	if op == insn.JA || op > insn.JCOND {
		return v.Reject(abi.EINVAL, "invalid BPF_JMP/JMP32 opcode %x", op)
	}
	if op == insn.JCOND {
		return v.checkMayGoto(in)
	}
	var imm state.Reg // as a register, if the condition has one
	src, err := v.comparedWith(in, &imm)
	if err != nil {
		return err
	}
	dst := &v.regs()[in.Dst]
	is32 := in.Class() == insn.JMP32
	// Called by name: what is called through a variable has the immediate allocated.
	if v.num.Older {
		if d := v.decideOlder(dst, src, op, is32); d != scalar.Either {
			return v.followBranch(in, dst, src, d)
		}
		return v.forkOlder(in, dst, src)
	}
	linked := precision.Linked{Kernel: v.k, Rules: v.num}
	d := v.decideBranch(dst, src, op, is32)
	if d == scalar.Either || v.cutsFirst(dst, src) {
		v.collectLinked(&linked, dst, src)
	}
	if d != scalar.Either {
		return v.followBranch(in, dst, src, d)
	}
	return v.forkBranch(in, dst, src, &linked)
}

// cutsFirst reports that links there is no room for are cut though there is nothing to tell.
func (v *verifier) cutsFirst(dst, src *state.Reg) bool {
	if !v.k.Matters(kmodel.LinksCutFirst) {
		return false
	}
	n := 0
	for _, r := range [...]*state.Reg{src, dst} {
		if isLinked(r) {
			n += precision.CountLinked(v.st, r.ID)
		}
	}
	return n >= precision.MaxLinked && v.k.Has(kmodel.LinksCutFirst)
}

// isLinked reports a number that others are linked with. Immediates never are.
func isLinked(r *state.Reg) bool { return r.Type == abi.SCALAR_VALUE && r.ID != 0 }

// collectLinked finds all that learns from a comparison.
func (v *verifier) collectLinked(linked *precision.Linked, dst, src *state.Reg) {
	if isLinked(src) {
		linked.Collect(v.st, src.ID, v.code.LiveRegs)
	}
	if isLinked(dst) {
		linked.Collect(v.st, dst.ID, v.code.LiveRegs)
	}
}

// spread tells all that is linked with a number what is known of it now.
func (v *verifier) spread(linked *precision.Linked, st *state.State, known *state.Reg) {
	regs, slots := linked.Spread(st, known)
	if (regs != 0 || slots != 0) && v.Level > 0 && v.k.Has(kmodel.LinksShown) {
		v.Scratch(regs, slots)
	}
}

// otherPath remembers the path on which the condition is true, and returns what it compares there; imm is the second
// where that is no register.
func (v *verifier) otherPath(in *insn.Insn, imm *state.Reg) (other *state.State, dst, src *state.Reg, err error) {
	if other, err = v.paths.Push(v.st, v.idx+int(in.Off)+1, v.idx, abi.EFAULT); err != nil {
		return nil, nil, nil, err
	}
	regs := &other.Cur().Regs
	if in.SrcKind() == insn.X {
		return other, &regs[in.Dst], &regs[in.Src], nil
	}
	return other, &regs[in.Dst], imm, nil
}

// forkBranch goes on with the path on which the condition is false, and remembers the other.
func (v *verifier) forkBranch(in *insn.Insn, dst, src *state.Reg, linked *precision.Linked) error {
	srcLinked, dstLinked := isLinked(src), isLinked(dst)
	if linked.Len() > 1 { // before the state is copied, so that both paths remember it
		v.precision.Remember(v.st, v.idx, v.prevIdx, 0, linked.Pack())
	}
	imm := *src
	other, odst, osrc, err := v.otherPath(in, &imm)
	if err != nil {
		return err
	}
	if osrc == &imm && !v.k.Has(kmodel.ImmediatesApart) {
		osrc = src
	}
	if dst.Type == abi.SCALAR_VALUE && src.Type == abi.SCALAR_VALUE &&
		!(dst == src && v.k.Has(kmodel.SameRegisterBranches)) {
		v.narrowBoth(in, dst, src, odst, osrc)
	}
	if srcLinked {
		v.spread(linked, v.st, src)
		v.spread(linked, other, osrc)
	}
	if dstLinked {
		v.spread(linked, v.st, dst)
		v.spread(linked, other, odst)
	}
	if err := v.learnPointers(in, other, src, osrc); err != nil {
		return err
	}
	if v.Level > 0 {
		v.Forked(v.st, v.idx)
	}
	return nil
}

// narrowBoth tells the numbers of both paths what the condition says of them: dst and src that it is false,
// odst and osrc that it is true.
func (v *verifier) narrowBoth(in *insn.Insn, dst, src, odst, osrc *state.Reg) {
	v.num.Narrow(&dst.Scalar, &src.Scalar, &odst.Scalar, &osrc.Scalar, in.Op(), in.Class() == insn.JMP32)
	v.checkInvariants(odst, "true_reg1")
	v.checkInvariants(osrc, "true_reg2")
	v.checkInvariants(dst, "false_reg1")
	v.checkInvariants(src, "false_reg2")
}

// learnPointers tells both paths what a comparison says of pointers: which are NULL, and how long the packet is.
func (v *verifier) learnPointers(in *insn.Insn, other *state.State, src, osrc *state.Reg) error {
	if in.Class() == insn.JMP32 {
		return nil
	}
	op, isReg := in.Op(), in.SrcKind() == insn.X
	dst, odst := &v.regs()[in.Dst], &other.Cur().Regs[in.Dst]
	if isReg && dst.Type != abi.SCALAR_VALUE && src.Type != abi.SCALAR_VALUE && v.k.Has(kmodel.NullnessCompared) {
		v.shareNonNull(op, dst, src, odst, osrc)
	}
	equality := (op == insn.JEQ || op == insn.JNE) && dst.Type.MaybeNull()
	if equality && (!isReg && in.Imm == 0 || isReg && nullReg(src) && v.k.Has(kmodel.NullByZeroRegister)) {
		if isReg && v.k.Has(kmodel.ZeroRegistersPrecise) { // on other paths it may be another number
			if err := v.precision.MarkReg(v.st, int(in.Src)); err != nil {
				return err
			}
		}
		id, ref := dst.ID, dst.RefObjID
		v.markNull(v.st, id, ref, op == insn.JNE)
		v.markNull(other, id, ref, op == insn.JEQ)
	} else if isReg {
		v.matchPacketEnd(op, int(in.Dst), int(in.Src), v.st, other)
	}
	return nil
}

// comparedWith verifies a jump's operands and returns the second: a register, or imm made the immediate.
func (v *verifier) comparedWith(in *insn.Insn, imm *state.Reg) (*state.Reg, error) {
	if in.SrcKind() == insn.X && in.Dst < insn.MaxReg && v.regs()[in.Dst].Type == abi.NOT_INIT && !v.k.Has(kmodel.JumpOperandsOrdered) {
		if err := v.checkRegRead(int(in.Src)); err != nil {
			return nil, err
		}
	}
	if err := v.checkRegRead(int(in.Dst)); err != nil {
		return nil, err
	}
	regs := v.regs()
	if err := v.checkFields(in); err != nil {
		return nil, err
	}
	var src *state.Reg
	flags := uint16(0)
	if in.SrcKind() == insn.X {
		if err := v.checkRegRead(int(in.Src)); err != nil {
			return nil, err
		}
		src = &regs[in.Src]
		if src.Type == abi.PTR_TO_STACK {
			flags |= precision.SrcRegStack
		}
	} else {
		src = imm
		src.MarkKnown(uint64(int64(in.Imm)))
	}
	if regs[in.Dst].Type == abi.PTR_TO_STACK {
		flags |= precision.DstRegStack
	}
	if flags != 0 {
		v.precision.Remember(v.st, v.idx, v.prevIdx, flags, 0)
	}
	return src, nil
}

// followBranch goes the one way a jump can go. The numbers that decided it mattered.
func (v *verifier) followBranch(in *insn.Insn, dst, src *state.Reg, d scalar.Decision) error {
	if dst.Type == abi.SCALAR_VALUE {
		if err := v.precision.MarkReg(v.st, int(in.Dst)); err != nil {
			return err
		}
	}
	if in.SrcKind() == insn.X && src.Type == abi.SCALAR_VALUE {
		if err := v.precision.MarkReg(v.st, int(in.Src)); err != nil {
			return err
		}
	}
	if v.Level > 0 {
		v.Changes(v.st, v.idx)
	}
	if d == scalar.Taken {
		v.idx += int(in.Off)
	}
	return nil
}

// checkMayGoto verifies a may_goto. This path jumps; the one that falls through, into the
// loop again, is remembered with its imprecise numbers widened.
func (v *verifier) checkMayGoto(in *insn.Insn) error {
	if err := v.checkFields(in); err != nil {
		return err
	}
	if v.st.Parent == nil {
		return v.Bug("may_goto without a checkpoint")
	}
	seen := v.paths.Previous(v.st.Parent, v.idx)
	queued, err := v.paths.Push(v.st, v.idx+1, v.idx, abi.ENOMEM)
	if err != nil {
		return err
	}
	queued.MayGotoDepth++
	if seen != nil {
		v.paths.Widen(seen, queued)
	}
	v.idx += int(in.Off)
	return nil
}

// decideBranch says which way a jump goes that compares a with b, if that is known.
func (v *verifier) decideBranch(a, b *state.Reg, op uint8, is32 bool) scalar.Decision {
	if a.Type == abi.SCALAR_VALUE && b.Type == abi.SCALAR_VALUE {
		return v.decideNumbers(a, b, op, is32)
	}
	if !is32 && isPacketOrEnd(a) && isPacketOrEnd(b) {
		return decidePacket(a, b, op)
	}
	if is32 && v.k.Has(kmodel.NarrowPointersUndecided) {
		return scalar.Either
	}
	if b.Type != abi.SCALAR_VALUE || !b.IsConstAt(is32) {
		a, b = b, a
	}
	if b.Type != abi.SCALAR_VALUE || !b.IsConstAt(is32) || b.ConstAt(is32) != 0 || !v.neverNull(a) {
		return scalar.Either
	}
	switch op {
	case insn.JEQ:
		return scalar.NotTaken
	case insn.JNE:
		return scalar.Taken
	}
	return scalar.Either
}

// decideNumbers is decideBranch of numbers.
func (v *verifier) decideNumbers(a, b *state.Reg, op uint8, is32 bool) scalar.Decision {
	if a == b && v.k.Has(kmodel.SameRegisterBranches) {
		return scalar.DecideSame(&a.Scalar, op, is32)
	}
	d := v.num.Decide(&a.Scalar, &b.Scalar, op, is32)
	if d == scalar.Either && v.k.Has(kmodel.BranchesSimulated) {
		return v.num.Simulate(&a.Scalar, &b.Scalar, op, is32)
	}
	return d
}

// Conditional jumps of kernels that compare with known numbers only.

// forkOlder is forkBranch.
func (v *verifier) forkOlder(in *insn.Insn, dst, src *state.Reg) error {
	imm := *src
	other, odst, osrc, err := v.otherPath(in, &imm)
	if err != nil {
		return err
	}
	if dst.Type == abi.SCALAR_VALUE && src.Type == abi.SCALAR_VALUE {
		v.num.Narrow(&dst.Scalar, &src.Scalar, &odst.Scalar, &osrc.Scalar, in.Op(), in.Class() == insn.JMP32)
		if in.SrcKind() == insn.X && src.ID != 0 {
			v.tellCopies(v.st, src)
			v.tellCopies(other, osrc)
		}
	}
	if dst.Type == abi.SCALAR_VALUE && dst.ID != 0 {
		v.tellCopies(v.st, dst)
		v.tellCopies(other, odst)
	}
	if err := v.learnPointers(in, other, src, osrc); err != nil {
		return err
	}
	if v.Level > 0 {
		v.Forked(v.st, v.idx)
	}
	return nil
}

// tellCopies makes all copies of a number know what it does (find_equal_scalars).
func (v *verifier) tellCopies(st *state.State, known *state.Reg) {
	tell := func(r *state.Reg) {
		if r != known && r.Type == abi.SCALAR_VALUE && r.ID == known.ID {
			*r = *known
		}
	}
	part := v.k.Has(kmodel.NarrowSpillsLinked)
	for i := uint32(0); i <= st.CurFrame; i++ {
		f := st.Frames[i]
		for j := range f.Regs {
			tell(&f.Regs[j])
		}
		for j := range f.Stack {
			if s := &f.Stack[j]; s.IsSpilled() && (part || s.Kind[0] == state.STACK_SPILL) {
				tell(&s.Reg)
			}
		}
	}
}

// decideOlder is decideBranch: of what is compared with a known number.
func (v *verifier) decideOlder(a, b *state.Reg, op uint8, is32 bool) scalar.Decision {
	switch {
	case b.Type == abi.SCALAR_VALUE && b.IsConstAt(is32):
		if a.Type == abi.SCALAR_VALUE {
			return v.num.Decide(&a.Scalar, &b.Scalar, op, is32)
		}
		if b.ConstAt(is32) == 0 && neverNullOlder(a) {
			switch op {
			case insn.JEQ:
				return scalar.NotTaken
			case insn.JNE:
				return scalar.Taken
			}
		}
	case !is32 && isPacketOrEnd(a) && isPacketOrEnd(b):
		return decidePacket(a, b, op)
	}
	return scalar.Either
}

// neverNullOlder is neverNull.
func neverNullOlder(r *state.Reg) bool {
	switch r.Type {
	case abi.PTR_TO_SOCKET, abi.PTR_TO_TCP_SOCK, abi.PTR_TO_SOCK_COMMON, abi.PTR_TO_MAP_VALUE, abi.PTR_TO_MAP_KEY:
		return true
	}
	return false
}

// jumpIndirect goes on with the last of the instructions that a register may mean, and remembers the paths to the
// others (check_indirect_jump).
func (v *verifier) jumpIndirect(in *insn.Insn) error {
	r := &v.regs()[in.Dst]
	if r.Type != abi.PTR_TO_INSN {
		return v.Reject(abi.EINVAL, "R%d has type %s, expected PTR_TO_INSN", in.Dst, r.Type)
	}
	// Both are in the table, which has fewer bytes, or the load of the address would have been refused.
	first, last := (r.UMin()+uint64(int64(r.Off)))/object.JumpSize, (r.UMax()+uint64(int64(r.Off)))/object.JumpSize
	m := v.mapOf(r)
	if last >= uint64(len(m.Targets)) {
		return v.Bug("jump from outside of its table")
	}
	targets := slices.Clone(m.Targets[first : last+1])
	slices.Sort(targets)
	targets = slices.Compact(targets)
	for _, to := range targets[:len(targets)-1] {
		if _, err := v.paths.Push(v.st, int(to), v.idx, abi.ENOMEM); err != nil {
			return err
		}
	}
	v.idx = int(targets[len(targets)-1])
	return nil
}
