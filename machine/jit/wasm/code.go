package wasm

import "math/bits"

// Type is the type of a value.
type Type byte

// Types of values.
const (
	I64 Type = 0x7e
	I32 Type = 0x7f
	// None is the type of a block without a result.
	None Type = 0x40
)

// Code is the body of a function under construction. Labels are counted from the innermost
// open block, loop or if, 0 being that one.
type Code struct {
	buf    []byte
	params uint32
	locals []Type
}

// NewCode begins the body of a function with the given number of parameters.
func NewCode(params int) *Code { return &Code{params: uint32(params)} }

// Local adds a local variable, which is zero at first, and returns its index.
func (c *Code) Local(t Type) uint32 {
	c.locals = append(c.locals, t)
	return c.params + uint32(len(c.locals)) - 1
}

// Op appends instructions that have no operands of their own.
func (c *Code) Op(ops ...Op) {
	for _, o := range ops {
		c.buf = append(c.buf, byte(o))
	}
}

func (c *Code) indexed(o Op, index uint32) {
	c.Op(o)
	c.buf = appendUint(c.buf, uint64(index))
}

// Get pushes a local variable.
func (c *Code) Get(local uint32) { c.indexed(localGet, local) }

// Set pops into a local variable.
func (c *Code) Set(local uint32) { c.indexed(localSet, local) }

// Tee stores into a local variable what stays pushed.
func (c *Code) Tee(local uint32) { c.indexed(localTee, local) }

// Const32 pushes an i32.
func (c *Code) Const32(v int32) {
	c.Op(i32Const)
	c.buf = appendInt(c.buf, int64(v))
}

// Const64 pushes an i64.
func (c *Code) Const64(v int64) {
	c.Op(i64Const)
	c.buf = appendInt(c.buf, v)
}

// Access appends a load or store at the pushed address plus offset. The sum does not wrap around:
// one beyond the memory is a trap.
func (c *Code) Access(o Op, offset uint32) {
	const align = 0 // any
	c.Op(o)
	c.buf = append(c.buf, align)
	c.buf = appendUint(c.buf, uint64(offset))
}

// Atomic appends an atomic access of so many bytes, whose address must be a multiple of that.
func (c *Code) Atomic(o AtomicOp, size int, offset uint32) {
	const prefix = 0xfe
	c.buf = append(c.buf, prefix, byte(o), byte(bits.TrailingZeros(uint(size))))
	c.buf = appendUint(c.buf, uint64(offset))
}

// Block opens a block; a branch to it goes to its end.
func (c *Code) Block(result Type) { c.open(block, result) }

// Loop opens a loop; a branch to it goes to its start.
func (c *Code) Loop() { c.open(loop, None) }

// If pops an i32 and opens a block that is entered if it is not zero.
func (c *Code) If(result Type) { c.open(ifOp, result) }

// Else begins what is done if the i32 is zero.
func (c *Code) Else() { c.Op(elseOp) }

// End closes the innermost block, loop or if.
func (c *Code) End() { c.Op(end) }

func (c *Code) open(o Op, result Type) {
	c.Op(o)
	c.buf = append(c.buf, byte(result))
}

// Br branches to a label.
func (c *Code) Br(label int) { c.indexed(br, uint32(label)) }

// BrIf pops an i32 and branches to a label if it is not zero. It is a branch in a condition, as wazero makes a comparison and a
// conditional branch one only if the branch leads to where no other does.
func (c *Code) BrIf(label int) {
	c.If(None)
	c.Br(label + 1)
	c.End()
}

// BrTable pops an i32 and branches to the label that it is the index of, or to the last one.
func (c *Code) BrTable(labels []int) {
	c.indexed(brTable, uint32(len(labels)-1))
	for _, l := range labels {
		c.buf = appendUint(c.buf, uint64(l))
	}
}

// Call calls a function of the module by its index.
func (c *Code) Call(f Func) { c.indexed(call, uint32(f)) }

// encode gives the body with its locals, its own length in front.
func (c *Code) encode(b []byte) []byte {
	var body []byte
	body = appendUint(body, uint64(len(c.locals)))
	for _, t := range c.locals {
		body = append(body, 1, byte(t))
	}
	body = append(body, c.buf...)
	body = append(body, byte(end))
	return appendBytes(b, body)
}
