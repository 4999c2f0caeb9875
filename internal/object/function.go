package object

import (
	"debug/elf"
	"math"
	"slices"
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
)

// function is a program or, in .text, a subprogram.
type function struct {
	name       string
	section    string // without "?"
	elfSection int
	start      uint32 // first instruction in the section
	insns      []insn.Insn
	global     bool
	hidden     bool // global, but not to be seen outside: verified as if static
	optional   bool // "?": not loaded unless asked for
	def        *sectionDef
	relocs     []reloc // by instruction

	// Of iproute2, for which a section is a function:
	text    *function // what follows it: .text if something in that is called, nil for nothing
	refused error     // why the loader refuses it, nil if it doesn't
}

func (fn *function) end() uint32 { return fn.start + uint32(len(fn.insns)) }

func (s *elfSection) executable() bool {
	return s.typ == elf.SHT_PROGBITS && s.flags&elf.SHF_EXECINSTR != 0
}

// ignored are sections that libbpf does not even look at.
func (s *elfSection) ignored() bool {
	const llvmAddrsig = 0x6fff4c03
	name := strings.TrimPrefix(s.name, ".rel")
	switch {
	case s.typ == elf.SHT_STRTAB, s.typ == llvmAddrsig, s.typ == elf.SHT_SYMTAB, s.typ == elf.SHT_NULL:
		return true
	case s.typ == elf.SHT_PROGBITS && s.size == 0 && s.name == ".text":
		return true
	case strings.HasPrefix(name, ".debug_"):
		return true
	}
	return name != s.name && (name == ".BTF" || name == ".BTF.ext")
}

// readFunctions cuts a section into functions, one a function symbol.
func (o *Object) readFunctions(section int) error {
	s := &o.elf.sections[section]
	size := uint64(len(s.data))
	if section > math.MaxUint16 {
		return nil // no symbol can be in it
	}
	for _, i := range o.elf.funcs[uint16(section)] {
		sym := &o.elf.symbols[i]
		if sym.name == "" {
			return fail(abi.LIBBPF_ERRNO__FORMAT, "sec '%s': failed to get symbol name for offset %d", s.name, sym.value)
		}
		if sym.value > size || sym.size > size-sym.value {
			return fail(abi.LIBBPF_ERRNO__FORMAT, "sec '%s': program at offset %d crosses section boundary", s.name, sym.value)
		}
		if section != o.elf.text && !sym.global() && !o.loader.does(ruleStatic) {
			return refuse(ruleStatic, abi.EOPNOTSUPP, "sec '%s': program '%s' is static and not supported", s.name, sym.name)
		}
		if sym.size == 0 || sym.size%insnSize != 0 || sym.value%insnSize != 0 {
			return fail(abi.EINVAL, "sec '%s': corrupted program '%s', offset %d, size %d", s.name, sym.name, sym.value, sym.size)
		}
		name, optional := strings.CutPrefix(s.name, "?")
		o.funcs = append(o.funcs, &function{
			name: sym.name, section: name, elfSection: section, start: uint32(sym.value / insnSize),
			insns:  decodeInsns(s.data[sym.value : sym.value+sym.size]),
			global: sym.global(), hidden: sym.global() && sym.hidden(), optional: optional,
		})
		if o.insnTotal += len(o.funcs[len(o.funcs)-1].insns); o.insnTotal > maxInsns {
			return fail(abi.E2BIG, "sec '%s': functions overlap too often", s.name)
		}
	}
	return nil
}

func sortFunctions(fns []*function) {
	slices.SortStableFunc(fns, func(a, b *function) int {
		if a.elfSection != b.elfSection {
			return a.elfSection - b.elfSection
		}
		return int(a.start) - int(b.start)
	})
}

// subprogram: functions in .text are only ever loaded as parts of programs.
func (o *Object) subprogram(fn *function) bool { return fn.elfSection == o.elf.text }

// functionAt returns the function that holds an instruction of a section, nil for none.
func (o *Object) functionAt(section int, at uint32) *function {
	i, _ := slices.BinarySearchFunc(o.funcs, 0, func(fn *function, _ int) int {
		if fn.elfSection < section || fn.elfSection == section && fn.start <= at {
			return -1
		}
		return 1
	})
	if i == 0 {
		return nil
	}
	fn := o.funcs[i-1]
	if fn.elfSection != section || at >= fn.end() {
		return nil
	}
	return fn
}

// readPrograms gives every function outside .text its program type.
func (o *Object) readPrograms() error {
	for _, fn := range o.funcs {
		def, target := o.loader.sections.find(fn.section)
		fn.def = def
		if o.subprogram(fn) {
			continue
		}
		if def == nil && o.loader.does(ruleOnlyKnown) {
			return fail(abi.EINVAL, "invalid program section `%s`", fn.section)
		}
		if def == nil && o.loader.does(ruleSkipUnknown) {
			continue
		}
		p := &Program{Name: fn.name, Section: fn.section, Insns: len(fn.insns), fn: fn, def: def, target: target}
		if fn.optional {
			p.Section = "?" + fn.section
		}
		if fn.def != nil {
			p.Type, p.Attach = fn.def.typ, fn.def.attach
		}
		o.progs = append(o.progs, p)
	}
	return nil
}

// markStatic turns the BTF of hidden subprograms static: the verifier then sees
// them in the context of their callers.
func (o *Object) markStatic() {
	if o.loader.does(ruleMendedTypes) {
		o.btf.mend()
	}
	for _, fn := range o.funcs {
		if !fn.hidden || !o.subprogram(fn) || o.loader.does(ruleHiddenGlobal) {
			continue
		}
		for _, id := range o.btf.named[fn.name] {
			if o.btf.kind(id) == kindFunc && o.btf.vlen(id) == linkGlobal {
				o.btf.set(id, 4, kindFunc<<24|linkStatic)
				break
			}
		}
	}
}

// mend changes what compilers of Rust write and kernels refuse, as Aya does: pointers have no names, parameters
// have. Functions that a compiler adds calls of are static, so that they know what their callers know.
func (b *rawBTF) mend() {
	for id := uint32(1); id < b.n(); id++ {
		switch b.kind(id) {
		case kindPtr:
			b.set(id, 0, 0)
		case kindFunc:
			switch b.name(id) {
			case "memset", "memcpy", "memmove", "memcmp":
				b.set(id, 4, kindFunc<<24|linkStatic)
			}
		}
	}
}

// Linkage of BTF functions and variables.
const (
	linkStatic = 0
	linkGlobal = 1
	linkExtern = 2
)
