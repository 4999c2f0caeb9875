package verifier_test

import (
	"context"
	"strings"
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/verifier"
)

// frames is a chain of n functions below the first, each with so many bytes of stack.
func frames(n int, bytes string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString("*(u64 *)(r10 -" + bytes + ") = 0\ncall f" + string(rune('a'+i)) + "\nr0 = 0\nexit\nf" + string(rune('a'+i)) + ":\n")
	}
	return b.String() + "*(u64 *)(r10 -" + bytes + ") = 0\nr0 = 0\nexit"
}

// setInLoop uses r7 only once the loop has set it. The state before the first round, where it is
// not set, must not end the second.
const setInLoop = `
r1 = r10
r1 += -8
r2 = 0
r3 = 4
call kfunc:bpf_iter_num_new
again:
r1 = r10
r1 += -8
call kfunc:bpf_iter_num_next
r1 = 0
if r0 == 0 goto check
r7 = *(u32 *)(r0 +0)
r1 = 1
check:
if r1 == 0 goto out
r8 = r7
goto again
out:
r1 = r10
r1 += -8
call kfunc:bpf_iter_num_destroy
r0 = 0
exit`

const aFunction = "f:\nr0 = 0\nexit\n"

// lostCallback is a program that takes the address of a function and never has it called. Others lie before and after it.
func lostCallback(code, before, after string) string {
	return "r1 = func cb ll\n" + code + "\nr0 = 0\nexit\n" + before + "cb:\nr0 = 0\nexit\n" + after
}

