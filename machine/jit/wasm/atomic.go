package wasm

// AtomicOp is an atomic instruction's code.
type AtomicOp byte

// Atomic loads and stores of the i64 in memory, or its lower part.
const (
	AtomicLoad    AtomicOp = 0x11
	AtomicLoad8   AtomicOp = 0x14
	AtomicLoad16  AtomicOp = 0x15
	AtomicLoad32  AtomicOp = 0x16
	AtomicStore   AtomicOp = 0x18
	AtomicStore8  AtomicOp = 0x1b
	AtomicStore16 AtomicOp = 0x1c
	AtomicStore32 AtomicOp = 0x1d
)

// Operations that give what was in memory before, as an i64: on all of it, or, Narrow added, on 4 bytes.
const (
	AtomicAdd     AtomicOp = 0x1f
	AtomicAnd     AtomicOp = 0x2d
	AtomicOr      AtomicOp = 0x34
	AtomicXor     AtomicOp = 0x3b
	AtomicXchg    AtomicOp = 0x42
	AtomicCmpxchg AtomicOp = 0x49
	Narrow        AtomicOp = 5
)
