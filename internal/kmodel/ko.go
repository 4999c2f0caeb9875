package kmodel

import (
	"bytes"
	"cmp"
	"debug/elf"
	"encoding/binary"
	"io"
	"slices"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

// ko is a module's file for amd64, which is not linked: relocations say what its code and data refer to. Its ids of types
// are in one section, .BTF_ids, of which each set of kernel functions is a part.
type ko struct {
	order    binary.ByteOrder
	ids      []byte // of .BTF_ids
	idsIndex int    // that section's
	parts    []koPart
	imports  map[string]bool
}

// koPart is a section that refers to others, with its references by place.
type koPart struct {
	index int
	code  bool
	data  []byte
	refs  []koRef
}

// koRef is a place that refers to a symbol: to one of another module or the kernel by name, to others by section and offset.
type koRef struct {
	at      uint64
	typ     elf.R_X86_64
	name    string
	section int
	offset  uint64
}

// registered is a function that a module registers for programs.
type registered struct {
	id           uint32 // as the file has it
	flags        abi.KfuncFlags
	types        []abi.ProgType // of those that may call it
	all          bool           // all may call it
	modifyReturn bool           // fmod_ret programs may attach to it
}

// readKo reads a module's file; nil if it is none, or registers nothing.
func readKo(r io.ReaderAt) (*ko, error) {
	f, err := elf.NewFile(r)
	if err != nil || f.Machine != elf.EM_X86_64 || f.Type != elf.ET_REL || f.Section(".BTF_ids") == nil {
		return nil, nil
	}
	k := &ko{order: f.ByteOrder, imports: map[string]bool{}}
	symbols, err := f.Symbols()
	if err != nil {
		return nil, err
	}
	for _, s := range symbols {
		if s.Section == elf.SHN_UNDEF {
			k.imports[s.Name] = true
		}
	}
	for i, s := range f.Sections {
		switch {
		case s.Name == ".BTF_ids":
			k.idsIndex = i
			k.ids, err = readBounded(s.Open())
		case s.Type == elf.SHT_RELA && int(s.Info) < len(f.Sections):
			err = k.readPart(f, s, symbols)
		}
		if err != nil {
			return nil, err
		}
	}
	return k, nil
}

// readPart reads a section by its relocations.
func (k *ko) readPart(f *elf.File, rela *elf.Section, symbols []elf.Symbol) error {
	of := f.Sections[rela.Info]
	if of.Flags&elf.SHF_ALLOC == 0 || of.Type == elf.SHT_NOBITS {
		return nil
	}
	data, err := readBounded(of.Open())
	if err != nil {
		return err
	}
	table, err := readBounded(rela.Open())
	if err != nil {
		return err
	}
	p := koPart{index: int(rela.Info), code: of.Flags&elf.SHF_EXECINSTR != 0, data: data}
	for ; len(table) >= 24; table = table[24:] {
		info := k.order.Uint64(table[8:])
		n := int(info >> 32)
		if n == 0 || n > len(symbols) {
			continue
		}
		s := symbols[n-1]
		ref := koRef{at: k.order.Uint64(table), typ: elf.R_X86_64(info), section: int(s.Section)}
		if ref.offset = s.Value + k.order.Uint64(table[16:]); s.Section == elf.SHN_UNDEF {
			ref.name = s.Name
		}
		p.refs = append(p.refs, ref)
	}
	slices.SortFunc(p.refs, func(a, b koRef) int { return cmp.Compare(a.at, b.at) })
	k.parts = append(k.parts, p)
	return nil
}

// kfuncs are the functions in the sets that the code registers. Where it can't be read for which programs, it is for all.
func (k *ko) kfuncs() []*registered {
	var list []*registered
	k.eachCall("register_btf_kfunc_id_set", func(p *koPart, call int) {
		typ, known := p.firstArg(call)
		for _, r := range k.setOf(p.pointerArg(call, 0xc6), &list) {
			if r.all = r.all || !known || typ == abi.PROG_TYPE_UNSPEC; !r.all {
				r.types = append(r.types, typ)
			}
		}
	})
	k.eachCall("register_btf_fmodret_id_set", func(p *koPart, call int) {
		for _, r := range k.setOf(p.pointerArg(call, 0xc7), &list) {
			r.modifyReturn = true
		}
	})
	return list
}

// eachCall visits the calls of a function of the kernel, each by the number of its reference.
func (k *ko) eachCall(fn string, visit func(p *koPart, call int)) {
	for i := range k.parts {
		p := &k.parts[i]
		for n, r := range p.refs {
			if p.code && r.name == fn {
				visit(p, n)
			}
		}
	}
}

// before is the code that leads up to a call, from the one before.
func (p *koPart) before(call int) (code []byte, from uint64) {
	to := min(p.refs[call].at, uint64(len(p.data)))
	for n := call - 1; n >= 0 && from == 0; n-- {
		if p.refs[n].typ == elf.R_X86_64_PLT32 {
			from = min(p.refs[n].at+4, to)
		}
	}
	return p.data[from:to], from
}

// firstArg is the number in the first argument's register at a call.
func (p *koPart) firstArg(call int) (typ abi.ProgType, known bool) {
	code, _ := p.before(call)
	at := -1
	for i := range code {
		switch {
		case code[i] == 0xbf && i+5 <= len(code) && bytes.Equal(code[i+2:i+5], []byte{0, 0, 0}): // mov edi, imm32
			at, typ = i, abi.ProgType(code[i+1])
		case bytes.HasPrefix(code[i:], []byte{0x31, 0xff}): // xor edi, edi
			at, typ = i, 0
		}
	}
	return typ, at >= 0
}

// pointerArg is what an argument's register points to at a call: reg says which, as mov r64, imm32 has it. nil if unknown.
func (p *koPart) pointerArg(call int, reg byte) *koRef {
	_, from := p.before(call)
	for n := call - 1; n >= 0 && p.refs[n].at >= from+3; n-- {
		r := &p.refs[n]
		if r.at <= uint64(len(p.data)) && bytes.Equal(p.data[r.at-3:r.at], []byte{0x48, 0xc7, reg}) {
			return r
		}
	}
	return nil
}

// setOf finds the functions of a set that a struct btf_kfunc_id_set names, in a list that it adds them to.
func (k *ko) setOf(registration *koRef, list *[]*registered) (found []*registered) {
	const setField = 8 // behind the owner
	if registration == nil {
		return nil
	}
	for i := range k.parts {
		p := &k.parts[i]
		for _, r := range p.refs {
			if p.index == registration.section && r.at == registration.offset+setField && r.section == k.idsIndex {
				for _, f := range k.readSet(r.offset) {
					n := slices.IndexFunc(*list, func(known *registered) bool { return known.id == f.id })
					if n < 0 {
						n = len(*list)
						*list = append(*list, &f)
					}
					found = append(found, (*list)[n])
				}
			}
		}
	}
	return found
}

// readSet reads a struct btf_id_set8: a count, flags, and pairs of an id and what it is flagged with.
func (k *ko) readSet(at uint64) (set []registered) {
	if at+8 > uint64(len(k.ids)) || at > uint64(len(k.ids)) {
		return nil
	}
	n := uint64(k.order.Uint32(k.ids[at:]))
	for pairs := k.ids[at+8:]; n > 0 && len(pairs) >= 8; n, pairs = n-1, pairs[8:] {
		set = append(set, registered{id: k.order.Uint32(pairs), flags: abi.KfuncFlags(k.order.Uint32(pairs[4:]))})
	}
	return set
}

// listed are all ids in the file's order, if the module has destructors.
func (k *ko) listed() (ids []uint32) {
	if !k.imports["register_btf_id_dtor_kfuncs"] {
		return nil
	}
	for b := k.ids; len(b) >= 4; b = b[4:] {
		ids = append(ids, k.order.Uint32(b))
	}
	return ids
}
