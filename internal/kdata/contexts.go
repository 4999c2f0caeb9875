package kdata

import "github.com/bpfverdict/bpfverdict/internal/abi"

// Contexts are the contexts that BTF does not describe, and what else programs see of what they run for.
type Contexts struct {
	CtxLayouts [][]CtxField
	CtxUses    []CtxUse // the last that fits counts
	// CtxTypes are the types of contexts as programs see them, as the kernel's BTF has them; they spare reading it. Types of
	// programs that are not listed the kernel lacks. Empty, the BTF is asked.
	CtxTypes []CtxType
	// CtxFixed are contexts that no kernel was asked for: those that it cannot load, or has no end of.
	CtxFixed map[abi.ProgType][]CtxField
	// PacketRead and PacketWrite are the program types that may read, and write, through packet pointers.
	PacketRead, PacketWrite []abi.ProgType
	// PacketToAny are those that may pass packet pointers to any helper that takes memory.
	PacketToAny []abi.ProgType
	// CtxPlain are the program types whose context is memory as it stands, not a view the kernel rewrites.
	CtxPlain []abi.ProgType
	// IterArgs are the typed context fields of each iterator target. The field "meta" and those not listed
	// get their type from BTF alone.
	IterArgs map[string][]IterArg
	// RawTPArgs are the tracepoints with pointer arguments that are not always valid: a hexadecimal digit
	// an argument, the first argument's the lowest, each of RawTPArg bits.
	RawTPArgs map[string]uint64
	// Writers say which kernel objects programs may store to; those of struct_ops are in StructOps.
	Writers []WriterRule
}

// CtxMode says which accesses a context field allows.
type CtxMode uint8

// Ways to access a context field.
const (
	CtxNone   CtxMode = iota
	CtxExact          // the whole field
	CtxNarrow         // any aligned part of it
)

// CtxField is one field of a program's context, or several alike in a row.
type CtxField struct {
	Off, Size, Count uint16 // bytes, bytes, fields
	Read, Write      CtxMode
	NoSext           bool        // sign-extending loads are refused
	Unconverted      bool        // loads are taken, but the kernel can't rewrite them
	Type             abi.RegType // what a load gives
	Struct           string      // kernel struct, for typed pointers
}

// CtxUse gives programs of a type their context.
type CtxUse struct {
	Type      abi.ProgType
	Attach    abi.AttachType
	AnyAttach bool
	Layout    int
}

// CtxType is the type of the context of programs of a type.
type CtxType struct {
	Prog abi.ProgType
	// User is what a program's BTF must name, "__sk_buff" or the typedef "bpf_user_pt_regs_t"; UserStruct
	// is the struct behind it. Both are "" where the context has no name of its own (void *, __u64).
	User, UserStruct string
}

// IterArg is what an iterator program gets in one field of its context.
type IterArg struct {
	Field  string      // member of struct bpf_iter__TARGET
	Type   abi.RegType // PTR_TO_BUF, or PTR_TO_BTF_ID with Struct
	Struct string      // name of the struct pointed to, in vmlinux
}

// RawTPArg is what is known of a tracepoint's pointer argument.
type RawTPArg uint8

// Facts about tracepoint arguments, bits.
const (
	RawTPMayBeNull  RawTPArg = 1 << iota
	RawTPMayBeError          // it may hold an error number
)

// WriterRule gives programs what they may store to.
type WriterRule struct {
	When    When
	Writers []BTFWriter
}
