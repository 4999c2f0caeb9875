package object

import (
	"debug/elf"
	"slices"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
)

// iproute2 is the loader that tc and ip have without libbpf, as of iproute2 7.1. The name of a section is told to them,
// and what is loaded from it depends on the command: ip's for XDP where it begins with xdp, else tc's for a filter, here. It knows no functions: a section is a program.
var iproute2 = &Loader{
	name: "iproute2", title: "iproute2",
	rules: map[rule]string{
		ruleLegacyMaps:   "reads them as bpf_elf_map",
		ruleStatic:       "takes it",
		ruleWholeSection: "", ruleNoTypes: "", ruleNoGlobals: "", ruleStorageEntries: "", ruleNoPercpu: "",
	},
	sizes: []*sizeRule{mapOfMaps},
	sections: sectionTable{
		defs: append(sectionsOf("classifier+", "action+", "xdp", "lwt_in+", "lwt_out+", "lwt_xmit+", "lwt_seg6local+"),
			sectionDef{"prog+", abi.PROG_TYPE_XDP, 0, 0}),
		prefix: true, // xdp_filter
		other:  &sectionDef{typ: abi.PROG_TYPE_SCHED_CLS},
	},
	legacy: &legacyForm{rest: restElf},
}

// readWholeSection takes all of a section for one function, with the name of the first in it.
func (o *Object) readWholeSection(section int) {
	s := &o.elf.sections[section]
	fn := &function{name: s.name, section: s.name, elfSection: section, global: true, insns: decodeInsns(s.data[:len(s.data)/insnSize*insnSize])}
	for _, i := range o.elf.funcs[uint16(section)] {
		if sym := &o.elf.symbols[i]; sym.value == 0 && sym.name != "" {
			fn.name = sym.name
			break
		}
	}
	o.funcs = append(o.funcs, fn)
}

// relocateSections relocates each section as iproute2 does, which knows maps and calls of .text. Without either, a
// section is loaded as it lies there.
func (o *Object) relocateSections() {
	o.indexTargets()
	var text *function
	bySection := map[int]*function{}
	for _, fn := range o.funcs {
		bySection[fn.elfSection] = fn
		if o.subprogram(fn) {
			text = fn
		}
	}
	maps := o.elfMaps()
	if maps == 0 && text == nil {
		return
	}
	r := sectionRelocator{o: o, maps: maps, text: text, done: map[*function]bool{}}
	if maps != 0 {
		r.mapSize = len(o.elf.sections[maps].data) / len(o.maps)
	}
	for i := range o.elf.sections {
		s := &o.elf.sections[i]
		if fn := bySection[int(s.info)]; s.typ == elf.SHT_REL && fn != nil && !r.done[fn] {
			r.relocate(fn, s)
		}
	}
	if text == nil {
		return
	}
	for _, fn := range o.funcs {
		switch {
		case text.refused != nil:
			fn.refused = text.refused
		case !r.done[text]: // it takes a .text without relocations for one that it can't find
			fn.refused = errFetch
		}
	}
}

var errFetch = fail(abi.EINVAL, "Error fetching program/map!")

type sectionRelocator struct {
	o       *Object
	maps    int // section of the maps, 0 for none
	mapSize int
	text    *function // nil for none
	done    map[*function]bool
}

// relocate applies the relocations in s to a function, up to one that refuses it.
func (r *sectionRelocator) relocate(fn *function, s *elfSection) {
	r.done[fn] = true
	size := 0 // of the function alone, once all of .text follows it
	for i, rel := range s.relocs() {
		sym, err := r.o.elf.symbol(rel.sym)
		at := int(min(rel.offset/insnSize, uint64(len(fn.insns))))
		switch {
		case err != nil, at == len(fn.insns) && sym.shndx != 0:
			fn.refused = errFetch
		case sym.shndx == 0 || int(sym.shndx) != r.maps && (r.text == nil || int(sym.shndx) != r.text.elfSection):
			fn.refused = fail(abi.EINVAL, "ELF contains non-{map,call} related relo data in entry %d pointing to section %d! Compiler bug?!", i, sym.shndx)
		case int(sym.shndx) == r.maps:
			r.mapLoad(fn, at, sym)
		case fn.insns[at].Code != insn.JMP|insn.CALL && fn.insns[at].Src != insn.PSEUDO_CALL:
			fn.refused = fail(abi.EINVAL, "ELF contains relo data for non call instruction at offset %d! Compiler bug?!", at)
		default:
			if size == 0 {
				size = len(fn.insns)
				if fn == r.text { // calls of .text by itself are of a copy of it, made here
					fn.insns = append(fn.insns, slices.Clone(fn.insns)...)
				} else {
					fn.text = r.text
				}
			}
			fn.insns[at].Imm += int32(size - at) // wherever in .text the symbol is: calls of its first function, or by place
		}
		if fn.refused != nil {
			return
		}
	}
}

// mapLoad makes an instruction load a map.
func (r *sectionRelocator) mapLoad(fn *function, at int, sym *elfSymbol) {
	idx, ok := r.o.mapAt[mapPlace{r.maps, sym.value / uint64(r.mapSize) * uint64(r.mapSize)}]
	switch {
	case !fn.insns[at].IsLdImm64():
		fn.refused = fail(abi.EINVAL, "ELF contains relo data for non ld64 instruction at offset %d! Compiler bug?!", at)
	case !ok || at+1 == len(fn.insns):
		fn.refused = errFetch
	default:
		fn.relocs = append(fn.relocs, reloc{kind: relocMap, insn: uint32(at), idx: idx})
	}
}

// assembleSection appends all of .text to a program that calls something in it.
func (a *assembler) assembleSection() error {
	fn := a.prog.fn
	if fn.refused != nil {
		return fn.refused
	}
	if _, err := a.place(fn); err != nil || fn.text == nil {
		return err
	}
	_, err := a.place(fn.text)
	return err
}