// programTable has rules that concern a program as a whole.
var programTable = table{whole: true, maps: fuzzMaps(), cases: []testCase{
	{name: "smallest", code: "r0 = 0\nexit", depth: "0"},
	{name: "no end", code: "r0 = 0", want: "last insn is not an exit or jmp", errno: abi.EINVAL},
	{name: "falls into the next function", code: "call f\nexit\nr0 = 0\nf:\nr0 = 0\nexit", want: "last insn is not an exit or jmp", errno: abi.EINVAL},
	{name: "jump out", code: "r0 = 0\n.raw 05 00 05 00 00 00 00 00\nexit", want: "jump out of range from insn 1 to 7", errno: abi.EINVAL},
	{name: "jump before", code: "r0 = 0\n.raw 05 00 f5 ff 00 00 00 00\nexit", want: "jump out of range from insn 1 to -9", errno: abi.EINVAL},
	{name: "far jump around", code: "r0 = 0\n.raw 06 00 00 00 ff ff ff 7f\nexit", want: "jump out of range from insn 1 to -2147483647", errno: abi.EINVAL},
	{name: "jump to another function", code: "call f\n.raw 05 00 01 00 00 00 00 00\nexit\nf:\nr0 = 0\nexit", want: "jump out of range from insn 1 to 3", errno: abi.EINVAL},
	{name: "dead code", code: "r0 = 0\nexit\nr0 = 1\nexit", want: "unreachable insn 2", errno: abi.EINVAL},
	{name: "into an immediate", code: "r1 = 0\n.raw 15 01 01 00 00 00 00 00\nr2 = 7 ll\nr0 = 0\nexit", want: "jump into the middle of ldimm64 insn 2", errno: abi.EINVAL},
	{name: "call out", code: ".raw 85 10 00 00 64 00 00 00\nexit", want: "call to invalid destination", errno: abi.EINVAL},
	{name: "call before", code: "r0 = 0\n.raw 85 10 00 00 f0 ff ff ff\nexit", want: "call to invalid destination", errno: abi.EINVAL},

	{name: "unknown opcode", code: "r0 = 0\n.raw ff 00 00 00 00 00 00 00\nexit", want: "unknown opcode ff", errno: abi.EINVAL},
	{name: "indirect jump", code: "r0 = 0\n.raw 0d 00 00 00 00 00 00 00\nexit", want: "unknown opcode 0d", errno: abi.EINVAL},
	{name: "wide call", code: "r0 = 0\n.raw 86 00 00 00 01 00 00 00\nexit", want: "unknown opcode 86", errno: abi.EINVAL},
	{name: "signed 64-bit load", code: "r0 = 0\n.raw 99 10 00 00 00 00 00 00\nexit", want: "unknown opcode 99", errno: abi.EINVAL},
	{name: "load with immediate", code: ".raw 61 10 00 00 01 00 00 00\nr0 = 0\nexit", want: "BPF_LDX uses reserved fields", errno: abi.EINVAL},
	{name: "atomic load form", code: ".raw c1 10 00 00 00 00 00 00\nr0 = 0\nexit", want: "BPF_LDX uses reserved fields", errno: abi.EINVAL},
	{name: "half an immediate", code: "r0 = 0\n.raw 18 01 00 00 00 00 00 00\nr0 = 0\nexit", want: "invalid bpf_ld_imm64 insn", errno: abi.EINVAL},
	{name: "immediate with offset in its second half", code: ".raw 18 01 00 00 00 00 00 00\n.raw 00 00 01 00 00 00 00 00\nr0 = 0\nexit", want: "invalid bpf_ld_imm64 insn", errno: abi.EINVAL},
	{name: "unknown kind of immediate", code: ".raw 18 71 00 00 00 00 00 00\n.raw 00 00 00 00 00 00 00 00\nr0 = 0\nexit", want: "unrecognized bpf_ld_imm64 insn", errno: abi.EINVAL},
	{name: "no such map", code: ".raw 18 11 00 00 bf bd f0 ff\n.raw 00 00 00 00 00 00 00 00\nr0 = 0\nexit", want: "fd 1000000 is not pointing to valid bpf_map", errno: abi.EBADF},
	{name: "a file for a map", code: ".raw 18 11 00 00 ff ff ff ff\n.raw 00 00 00 00 00 00 00 00\nr0 = 0\nexit", want: "fd 0 is not pointing to valid bpf_map", errno: abi.EINVAL},
	{name: "far into a value", code: "r1 = map[0] + 536870912 ll\nr0 = 0\nexit", want: "direct value offset of 536870912 is not allowed", errno: abi.EINVAL},
	{name: "value of many elements", code: "r1 = map[0] + 4 ll\nr0 = 0\nexit", want: "invalid access to map value pointer, value_size=48 off=4", errno: abi.ENOTSUPP},
	{name: "value of a hash", code: "r1 = map[1] + 4 ll\nr0 = 0\nexit", want: "no direct value access support for this map type", errno: abi.EINVAL},
	{name: "variable without type", code: ".raw 18 31 00 00 ff ff ff 7f\n.raw 00 00 00 00 00 00 00 00\nr0 = 0\nexit", want: "ldimm64 insn specifies invalid btf_id 2147483647.", errno: abi.ENOENT},
	{name: "variable that is a type", code: ".raw 18 31 00 00 01 00 00 00\n.raw 00 00 00 00 00 00 00 00\nr0 = 0\nexit", want: "pseudo btf_id 1 in ldimm64 isn't KIND_VAR or KIND_FUNC", errno: abi.EINVAL},

	{name: "kfunc without GPL", license: "none", code: ".raw 85 20 00 00 01 00 00 00\nr0 = 0\nexit", want: "cannot call kernel function from non-GPL compatible program", errno: abi.EINVAL},
	{name: "negative kfunc", code: ".raw 85 20 00 00 ff ff ff ff\nr0 = 0\nexit", want: "kernel btf_id 4294967295 is not a function", errno: abi.EINVAL},
	{name: "kfunc that is a type", code: ".raw 85 20 00 00 01 00 00 00\nr0 = 0\nexit", want: "kernel btf_id 1 is not a function", errno: abi.EINVAL},
	{name: "kfunc of no module", code: ".raw 85 20 05 00 01 00 00 00\nr0 = 0\nexit", want: "failed to find BTF for kernel function", errno: abi.EPROTO},
	{name: "kfunc of a module before the first", code: ".raw 85 20 ff ff 01 00 00 00\nr0 = 0\nexit", want: "failed to find BTF for kernel function", errno: abi.EINVAL},
	{name: "kfunc 0, dead", code: "r0 = 0\nif r0 == 0 goto over\n.raw 85 20 00 00 00 00 00 00\nover:\nr0 = 0\nexit", depth: "0"},
	{name: "kfunc 0", code: ".raw 85 20 00 00 00 00 00 00\nr0 = 0\nexit", want: "invalid kernel function call not eliminated in verifier pass", errno: abi.EINVAL},

	{name: "legacy load in a function without types", typ: abi.PROG_TYPE_SCHED_CLS, code: "r6 = r1\ncall f\nexit\nf:\nr6 = r1\nr0 = *(u8 *)skb[0]\nexit", want: "LD_ABS is not allowed in subprogs without BTF", errno: abi.EINVAL},
	{name: "replacement of nothing", at: "freplace", code: "r0 = 0\nexit", want: "Tracing programs must provide btf_id", errno: abi.EINVAL},
	{name: "replacement of a function of the kernel", at: "freplace:vfs_read", code: "r0 = 0\nexit", want: "Cannot replace kernel functions", errno: abi.EINVAL},
	{name: "tail call in a function without types", typ: abi.PROG_TYPE_SCHED_CLS, code: "call f\nexit\nf:\nr3 = 0\nr2 = map[0] ll\ncall tail_call\nr0 = 0\nexit", want: "tail_call is not allowed in subprogs without BTF", errno: abi.EINVAL},

	{name: "sleepable socket filter", sleepable: true, code: "r0 = 0\nexit", want: "Only fentry/fexit/fmod_ret, lsm, iter, uprobe, and struct_ops programs can be sleepable", errno: abi.EINVAL},
	{name: "system call program that does not sleep", typ: abi.PROG_TYPE_SYSCALL, code: "r0 = 0\nexit", want: "Syscall programs can only be sleepable", errno: abi.EINVAL},
	{name: "system call program", typ: abi.PROG_TYPE_SYSCALL, sleepable: true, code: "r0 = 0\nexit", depth: "0"},

	{name: "stack of one", code: "*(u64 *)(r10 -512) = 0\nr0 = 0\nexit", depth: "512"},
	{name: "stack of two", code: frames(1, "256"), depth: "256+256"},
	{name: "too much stack of two", code: frames(1, "264"), want: "combined stack size of 2 calls is 544. Too large", errno: abi.EACCES},
	{name: "private stack of two", typ: abi.PROG_TYPE_RAW_TRACEPOINT, code: frames(1, "264"), depth: "264+264"},
	{name: "stack of 7 calls", code: frames(6, "8"), depth: "8+8+8+8+8+8+8"},
	{name: "8 calls", code: frames(8, "8"), want: "the call stack of 9 frames is too deep", errno: abi.E2BIG},
	{name: "may_goto to nowhere", code: "may_goto out\nout:\nr0 = 0\nexit", depth: "0"},
	{name: "may_goto over another to nowhere", code: "r0 = 0\nmay_goto out\nmay_goto out\nmay_goto out\nout:\nexit", depth: "0"},
	{name: "may_goto over a jump to nowhere", code: "r0 = 0\nmay_goto out\ngoto out\nout:\nexit", depth: "16"},
	{name: "may_goto over dead code", code: "r0 = 0\nmay_goto on\non:\nif r0 == 0 goto out\nagain:\nmay_goto out\ngoto again\nout:\nexit", depth: "0"},
	{name: "stack of may_goto", code: "r0 = 0\nagain:\nmay_goto out\ngoto again\nout:\nr0 = 0\nexit", depth: "16"},
	{name: "dead function", code: "r0 = 0\nif r0 == 0 goto over\ncall f\nover:\nr0 = 0\nexit\nf:\n*(u64 *)(r10 -8) = 0\nr0 = 0\nexit", depth: "0"},
	{name: "spills around a call that keeps registers", typ: abi.PROG_TYPE_SCHED_CLS, code: "r1 = 1\n*(u64 *)(r10 -8) = r1\ncall get_smp_processor_id\nr1 = *(u64 *)(r10 -8)\nr0 = r1\nexit", depth: "0"},
	{name: "spills around a call that does not", typ: abi.PROG_TYPE_SCHED_CLS, code: "r1 = 1\n*(u64 *)(r10 -8) = r1\ncall get_prandom_u32\nr1 = *(u64 *)(r10 -8)\nr0 = r1\nexit", depth: "8"},

	{name: "lost callback", typ: abi.PROG_TYPE_SCHED_CLS, funcs: []string{"cb"}, code: lostCallback("", "", ""), depth: "0"},
	{name: "lost callback with another function after it", typ: abi.PROG_TYPE_SCHED_CLS, funcs: []string{"cb", "f"}, code: lostCallback("call f", "", aFunction), depth: "0+0"},
	{name: "lost callback with another function before it", typ: abi.PROG_TYPE_SCHED_CLS, funcs: []string{"f", "cb"}, code: lostCallback("call f", aFunction, ""),
		want: "verifier bug: No program to jit at insn 7 (subprog < 0)", errno: abi.EFAULT},
	{name: "lost callback behind dead code", typ: abi.PROG_TYPE_SCHED_CLS, funcs: []string{"cb", "f"}, code: lostCallback("call f\nr0 = 0\nif r0 == 0 goto out\nr0 = 1\nr0 = 2\nout:", "", aFunction), depth: "0+0"},
	{name: "lost callback in dead code", typ: abi.PROG_TYPE_SCHED_CLS, funcs: []string{"cb", "f"}, code: lostCallback("call f\nr0 = 0\nif r0 == 0 goto out\ngoto again\nagain:\ngoto again\nout:", "", aFunction), depth: "0+0"},
	{name: "lost callback of a program that throws", typ: abi.PROG_TYPE_SCHED_CLS, funcs: []string{"cb"}, code: lostCallback("r1 = 0\ncall kfunc:bpf_throw", "", ""),
		want: "verifier bug: No program to jit at insn 8 (subprog < 0)", errno: abi.EFAULT},
	{name: "lost callback of a program that throws, before another function", typ: abi.PROG_TYPE_SCHED_CLS, funcs: []string{"cb", "f"}, code: lostCallback("call f\nr1 = 0\ncall kfunc:bpf_throw", "", aFunction),
		want: "verifier bug: No program to jit at insn 9 (subprog < 0)", errno: abi.EFAULT},
	{name: "lost callback of a program that loops and throws", typ: abi.PROG_TYPE_SCHED_CLS, funcs: []string{"f", "cb"},
		code: lostCallback("r1 = 10\nr2 = func f ll\nr3 = 0\nr4 = 0\ncall loop\nr1 = 0\ncall kfunc:bpf_throw", aFunction, ""),
		want: "verifier bug: No program to jit at insn 32 (subprog < 0)", errno: abi.EFAULT},

	{name: "register that a loop sets", typ: abi.PROG_TYPE_RAW_TRACEPOINT, code: setInLoop, state: "\nprocessed 44 insns"},
}}

