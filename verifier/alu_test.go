package verifier_test

import (
	"context"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/asm"
	"github.com/bpfverdict/bpfverdict/internal/bpfsys"
	"github.com/bpfverdict/bpfverdict/internal/progen"
	"github.com/bpfverdict/bpfverdict/kernel"
	"github.com/bpfverdict/bpfverdict/verifier"
)

// aluCases are socket filters in assembly. want is the last message, "" for accepted;
// state is what the log at level 2 says of the last instruction with a state, if given.
// "unknown" stands for a call whose result, in r0, is any number; "value" for a pointer to
// a map value of 64 bytes or more in r0.
var aluCases = []struct{ name, code, want, state string }{
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
	{name: "sub pointers", code: "r0 = r10\nr0 -= r1\nexit", state: "R0=scalar() R1=ctx()"},
	{name: "unbounded", code: "unknown\nr1 = r10\nr1 += r0", want: "math between fp pointer and register with unbounded min value is not allowed"},
	{name: "big constant", code: "r1 += 536870912", want: "math between ctx pointer and 536870912 is not allowed"},
	{name: "big offset", code: "r1 += 536870911\nr1 += 1", want: "ctx pointer offset 536870912 is not allowed"},
	{name: "small minimum", code: "unknown\nif r0 s< -536870912 goto out\nr1 = r10\nr1 += r0\nout:\nr0 = 0\nexit", want: "value -536870912 makes fp pointer be out of bounds"},
	{name: "null check first", code: "value\nr0 += 1", want: "R0 pointer arithmetic on map_value_or_null prohibited, null-check it first"},
	{name: "map pointer", code: "r1 = map[0] ll\nr1 += 8", want: "R1 pointer arithmetic on map_ptr prohibited"},
	{name: "jump reserved", code: "r0 = 0\n.raw 15 10 00 00 00 00 00 00", want: "BPF_JMP/JMP32 uses reserved fields"},

	{name: "neg", code: "unknown\nr0 &= 255\nr0 = -r0\nexit", state: "R0=scalar(smin=smin32=-255,smax=smax32=0)"},
	{name: "div", code: "unknown\nr0 &= 255\nr0 /= 3\nexit", state: "R0=scalar()"},
	{name: "bswap", code: "unknown\nr0 &= 15\nr0 = bswap16 r0\nexit", state: "R0=scalar(smin=smin32=0,smax=umax=smax32=umax32=3840,var_off=(0x0; 0xf00))"},
	{name: "signed mul", code: "unknown\nr0 &= 15\nr0 *= -3\nexit", state: "R0=scalar(smin=smin32=-45,smax=smax32=0)"},
	{name: "wrapping add", code: "unknown\nr0 &= 15\nr0 += -16\nexit", state: "R0=scalar(smin=smin32=-16,smax=smax32=-1,umin=0xfffffffffffffff0,umin32=0xfffffff0,var_off=(0xfffffffffffffff0; 0xf))"},
	{name: "sign mask", code: "unknown\nr0 s>>= 63\nr0 &= 18\nexit", state: "R0=0"},
	{name: "one member", code: "unknown\nr0 &= 240\nif r0 < 17 goto out\nif r0 > 47 goto out\nr1 = r0\nr0 = 0\nout:\nexit", state: "R0=0"},
}

var stateRE = regexp.MustCompile(`(?m)^\d+: \([0-9a-f]{2}\) .*?; (.*)$`)

// aluProgram assembles a case.
func aluProgram(t *testing.T, code string) progen.Program {
	code = strings.NewReplacer(
		"unknown", "call 5",
		"value", "*(u32 *)(r10 -4) = 0\nr2 = r10\nr2 += -4\nr1 = map[1] ll\ncall 1",
	).Replace(code)
	if !strings.Contains(code, "exit") {
		code += "\nr0 = 0\nexit"
	}
	insns, err := asm.Parse(code, asm.Names{})
	if err != nil {
		t.Fatal(err)
	}
	return progen.Program{Type: kernel.PROG_TYPE_SOCKET_FILTER, Insns: insns}
}

func TestALU(t *testing.T) {
	m, err := kernel.Load("6.18")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range aluCases {
		t.Run(c.name, func(t *testing.T) {
			p := aluProgram(t, c.code)
			out := verifier.Verify(context.Background(), fuzzImage(p.Type, p.Insns, m), m, verifier.Options{LogLevel: 2})
			message := out.Message
			if out.Verdict == verifier.Success {
				message = ""
			}
			checkALUCase(t, message, out.Log, c.want, c.state)
		})
	}
}

// TestALUCasesOnRunningKernel asks the running kernel the same; see TestAgainstRunningKernel.
func TestALUCasesOnRunningKernel(t *testing.T) {
	if os.Getenv("BPFVERDICT_DIFF") == "" {
		t.Skip("set BPFVERDICT_DIFF=1m to compare with the running kernel")
	}
	maps := kernelMaps(t)
	for _, c := range aluCases {
		t.Run(c.name, func(t *testing.T) {
			p := aluProgram(t, c.code)
			log, errno := bpfsys.Load(bpfsys.Prog{Type: uint32(p.Type), Raw: encode(p.Insns, maps), LogLevel: 2})
			message := ""
			if errno != 0 {
				message = lastMessage(log)
			}
			checkALUCase(t, message, log, c.want, c.state)
		})
	}
}

func checkALUCase(t *testing.T, message, log, want, state string) {
	if message != want {
		t.Errorf("message %q, want %q\n%s", message, want, log)
	}
	if state == "" {
		return
	}
	all := stateRE.FindAllStringSubmatch(log, -1)
	if len(all) == 0 || all[len(all)-1][1] != state {
		t.Errorf("states %q, want %q last\n%s", all, state, log)
	}
}
