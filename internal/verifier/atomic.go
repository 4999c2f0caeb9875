package verifier

import (
	"slices"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
)

// checkAtomic verifies STX|ATOMIC at v.idx.
func (v *verifier) checkAtomic(in *insn.Insn) error {
	ordered := v.k.Has(kmodel.LoadAcquireStoreRelease)
	switch {
	case in.Imm == insn.LOAD_ACQ && ordered:
		if v.k.Has(kmodel.AtomicsChecked) {
			if err := v.checkRegRead(int(in.Src)); err != nil {
				return err
			}
			if err := v.checkAtomicPtr(in, int(in.Src), "loads from"); err != nil {
				return err
			}
			return v.load(in, true, false, false)
		}
		if err := v.load(in, true, false, false); err != nil {
			return err
		}
		// The load may have replaced the pointer, and the check is of what is there now.
		return v.checkAtomicPtr(in, int(in.Src), "loads from")
	case in.Imm == insn.STORE_REL && ordered:
		if err := v.store(in, true); err != nil {
			return err
		}
		return v.checkAtomicPtr(in, int(in.Dst), "stores into")
	}
	switch in.Imm {
	case insn.ADD, insn.ADD | insn.FETCH, insn.AND, insn.AND | insn.FETCH, insn.OR, insn.OR | insn.FETCH,
		insn.XOR, insn.XOR | insn.FETCH, insn.XCHG, insn.CMPXCHG:
		return v.checkAtomicUpdate(in)
	}
	return v.Reject(abi.EINVAL, "BPF_ATOMIC uses invalid atomic opcode %02x", uint32(in.Imm))
}

// noAtomicPtr are the base types whose accesses the kernel rewrites to plain loads and stores.
const noAtomicPtr = 1<<abi.PTR_TO_CTX | 1<<abi.PTR_TO_PACKET | 1<<abi.PTR_TO_PACKET_META | 1<<abi.PTR_TO_FLOW_KEYS |
	1<<abi.PTR_TO_SOCKET | 1<<abi.PTR_TO_SOCK_COMMON | 1<<abi.PTR_TO_TCP_SOCK | 1<<abi.PTR_TO_XDP_SOCK

func (v *verifier) checkAtomicPtr(in *insn.Insn, regno int, how string) error {
	t := v.regs()[regno].Type
	bad := t.Flags() == 0 && oneOf(t, noAtomicPtr) || t == abi.PTR_TO_ARENA && slices.Contains(v.k.Arch().AtomicLoops, in.Imm) ||
		in.Imm == insn.LOAD_ACQ && v.k.Has(kmodel.AtomicsChecked) && (t == abi.PTR_TO_BTF_ID || t.Flags()&abi.PTR_UNTRUSTED != 0)
	if bad {
		if !v.k.Has(kmodel.AtomicOps) {
			return v.Reject(abi.EACCES, "BPF_XADD %s R%d %s is not allowed", how, regno, t)
		}
		return v.Reject(abi.EACCES, "BPF_ATOMIC %s R%d %s is not allowed", how, regno, t)
	}
	return nil
}

// checkAtomicUpdate verifies an operation that reads and writes memory in one step.
func (v *verifier) checkAtomicUpdate(in *insn.Insn) error {
	if in.SizeBytes() < 4 {
		if !v.k.Has(kmodel.AtomicOps) {
			return v.Reject(abi.EINVAL, "BPF_XADD uses reserved fields")
		}
		return v.Reject(abi.EINVAL, "invalid atomic operand size")
	}
	src, dst := int(in.Src), int(in.Dst)
	if err := v.checkRegRead(src); err != nil {
		return err
	}
	if err := v.checkRegRead(dst); err != nil {
		return err
	}
	if in.Imm == insn.CMPXCHG {
		if err := v.checkRegRead(insn.R0); err != nil {
			return err
		}
	}
	if err := v.checkAtomicPtr(in, dst, "stores into"); err != nil {
		return err
	}
	fetched := -1
	switch {
	case in.Imm == insn.CMPXCHG:
		fetched = insn.R0
	case in.Imm&insn.FETCH != 0:
		fetched = src
	}
	if fetched >= 0 {
		if err := v.checkRegWrite(fetched); err != nil {
			return err
		}
	}
	access := func(a access, value int) error {
		m := v.newAccess(dst, int(in.Off), in.SizeBytes(), a)
		m.value, m.strict = value, true
		return v.access(&m)
	}
	// The first read has no register, so that it may not be a filled pointer.
	if err := access(readAccess, -1); err != nil {
		return err
	}
	if fetched >= 0 {
		if err := access(readAccess, fetched); err != nil {
			return err
		}
	}
	if t := v.regs()[dst].Type; t == abi.PTR_TO_ARENA || v.k.Has(kmodel.AtomicsChecked) {
		if err := v.onePointerType(t, false); err != nil {
			return err
		}
	}
	return access(writeAccess, -1)
}