func TestPrograms(t *testing.T) { programTable.run(t) }

// tooManyPaths is a program with one path more than can be remembered, which last adds.
func tooManyPaths(last string) string {
	return "call get_prandom_u32\nr6 = r0\n" + strings.Repeat("if r6 == 7 goto out\n", 8192) + last + "\nout:\nr0 = 0\nexit"
}

const tooComplex = "The sequence of 8193 jumps is too complex."

// What adds a path has an error number of its own for one too many.
var pathsTable = table{whole: true, cases: []testCase{
	{name: "branch", code: tooManyPaths("if r6 == 7 goto out"), want: tooComplex, errno: abi.EFAULT},
	{name: "may_goto", code: tooManyPaths("again:\nmay_goto out\ngoto again"), want: tooComplex, errno: abi.ENOMEM},
	{name: "loop", typ: abi.PROG_TYPE_SCHED_CLS, funcs: []string{"cb"}, want: tooComplex, errno: abi.ENOMEM,
		code: tooManyPaths("r1 = 10\nr2 = func cb ll\nr3 = 0\nr4 = 0\ncall loop") + "\ncb:\nr0 = 0\nexit"},
	{name: "iterator", typ: abi.PROG_TYPE_RAW_TRACEPOINT, want: tooComplex, errno: abi.ENOMEM,
		code: tooManyPaths("r1 = r10\nr1 += -8\nr2 = 0\nr3 = 4\ncall kfunc:bpf_iter_num_new\nr1 = r10\nr1 += -8\ncall kfunc:bpf_iter_num_next\nr1 = r10\nr1 += -8\ncall kfunc:bpf_iter_num_destroy")},
	{name: "legacy load", typ: abi.PROG_TYPE_SCHED_CLS, funcs: []string{"f"}, want: tooComplex, errno: abi.EFAULT,
		code: "call f\nr0 = 0\nexit\nf:\nr6 = r1\ncall get_prandom_u32\nr7 = r0\n" + strings.Repeat("if r7 == 7 goto out\n", 8192) + "r0 = *(u8 *)skb[0]\nout:\nr0 = 0\nexit"},
}}

