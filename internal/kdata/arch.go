package kdata

import "github.com/bpfverdict/bpfverdict/internal/insn"

// Arch is what a verdict depends on of the machine that a kernel is built for.
type Arch struct {
	Name string // as GOARCH writes it
	// AtomicLoops are the atomic operations that the JIT makes loops of, so that a fault in one can't be survived.
	AtomicLoops []int32
	// Inlined are the helpers that the JIT replaces by instructions which keep all registers but the result.
	Inlined []string
	// PrivateStacks: functions may get stacks of their own.
	PrivateStacks bool
}

// Arches are the machines whose rules are known.
var Arches = []Arch{{
	Name:          "amd64",
	AtomicLoops:   []int32{insn.AND | insn.FETCH, insn.OR | insn.FETCH, insn.XOR | insn.FETCH},
	Inlined:       []string{"get_smp_processor_id"},
	PrivateStacks: true,
}, {
	Name:          "arm64",
	AtomicLoops:   []int32{insn.LOAD_ACQ, insn.STORE_REL}, // loops they are not, but a fault in them is not survived either
	Inlined:       []string{"get_smp_processor_id", "get_current_task", "get_current_task_btf"},
	PrivateStacks: true,
}}
