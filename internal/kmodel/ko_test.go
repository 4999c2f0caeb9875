package kmodel

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

// koSection is a section of a file that koFileOf writes.
type koSection struct {
	name       string
	typ        elf.SectionType
	flags      elf.SectionFlag
	link, info uint32
	data       []byte
}

// koFile is a module's file with these sections and nothing else.
func koFile(sections map[string][]byte) []byte {
	var list []koSection
	for _, name := range slices.Sorted(maps.Keys(sections)) {
		list = append(list, koSection{name: name, typ: elf.SHT_PROGBITS, data: sections[name]})
	}
	return koFileOf(list)
}

// koFileOf is a module's file with these sections, which are numbered from 1.
func koFileOf(sections []koSection) []byte {
	const headerSize = 64
	var body, table, names bytes.Buffer
	names.WriteByte(0)
	put := func(s koSection) {
		name := names.Len()
		names.WriteString(s.name + "\x00")
		at, size := headerSize+body.Len(), len(s.data)
		if s.typ == elf.SHT_STRTAB && s.data == nil {
			size = names.Len()
			body.Write(names.Bytes())
		} else {
			body.Write(s.data)
		}
		entry := uint64(0)
		if s.typ == elf.SHT_SYMTAB {
			entry = 24
		}
		_ = binary.Write(&table, binary.LittleEndian, elf.Section64{Name: uint32(name), Type: uint32(s.typ), Flags: uint64(s.flags),
			Off: uint64(at), Size: uint64(size), Link: s.link, Info: s.info, Entsize: entry})
	}
	table.Write(make([]byte, 64))
	for _, s := range sections {
		put(s)
	}
	put(koSection{name: ".shstrtab", typ: elf.SHT_STRTAB})
	n := table.Len() / 64
	head := elf.Header64{Type: uint16(elf.ET_REL), Machine: uint16(elf.EM_X86_64), Version: 1, Ehsize: headerSize,
		Shoff: uint64(headerSize + body.Len()), Shentsize: 64, Shnum: uint16(n), Shstrndx: uint16(n - 1)}
	copy(head.Ident[:], "\x7fELF\x02\x01\x01")
	var out bytes.Buffer
	_ = binary.Write(&out, binary.LittleEndian, head)
	out.Write(body.Bytes())
	out.Write(table.Bytes())
	return out.Bytes()
}

