// Package abi holds the vocabulary of the BPF verifier: register types, helper
// argument and return types, and their flags, spelled as in the kernel.
package abi

// RegType is a register's type: a base type in the low 8 bits and flags above.
type RegType uint32

// Base register types.
const (
	NOT_INIT RegType = iota
	SCALAR_VALUE
	PTR_TO_CTX
	CONST_PTR_TO_MAP
	PTR_TO_MAP_VALUE
	PTR_TO_MAP_KEY
	PTR_TO_STACK
	PTR_TO_PACKET_META
	PTR_TO_PACKET
	PTR_TO_PACKET_END
	PTR_TO_FLOW_KEYS
	PTR_TO_SOCKET
	PTR_TO_SOCK_COMMON
	PTR_TO_TCP_SOCK
	PTR_TO_TP_BUFFER
	PTR_TO_XDP_SOCK
	PTR_TO_BTF_ID
	PTR_TO_MEM
	PTR_TO_ARENA
	PTR_TO_BUF
	PTR_TO_FUNC
	PTR_TO_INSN
	CONST_PTR_TO_DYNPTR
)

// Flags of register, argument and return types alike (bpf_type_flag).
const (
	PTR_MAYBE_NULL RegType = 1 << (8 + iota)
	MEM_RDONLY
	MEM_RINGBUF
	MEM_USER
	MEM_PERCPU
	OBJ_RELEASE
	PTR_UNTRUSTED
	MEM_UNINIT
	DYNPTR_TYPE_LOCAL
	DYNPTR_TYPE_RINGBUF
	MEM_FIXED_SIZE
	MEM_ALLOC
	PTR_TRUSTED
	MEM_RCU
	NON_OWN_REF
	DYNPTR_TYPE_SKB
	DYNPTR_TYPE_XDP
	MEM_ALIGNED
	MEM_WRITE
	DYNPTR_TYPE_SKB_META
	DYNPTR_TYPE_FILE

	DYNPTR_TYPE_FLAG_MASK = DYNPTR_TYPE_LOCAL | DYNPTR_TYPE_RINGBUF | DYNPTR_TYPE_SKB |
		DYNPTR_TYPE_XDP | DYNPTR_TYPE_SKB_META | DYNPTR_TYPE_FILE

	// TRUSTED_MODIFIERS make a pointer trusted as long as no other flag is set.
	TRUSTED_MODIFIERS = MEM_ALLOC | PTR_TRUSTED | NON_OWN_REF

	BASE_TYPE_MASK RegType = 0xff
)

// Base returns the type without its flags.
func (t RegType) Base() RegType { return t & BASE_TYPE_MASK }

// Flags returns the flags alone.
func (t RegType) Flags() RegType { return t &^ BASE_TYPE_MASK }

// MaybeNull reports PTR_MAYBE_NULL.
func (t RegType) MaybeNull() bool { return t&PTR_MAYBE_NULL != 0 }

// ArgType is what a helper takes in one argument register. It shares RegType's flags.
type ArgType uint32

// Base argument types.
const (
	ARG_DONTCARE ArgType = iota
	ARG_CONST_MAP_PTR
	ARG_PTR_TO_MAP_KEY
	ARG_PTR_TO_MAP_VALUE
	ARG_PTR_TO_MEM
	ARG_PTR_TO_ARENA
	ARG_CONST_SIZE
	ARG_CONST_SIZE_OR_ZERO
	ARG_PTR_TO_CTX
	ARG_ANYTHING
	ARG_PTR_TO_SPIN_LOCK
	ARG_PTR_TO_SOCK_COMMON
	ARG_PTR_TO_SOCKET
	ARG_PTR_TO_BTF_ID
	ARG_PTR_TO_RINGBUF_MEM
	ARG_CONST_ALLOC_SIZE_OR_ZERO
	ARG_PTR_TO_BTF_ID_SOCK_COMMON
	ARG_PTR_TO_PERCPU_BTF_ID
	ARG_PTR_TO_FUNC
	ARG_PTR_TO_STACK
	ARG_PTR_TO_CONST_STR
	ARG_PTR_TO_TIMER
	ARG_KPTR_XCHG_DEST
	ARG_PTR_TO_DYNPTR
	ARG_SCALAR
	ARG_TYPE_COUNT
)

// Base returns the argument type without its flags.
func (t ArgType) Base() ArgType { return t & ArgType(BASE_TYPE_MASK) }

// Flags returns the flags alone.
func (t ArgType) Flags() RegType { return RegType(t) &^ BASE_TYPE_MASK }

// HasAll reports whether all of flags are set.
func (t ArgType) HasAll(flags RegType) bool { return RegType(t)&flags == flags }

// RetType is what a helper returns. It shares RegType's flags.
type RetType uint32

// Base return types.
const (
	RET_INTEGER RetType = iota
	RET_VOID
	RET_PTR_TO_MAP_VALUE
	RET_PTR_TO_SOCKET
	RET_PTR_TO_TCP_SOCK
	RET_PTR_TO_SOCK_COMMON
	RET_PTR_TO_MEM
	RET_PTR_TO_MEM_OR_BTF_ID
	RET_PTR_TO_BTF_ID
)

// Base returns the return type without its flags.
func (t RetType) Base() RetType { return t & RetType(BASE_TYPE_MASK) }

// Flags returns the flags alone.
func (t RetType) Flags() RegType { return RegType(t) &^ BASE_TYPE_MASK }
