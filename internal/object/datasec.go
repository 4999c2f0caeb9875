package object

import (
	"debug/elf"
	"slices"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

// fixDatasecs fills in what the compiler left open: sizes of data sections and
// offsets of the variables in them.
func (o *Object) fixDatasecs() error {
	if o.btf == nil {
		return nil
	}
	var syms map[string]*elfSymbol
	for id := uint32(1); id < o.btf.n(); id++ {
		if o.btf.kind(id) != kindDatasec {
			continue
		}
		if syms == nil {
			syms = o.variableSymbols()
		}
		if err := o.fixDatasec(id, syms); err != nil {
			return err
		}
	}
	return nil
}

// variableSymbols are the global and weak symbols of variables; the first of a name counts.
func (o *Object) variableSymbols() map[string]*elfSymbol {
	out := map[string]*elfSymbol{}
	for i := range o.elf.symbols {
		s := &o.elf.symbols[i]
		if s.kind() != elf.STT_OBJECT || s.bind() != elf.STB_GLOBAL && s.bind() != elf.STB_WEAK {
			continue
		}
		if _, dup := out[s.name]; !dup {
			out[s.name] = s
		}
	}
	return out
}

func (o *Object) fixDatasec(sec uint32, syms map[string]*elfSymbol) error {
	b := o.btf
	name := b.name(sec)
	n := b.vlen(sec)
	if name != ".kconfig" && name != ".ksyms" {
		offsets := false
		if b.typ(sec) == 0 {
			at := o.elf.find(name)
			if at == 0 || uint32(o.elf.sections[at].size) == 0 {
				return fail(abi.ENOENT, "sec '%s': failed to determine size from ELF", name)
			}
			b.set(sec, 8, uint32(o.elf.sections[at].size))
			offsets = true
		}
		for i := range n {
			v := b.secVar(sec, i)
			if b.kind(v.typ) != kindVar {
				return fail(abi.EINVAL, "sec '%s': unexpected non-VAR type found", name)
			}
			if b.u32(v.typ, 12) != linkGlobal {
				continue
			}
			sym := syms[b.name(v.typ)]
			if sym == nil {
				return fail(abi.ENOENT, "sec '%s': failed to find ELF symbol for VAR '%s'", name, b.name(v.typ))
			}
			if offsets {
				v.offset = uint32(sym.value)
				b.setSecVar(sec, i, v)
			}
			if sym.hidden() {
				b.set(v.typ, 12, linkStatic)
			}
		}
	}
	vars := make([]secVar, n)
	for i := range vars {
		vars[i] = b.secVar(sec, i)
	}
	slices.SortStableFunc(vars, func(x, y secVar) int { return int(int32(x.offset - y.offset)) })
	for i, v := range vars {
		b.setSecVar(sec, i, v)
	}
	return nil
}