// registeringModule is a module that registers a set of functions for all programs, one for two types of programs, one for
// fmod_ret programs, and a destructor. Its types build on a distilled base that has nothing but an int.
func registeringModule() []byte {
	b := newBTF(nil)
	number := b.add("int", 1, 0, 4, 1<<24|32)
	s := newBTF(b)
	own := s.add("own", kindStruct, 1, 4, s.str("n"), number, 0)
	anyPtr := s.add("", kindPtr, 0, 0)
	fn := func(name string, proto uint32) uint32 { return s.add(name, kindFunc, 0, proto) }
	plain, free := s.add("", kindFuncProto, 0, number), s.add("", kindFuncProto, 1, 0, s.str("p"), anyPtr)
	all, some, more, modified, freed := fn("own_all", plain), fn("own_some", plain), fn("own_more", plain), fn("own_modified", plain), fn("own_free", free)

	words := func(list ...uint32) (out []byte) {
		for _, w := range list {
			out = binary.LittleEndian.AppendUint32(out, w)
		}
		return out
	}
	const setAll, setSome, setModified, idsSection, dataSection = 8, 24, 48, 2, 4
	ids := words(own, freed, 1, 1, all, 0, 2, 1, some, uint32(abi.KF_ACQUIRE|abi.KF_RET_NULL), more, uint32(abi.KF_SPINLOCK_SAFE), 1, 1, modified, 0)
	const symIDs, symData, symKfuncs, symModify, symDestructors = 1, 2, 3, 4, 5
	rela := func(at int, symbol int, typ elf.R_X86_64, addend int64) (out []byte) {
		out = binary.LittleEndian.AppendUint64(out, uint64(at))
		out = binary.LittleEndian.AppendUint64(out, uint64(symbol)<<32|uint64(typ))
		return binary.LittleEndian.AppendUint64(out, uint64(addend))
	}
	// Each registration is an owner, a set and a filter; code gives its address, and the type of programs before it.
	var dataRefs, code, codeRefs []byte
	for i, set := range []int64{setAll, setSome, setModified} {
		dataRefs = append(dataRefs, rela(24*i+8, symIDs, elf.R_X86_64_64, set)...)
	}
	call := func(symbol int, registration int64, reg byte, first ...byte) {
		code = append(append(code, first...), 0x48, 0xc7, reg)
		codeRefs = append(codeRefs, rela(len(code), symData, elf.R_X86_64_32S, registration)...)
		code = append(code, 0, 0, 0, 0, 0xe8)
		codeRefs = append(codeRefs, rela(len(code), symbol, elf.R_X86_64_PLT32, -4)...)
		code = append(code, 0, 0, 0, 0, 0x85, 0xc0) // test eax, eax
	}
	call(symKfuncs, 0, 0xc6, 0x31, 0xff)
	call(symKfuncs, 24, 0xc6, 0xbf, byte(abi.PROG_TYPE_XDP), 0, 0, 0)
	call(symKfuncs, 24, 0xc6, 0xbf, byte(abi.PROG_TYPE_SYSCALL), 0, 0, 0)
	call(symModify, 48, 0xc7)

	names := []byte("\x00register_btf_kfunc_id_set\x00register_btf_fmodret_id_set\x00register_btf_id_dtor_kfuncs\x00")
	symbol := func(name int, section uint16) []byte {
		out := words(uint32(name))
		out = append(out, 0, 0)
		out = binary.LittleEndian.AppendUint16(out, section)
		return append(out, make([]byte, 16)...)
	}
	symbols := bytes.Join([][]byte{make([]byte, 24), symbol(0, idsSection), symbol(0, dataSection), symbol(1, 0), symbol(27, 0), symbol(55, 0)}, nil)
	return koFileOf([]koSection{
		{name: ".BTF", typ: elf.SHT_PROGBITS, data: s.encode()},
		{name: ".BTF_ids", typ: elf.SHT_PROGBITS, flags: elf.SHF_ALLOC, data: ids},
		{name: ".BTF.base", typ: elf.SHT_PROGBITS, data: b.encode()},
		{name: ".rodata", typ: elf.SHT_PROGBITS, flags: elf.SHF_ALLOC, data: make([]byte, 3*24)},
		{name: ".rela.rodata", typ: elf.SHT_RELA, info: 4, link: 8, data: dataRefs},
		{name: ".init.text", typ: elf.SHT_PROGBITS, flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR, data: code},
		{name: ".rela.init.text", typ: elf.SHT_RELA, info: 6, link: 8, data: codeRefs},
		{name: ".symtab", typ: elf.SHT_SYMTAB, link: 9, data: symbols},
		{name: ".strtab", typ: elf.SHT_STRTAB, data: names},
	})
}

// loadRegistering returns a model and that module, read for it.
func loadRegistering(t *testing.T) (*Model, *Module) {
	t.Helper()
	m, err := Load("7.3")
	if err != nil {
		t.Fatal(err)
	}
	mod, err := ReadModule(bytes.NewReader(registeringModule()), "own", m.Types())
	if err != nil {
		t.Fatal(err)
	}
	return m, mod
}

