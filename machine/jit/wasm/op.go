package wasm

// Op is an instruction's code.
type Op byte

// Control and variables.
const (
	Unreachable Op = 0x00
	block       Op = 0x02
	loop        Op = 0x03
	ifOp        Op = 0x04
	elseOp      Op = 0x05
	end         Op = 0x0b
	br          Op = 0x0c
	brTable     Op = 0x0e
	Return      Op = 0x0f
	call        Op = 0x10
	Drop        Op = 0x1a
	Select      Op = 0x1b
	localGet    Op = 0x20
	localSet    Op = 0x21
	localTee    Op = 0x22
)

// Loads and stores; each takes an address of 32 bits.
const (
	I64Load    Op = 0x29
	I32Load    Op = 0x28
	I64Load8S  Op = 0x30
	I64Load8U  Op = 0x31
	I64Load16S Op = 0x32
	I64Load16U Op = 0x33
	I64Load32S Op = 0x34
	I64Load32U Op = 0x35
	I32Store   Op = 0x36
	I64Store   Op = 0x37
	I64Store8  Op = 0x3c
	I64Store16 Op = 0x3d
	I64Store32 Op = 0x3e
)

// Comparisons; the result is an i32.
const (
	I32Eqz Op = 0x45
	I32Eq  Op = 0x46
	I32Ne  Op = 0x47
	I32LtS Op = 0x48
	I32LtU Op = 0x49
	I32GtS Op = 0x4a
	I32GtU Op = 0x4b
	I32LeS Op = 0x4c
	I32LeU Op = 0x4d
	I32GeS Op = 0x4e
	I32GeU Op = 0x4f
	I64Eqz Op = 0x50
	I64Eq  Op = 0x51
	I64Ne  Op = 0x52
	I64LtS Op = 0x53
	I64LtU Op = 0x54
	I64GtS Op = 0x55
	I64GtU Op = 0x56
	I64LeS Op = 0x57
	I64LeU Op = 0x58
	I64GeS Op = 0x59
	I64GeU Op = 0x5a
)

// Arithmetic.
const (
	I32Add  Op = 0x6a
	I32Sub  Op = 0x6b
	I32Mul  Op = 0x6c
	I32DivS Op = 0x6d
	I32DivU Op = 0x6e
	I32RemS Op = 0x6f
	I32RemU Op = 0x70
	I32And  Op = 0x71
	I32Or   Op = 0x72
	I32Xor  Op = 0x73
	I32Shl  Op = 0x74
	I32ShrS Op = 0x75
	I32ShrU Op = 0x76
	I32Rotl Op = 0x77
	I64Add  Op = 0x7c
	I64Sub  Op = 0x7d
	I64Mul  Op = 0x7e
	I64DivS Op = 0x7f
	I64DivU Op = 0x80
	I64RemS Op = 0x81
	I64RemU Op = 0x82
	I64And  Op = 0x83
	I64Or   Op = 0x84
	I64Xor  Op = 0x85
	I64Shl  Op = 0x86
	I64ShrS Op = 0x87
	I64ShrU Op = 0x88
	I64Rotl Op = 0x89
)

// Conversions.
const (
	I32WrapI64    Op = 0xa7
	I64ExtendI32U Op = 0xad
	I32Extend8S   Op = 0xc0
	I32Extend16S  Op = 0xc1
	I64Extend8S   Op = 0xc2
	I64Extend16S  Op = 0xc3
	I64Extend32S  Op = 0xc4
)

const (
	i32Const Op = 0x41
	i64Const Op = 0x42
)
