package running

import (
	"strings"
	"syscall"

	"github.com/cilium/ebpf/asm"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/testing/bpfsys"
	"github.com/bpfverdict/bpfverdict/internal/types"
)

// The probes, in the order of the table. Each is a question that builds of one release answer differently,
// or that later releases answer otherwise than 6.18.
const (
	probeTrusted  = "kfuncs want trusted arguments"
	probeSleep    = "bpf_sys_close sleeps"
	probeMapIter  = "an iterator over map elements loads"
	probeRCUNests = "RCU read locks nest"
	probeSleepMsg = "one wording for all calls that may sleep"
)

var probes = []struct {
	name  string
	holds func(set *types.Set) bool
}{
	{probeTrusted, func(set *types.Set) bool {
		text, _ := syscallProgram(asm.Mov.Imm(asm.R1, 0), kfuncCall(set, "bpf_dynptr_size"))
		return strings.Contains(text, "pointer passed to trusted")
	}},
	{probeSleep, func(set *types.Set) bool {
		text, _ := syscallProgram(kfuncCall(set, "bpf_rcu_read_lock"), asm.Mov.Imm(asm.R1, 0), asm.FnSysClose.Call())
		return strings.Contains(text, "sleep")
	}},
	{probeMapIter, func(set *types.Set) bool {
		id, _ := set.FindFunc("bpf_iter_bpf_map_elem")
		_, errno := bpfsys.Load(bpfsys.Prog{
			Type: uint32(abi.PROG_TYPE_TRACING), Attach: uint32(abi.ATTACH_TRACE_ITER), AttachBTFID: id, Insns: exit,
		})
		return errno == 0
	}},
	{probeRCUNests, func(set *types.Set) bool {
		lock, unlock := kfuncCall(set, "bpf_rcu_read_lock"), kfuncCall(set, "bpf_rcu_read_unlock")
		_, errno := syscallProgram(lock, lock, unlock, unlock)
		return errno == 0
	}},
	{probeSleepMsg, func(set *types.Set) bool {
		text, _ := syscallProgram(kfuncCall(set, "bpf_rcu_read_lock"),
			asm.Mov.Reg(asm.R1, asm.R10), asm.Add.Imm(asm.R1, -8), asm.Mov.Imm(asm.R2, 8), asm.Mov.Imm(asm.R3, 0),
			asm.FnCopyFromUser.Call())
		return !strings.Contains(text, "sleepable helper bpf_copy_from_user#148")
	}},
}

// exit ends a program with 0.
var exit = asm.Instructions{asm.Mov.Imm(asm.R0, 0), asm.Return()}

// syscallProgram has the running kernel judge a program of that type, which may sleep and call most kfuncs.
func syscallProgram(insns ...asm.Instruction) (string, syscall.Errno) {
	return bpfsys.Load(bpfsys.Prog{Type: uint32(abi.PROG_TYPE_SYSCALL), Sleepable: true, Insns: append(insns, exit...)})
}

func kfuncCall(set *types.Set, name string) asm.Instruction {
	id, _ := set.FindFunc(name)
	return callKfunc(id)
}

func callKfunc(id uint32) asm.Instruction {
	return asm.Instruction{OpCode: asm.OpCode(asm.JumpClass).SetJumpOp(asm.Call), Src: asm.PseudoKfuncCall, Constant: int64(id)}
}