// A module's file says which functions it registers, with which flags, and for whom.
func TestModuleRegisters(t *testing.T) {
	m, mod := loadRegistering(t)
	some := []abi.ProgType{abi.PROG_TYPE_XDP, abi.PROG_TYPE_SYSCALL}
	want := []KfuncOverlay{
		{Name: "own_all", Module: "own", Types: []abi.ProgType{abi.PROG_TYPE_UNSPEC}},
		{Name: "own_free", Module: "own", Destroys: "own"},
		{Name: "own_modified", Module: "own", ModifyReturn: true},
		{Name: "own_more", Module: "own", Flags: abi.KF_SPINLOCK_SAFE, Types: some},
		{Name: "own_some", Module: "own", Flags: abi.KF_ACQUIRE | abi.KF_RET_NULL, Types: some},
	}
	if d := cmp.Diff(want, mod.Kfuncs); d != "" {
		t.Fatal(d)
	}

	k := m.With(WithModule(mod))
	for _, c := range []struct {
		name string
		typ  abi.ProgType
		may  bool
	}{
		{"own_all", abi.PROG_TYPE_SCHED_CLS, true},
		{"own_some", abi.PROG_TYPE_XDP, true},
		{"own_some", abi.PROG_TYPE_SCHED_CLS, false},
		{"own_modified", abi.PROG_TYPE_SCHED_CLS, false},
		{"own_free", abi.PROG_TYPE_SCHED_CLS, false},
	} {
		id, _ := mod.Types.FindFunc(c.name)
		if got := k.KfuncAllowed(k.Kfunc(mod.Types, id), Prog{Type: c.typ}); got != c.may {
			t.Errorf("%s may call %s: %v", c.typ, c.name, got)
		}
	}
	if !k.ReturnModifiable("own_modified") || k.ReturnModifiable("own_all") || m.ReturnModifiable("own_modified") {
		t.Error("own_modified alone may be modified, and that only with the module")
	}
	if fn, ok := k.Destructor("own"); !ok || fn != "own_free" {
		t.Errorf("own is freed by %q", fn)
	}
	id, _ := mod.Types.FindFunc("own_more")
	if f := k.Kfunc(mod.Types, id).Flags; f != abi.KF_SPINLOCK_SAFE|abi.KF_TRUSTED_ARGS {
		t.Errorf("own_more has flags %#x: from 7.0 all arguments are trusted ones", f)
	}
}

// What a module registers can be written as an overlay of its raw types.
func TestModuleAsOverlay(t *testing.T) {
	m, mod := loadRegistering(t)
	text := "kfuncs:\n"
	for _, o := range mod.Kfuncs {
		text += o.YAML()
	}
	list, err := ParseKfuncOverlay([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	for i := range list {
		list[i].Line = 0
	}
	mod.Kfuncs[0].Types = nil // all, which needs no saying
	if d := cmp.Diff(mod.Kfuncs, list); d != "" {
		t.Error(d)
	}
	raw, err := ReadModule(bytes.NewReader(mod.Raw), "own", m.Types())
	if err != nil || len(raw.Kfuncs) != 0 {
		t.Fatal(raw, err)
	}
	if id, _ := raw.Types.FindFunc("own_free"); id == 0 {
		t.Error("the raw types have no own_free")
	}
}

// A file that is damaged is refused, or read as far as it makes sense.
func TestDamagedModule(t *testing.T) {
	m, err := Load("7.3")
	if err != nil {
		t.Fatal(err)
	}
	whole := registeringModule()
	rapid.Check(t, func(t *rapid.T) {
		file := bytes.Clone(whole)
		for range rapid.IntRange(1, 8).Draw(t, "changes") {
			file[rapid.IntRange(0, len(file)-1).Draw(t, "at")] = rapid.Byte().Draw(t, "byte")
		}
		mod, err := ReadModule(bytes.NewReader(file[:rapid.IntRange(0, len(file)).Draw(t, "length")]), "own", m.Types())
		if err == nil && mod.Types.Spec() == nil {
			t.Fatal("no types and no error")
		}
	})
	if _, err := ReadModule(strings.NewReader("\x7fELF"), "own", m.Types()); err == nil {
		t.Error("four bytes are a module")
	}
}
