package verifier_test

import (
	"strings"
	"testing"
)

// In aluTable "unknown" stands for a call whose result, in r0, is any number; "value" for a pointer to
// a map value of 64 bytes or more in r0.
var aluTable = table{
	maps: fuzzMaps(),
	words: strings.NewReplacer(
		"unknown", "call 5",
		"value", "*(u32 *)(r10 -4) = 0\nr2 = r10\nr2 += -4\nr1 = map[1] ll\ncall 1",
	),
	cases: []testCase{
		{name: "neg reserved", code: "r0 = 0\n.raw 87 00 00 00 01 00 00 00", want: "BPF_NEG uses reserved fields"},
		{name: "end width", code: "r0 = 0\n.raw d4 00 00 00 08 00 00 00", want: "BPF_END uses reserved fields"},
		{name: "mov off", code: ".raw bf 10 03 00 00 00 00 00", want: "BPF_MOV uses reserved fields"},
		{name: "mov imm off", code: ".raw b7 00 01 00 00 00 00 00", want: "BPF_MOV uses reserved fields"},
		{name: "alu reserved", code: "r0 = 0\n.raw 0f 00 00 00 01 00 00 00", want: "BPF_ALU uses reserved fields"},
		{name: "signed add", code: "r0 = 0\n.raw 07 00 01 00 01 00 00 00", want: "BPF_ALU uses reserved fields"},
		{name: "no arena", code: ".raw bf 10 01 00 01 00 00 00", want: "addr_space_cast insn can only be used in a program that has an associated arena"},
		{name: "bad cast", code: ".raw bf 10 01 00 02 00 00 00", want: "addr_space_cast insn can only convert between address space 1 and 0"},
		{name: "bad opcode", code: ".raw e7 00 00 00 00 00 00 00", want: "unknown opcode e7"},
		{name: "div by zero", code: "r0 = 1\nr0 /= 0", want: "div by zero"},
		{name: "mod by zero", code: "r0 = 1\nw0 %= 0", want: "div by zero"},
		{name: "shift", code: "r0 = 1\nr0 <<= 64", want: "invalid shift 64"},
		{name: "shift 32", code: "r0 = 1\nw0 >>= 32", want: "invalid shift 32"},
		{name: "read", code: "r0 = r2", want: "R2 !read_ok"},
		{name: "read dst", code: "r2 += 1", want: "R2 !read_ok"},
		{name: "write fp", code: "r10 = 1", want: "frame pointer is read only"},
		{name: "fp sub", code: "r2 = r10\nr2 -= 8", want: "R2 subtraction from stack pointer prohibited"},
		{name: "add pointers", code: "r2 = r10\nr2 += r1", want: "R2 pointer += pointer prohibited"},
		{name: "sub from scalar", code: "r2 = 5\nr2 -= r1", want: "R2 tried to subtract pointer from scalar"},
		{name: "and pointer", code: "r1 &= 7", want: "R1 bitwise operator &= on pointer prohibited"},
		{name: "shift pointer", code: "r1 <<= 2", want: "R1 pointer arithmetic with <<= operator prohibited"},
		{name: "32-bit pointer", code: "w1 += 7", want: "R1 32-bit pointer arithmetic prohibited"},
		{name: "sub pointers", code: "r0 = r10\nr0 -= r1\nexit", last: "R0=scalar() R1=ctx()"},
		{name: "unbounded", code: "unknown\nr1 = r10\nr1 += r0", want: "math between fp pointer and register with unbounded min value is not allowed"},
		{name: "big constant", code: "r1 += 536870912", want: "math between ctx pointer and 536870912 is not allowed"},
		{name: "big offset", code: "r1 += 536870911\nr1 += 1", want: "ctx pointer offset 536870912 is not allowed"},
		{name: "small minimum", code: "unknown\nif r0 s< -536870912 goto out\nr1 = r10\nr1 += r0\nout:\nr0 = 0\nexit", want: "value -536870912 makes fp pointer be out of bounds"},
		{name: "null check first", code: "value\nr0 += 1", want: "R0 pointer arithmetic on map_value_or_null prohibited, null-check it first"},
		{name: "map pointer", code: "r1 = map[0] ll\nr1 += 8", want: "R1 pointer arithmetic on map_ptr prohibited"},
		{name: "jump reserved", code: "r0 = 0\n.raw 15 10 00 00 00 00 00 00", want: "BPF_JMP/JMP32 uses reserved fields"},

		{name: "neg", code: "unknown\nr0 &= 255\nr0 = -r0\nexit", last: "R0=scalar(smin=smin32=-255,smax=smax32=0)"},
		{name: "div", code: "unknown\nr0 &= 255\nr0 /= 3\nexit", last: "R0=scalar()"},
		{name: "bswap", code: "unknown\nr0 &= 15\nr0 = bswap16 r0\nexit", last: "R0=scalar(smin=smin32=0,smax=umax=smax32=umax32=3840,var_off=(0x0; 0xf00))"},
		{name: "order of bytes that is theirs already", code: "unknown\nr0 &= 8\nr6 = r0\nunknown\nr0 &= 17\nif r0 == 0 goto out\nif w6 s<= w0 goto out\nr1 = r0\nr1 = le64 r1\nout:\nr0 = 0\nexit",
			state: "R1=scalar(id=2,smin=umin=smin32=umin32=1,smax=umax=smax32=umax32=1,var_off=(0x0; 0x1))\n8: (d4) r1 = le64 r1                  ; R1=1\n"},
		{name: "signed mul", code: "unknown\nr0 &= 15\nr0 *= -3\nexit", last: "R0=scalar(smin=smin32=-45,smax=smax32=0)"},
		{name: "wrapping add", code: "unknown\nr0 &= 15\nr0 += -16\nexit", last: "R0=scalar(smin=smin32=-16,smax=smax32=-1,umin=0xfffffffffffffff0,umin32=0xfffffff0,var_off=(0xfffffffffffffff0; 0xf))"},
		{name: "sign mask", code: "unknown\nr0 s>>= 63\nr0 &= 18\nexit", last: "R0=0"},
		{name: "one member", code: "unknown\nr0 &= 240\nif r0 < 17 goto out\nif r0 > 47 goto out\nr1 = r0\nr0 = 0\nout:\nexit", last: "R0=0"},
	}}

func TestALU(t *testing.T) { aluTable.run(t) }