func TestTooManyPaths(t *testing.T) { pathsTable.run(t) }

// Limits that take a long program to reach.
func TestProgramLimits(t *testing.T) {
	m := loadModel(t)
	end := []insn.Insn{{Code: insn.ALU64 | insn.MOV | insn.K}, {Code: insn.JMP | insn.EXIT}}
	long := make([]insn.Insn, 1_000_001)
	for i := range long {
		long[i] = end[0]
	}
	long[len(long)-1] = end[1]
	var calls []insn.Insn
	for i := range 256 {
		calls = append(calls, insn.Insn{Code: insn.JMP | insn.CALL, Src: insn.PSEUDO_CALL, Imm: int32(257 + i)})
	}
	calls = append(calls, end...)
	for range 256 {
		calls = append(calls, end...)
	}
	var loads []insn.Insn
	var maps []*object.Map
	for i := range 65 {
		loads = append(loads, insn.Insn{Code: insn.LD | insn.IMM | insn.DW, Dst: 1, Src: insn.PSEUDO_MAP_FD, Imm: int32(i)}, insn.Insn{})
		maps = append(maps, &object.Map{Type: abi.MAP_TYPE_ARRAY, KeySize: 4, ValueSize: 8, MaxEntries: 1})
	}
	loads = append(loads, end...)
	tests := []struct {
		name  string
		code  []insn.Insn
		want  string
		errno abi.Errno
	}{
		{"instructions", long, "", abi.E2BIG},
		{"no instruction", nil, "", abi.E2BIG},
		{"functions", calls, "too many subprograms", abi.E2BIG},
		{"maps", loads, "The total number of maps per program has reached the limit of 64", abi.E2BIG},
	}
	for _, tt := range tests {
		img := fuzzImage(abi.PROG_TYPE_SOCKET_FILTER, tt.code, m)
		img.Maps = maps
		out := verifier.Verify(context.Background(), img, m, verifier.Options{})
		if out.Verdict != verifier.Failure || out.Message != tt.want || out.Errno != tt.errno {
			t.Errorf("%s: errno %d %q, want errno %d %q", tt.name, out.Errno, out.Message, tt.errno, tt.want)
		}
	}
}
