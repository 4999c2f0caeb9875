package object

import (
	"slices"
	"sort"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/types"
)

// Image is one program linked against one kernel: what the loader would hand to the
// kernel's BPF_PROG_LOAD. Images of one object share maps and BTF and are not changed by verification.
type Image struct {
	Object  string // file name without its folders
	Name    string // program's name
	Section string // as in the file, with its "?" prefix
	Type    abi.ProgType
	Attach  abi.AttachType
	// Sleepable is BPF_F_SLEEPABLE; XDPFrags BPF_F_XDP_HAS_FRAGS.
	Sleepable, XDPFrags bool
	License             string // text of the license section

	Insns []insn.Insn // the program, then every subprogram it reaches, in libbpf's order
	Funcs []FuncInfo  // one a subprogram, in order of Insn
	Lines []LineInfo  // in order of Insn
	Maps  []*Map      // those the program uses, indexed by LD|IMM|DW's Imm

	BTF *types.Set // the program's own BTF; nil without
	// BTFRefused says why the kernel refuses the object's BTF, so that the program is
	// loaded without; empty where it doesn't.
	BTFRefused string
	// Types are the type sets instructions may name: [0] vmlinux, [1] is BTF
	// (may be nil), then the modules used.
	Types []*types.Set

	// AttachTypes and AttachBTFID name what the program attaches to (tracing, lsm, struct_ops, ext):
	// an index into Types and a type id there. AttachBTFID 0 = nothing.
	AttachTypes int
	AttachBTFID uint32
	// AttachMember is the index of a struct_ops program's member in its struct.
	AttachMember int
	// AttachName is the target's name as written in the section.
	AttachName string
	// StructMetas are the special fields of the structs in BTF that programs may
	// allocate (bpf_obj_new), by type id; a struct without special fields is missing.
	StructMetas map[uint32]*Record

	// Constants are the names of the constants that the program refers to and that nobody has set: a loader may.
	Constants []string

	// Unresolved are the instructions for which the loader found nothing, in order.
	Unresolved []Unresolved

	// Debug is what the object says of its instructions, whether or not the kernel is told.
	Debug Debug
	// Refs are what the object's instructions refer to by name; only a draft, which is not linked, has them.
	Refs []Ref

	// AttachProg is the program of which a function is replaced or traced, nil for the kernel's. Types[AttachTypes] is
	// then that program's BTF.
	AttachProg *Image
}

// Debug says what instructions come from.
type Debug struct {
	Types *types.Set // nil without
	Funcs []DebugFunc
	Lines []LineInfo // as in Image, or from DWARF where the object has none: without text
	Vars  *Variables // nil without DWARF
}

// DebugFunc is a function of the program.
type DebugFunc struct {
	Insn   uint32 // its first instruction
	Name   string
	TypeID uint32 // in Debug.Types, 0 for none
}

// FuncAt returns the function that an instruction is in, nil if unknown.
func (d *Debug) FuncAt(at int) *DebugFunc {
	i := sort.Search(len(d.Funcs), func(i int) bool { return int(d.Funcs[i].Insn) > at }) - 1
	if i < 0 || at < 0 {
		return nil
	}
	return &d.Funcs[i]
}

// FuncInfo ties a subprogram's first instruction to its BTF function.
type FuncInfo struct {
	Insn   uint32 // index of its first instruction
	TypeID uint32 // BTF id of the function in Image.BTF
}

// HasArena reports that the program uses an arena.
func (img *Image) HasArena() bool {
	return slices.ContainsFunc(img.Maps, func(m *Map) bool { return m != nil && m.Type == abi.MAP_TYPE_ARENA })
}

// FuncName names the function that an instruction is in: the program itself where nothing tells.
func (img *Image) FuncName(at int) string {
	if f := img.Debug.FuncAt(at); f != nil {
		return f.Name
	}
	return img.Name
}

// LineInfo ties an instruction to a place in the source.
type LineInfo struct {
	Insn       uint32
	File       string
	Line, Col  uint32
	Text       string // the source line, trimmed
	FileOffset uint32 // string offsets as in .BTF.ext, for the checks on them
	LineOffset uint32
}

// Map is a map as the kernel would create it.
type Map struct {
	Name       string
	Type       abi.MapType
	KeySize    uint32 // bytes
	ValueSize  uint32 // bytes
	MaxEntries uint32
	Flags      uint32
	MapExtra   uint64
	Inner      *Map // map-in-map: the inner map's definition

	// BTF types of key and value in BTF; 0 where there are none.
	BTF                    *types.Set
	KeyTypeID, ValueTypeID uint32

	// Record are the special fields of the value; nil for none.
	Record *Record

	// Frozen: the program side can't write and user space has frozen it (.rodata, .kconfig).
	Frozen bool
	// Data is what the map holds at first: of data sections and of an arena's variables; nil for zeros.
	Data []byte

	// Targets are the elements of a jump table: instructions of the image.
	Targets []uint32

	// Slots are the first elements of maps of maps and of programs.
	Slots []Slot

	// StructOpsTypeID: for struct_ops maps, the kernel struct in vmlinux.
	StructOpsTypeID uint32
}

// Slot is an element of a map of maps, or of programs, that the object gives.
type Slot struct {
	Index   uint64
	Map     *Map   // nil in a map of programs
	Program string // name
}
