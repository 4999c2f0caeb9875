package object

import "github.com/bpfverdict/bpfverdict/internal/insn"

// Helper ids that mark what could not be resolved: a map that is not created, and
// an unresolved weak kernel function. The map's or extern's number is added.
const (
	poisonedMap   = 2001000000
	poisonedKfunc = 2002000000
	rawPoison     = 0xdedc0de // cilium/ebpf's
)

// relocateData writes maps, externs and kernel functions into the assembled program.
func (a *assembler) relocateData(img *Image) error {
	used := map[int]int32{} // object's map -> image's map
	mapIndex := func(i int) int32 {
		n, ok := used[i]
		if !ok {
			n = int32(len(img.Maps))
			used[i] = n
			var m *Map
			if i < len(a.l.maps) {
				m = a.l.maps[i]
			}
			img.Maps = append(img.Maps, m)
		}
		return n
	}
	var placed []int // instructions relocated, in order
	n := 0           // of the relocation
	tables := jumpTables{a: a, img: img}
	for _, part := range a.parts {
		for k := range part.fn.relocs {
			r := &part.fn.relocs[k]
			i := int(part.at + r.insn)
			placed = append(placed, i)
			n++
			in := &a.insns[i]
			switch r.kind {
			case relocMap, relocData:
				if in.Code == insn.JMP|insn.CALL {
					continue // poisoned by CO-RE
				}
				if r.kind == relocData {
					a.insns[i+1].Imm = in.Imm + int32(r.off)
				}
				if !a.l.obj.maps[r.idx].create || a.l.mapsErr == nil && a.l.maps[r.idx] == nil {
					poison(a.insns, i, poisonedMap+int32(r.idx))
					continue
				}
				in.Src = insn.PSEUDO_MAP_FD
				if r.kind == relocData {
					in.Src = insn.PSEUDO_MAP_VALUE
				}
				in.Imm = mapIndex(r.idx)
			case relocJumpTable:
				at, err := tables.at(part, r)
				if err != nil {
					failed := asReason(fail(err.errno, "prog '%s': relo #%d: can't create jump table: sym_off %d", a.prog.Name, n-1, r.off))
					failed.why = err.why
					return failed
				}
				in.Src, in.Imm = insn.PSEUDO_MAP_VALUE, at
			case relocExternLoad:
				a.loadExtern(i, r.idx, mapIndex)
			case relocExternCall:
				if s := &a.l.syms[r.idx]; s.set {
					in.Src, in.Imm, in.Off = insn.PSEUDO_KFUNC_CALL, int32(s.id), int16(s.typeSet())
				} else if a.l.obj.loader.does(ruleRawPoison) {
					poison(a.insns, i, rawPoison)
				} else if a.l.obj.loader.does(ruleSymbolPoison) {
					poison(a.insns, i, poisonedKfunc+int32(a.l.obj.externs[r.idx].sym))
				} else {
					poison(a.insns, i, poisonedKfunc+int32(r.idx))
				}
			}
		}
	}
	a.hideDescriptors(placed)
	return nil
}

// hideDescriptors keeps map loads that name a file descriptor, as only hand-written
// code does, from being taken for loads of the image's maps: Imm becomes ^descriptor.
func (a *assembler) hideDescriptors(placed []int) {
	for i := 0; i < len(a.insns); i++ {
		in := &a.insns[i]
		if !in.IsLdImm64() {
			continue
		}
		for len(placed) > 0 && placed[0] < i {
			placed = placed[1:]
		}
		if (in.Src == insn.PSEUDO_MAP_FD || in.Src == insn.PSEUDO_MAP_VALUE) && in.Imm >= 0 && (len(placed) == 0 || placed[0] != i) {
			in.Imm = ^in.Imm
		}
		i++
	}
}

// loadExtern makes a 64-bit load give an option's value or a kernel symbol's address.
func (a *assembler) loadExtern(i, idx int, mapIndex func(int) int32) {
	in, next := &a.insns[i], &a.insns[i+1]
	e, s := a.l.obj.externs[idx], &a.l.syms[idx]
	switch {
	case e.kcfg != nil:
		in.Src, in.Imm = insn.PSEUDO_MAP_VALUE, mapIndex(a.l.obj.kconfig)
		next.Imm = int32(e.kcfg.offset)
	case e.isFunc && s.set && a.l.obj.loader.does(ruleKsymAddress):
		in.Imm, next.Imm = int32(s.id), 0
	case e.typeID != 0 && s.set:
		in.Src, in.Imm, next.Imm = insn.PSEUDO_BTF_ID, int32(s.id), int32(s.typeSet())
	default:
		in.Imm, next.Imm = int32(s.addr), int32(s.addr>>32)
	}
}
