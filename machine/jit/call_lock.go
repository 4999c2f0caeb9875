package jit

import (
	"encoding/binary"

	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/machine/jit/wasm"
)

// Lock is a call of bpf_spin_lock. A lock that is held already is the host's.
type Lock struct{}

// Unlock is a call of bpf_spin_unlock.
type Unlock struct{}

// heldLock is where the locks that CPUs hold are noted: in the lowest 64 KiB, where nothing else lies.
const heldLock = entryCount + 64

func (Lock) write(f *function, pc int) {
	at := f.Local(wasm.I32)
	off := f.base(insn.R1)
	f.Set(at)
	if f.m.program.Shared {
		f.spin(at, off)
	} else {
		f.Get(at)
		f.Access(wasm.I32Load, off)
		f.If()
		f.askHost(pc)
		f.Op(wasm.Drop)
		f.End()
		f.Get(at)
		f.Const32(1)
		f.Access(wasm.I32Store, off)
	}
	f.note(func() {
		f.Get(at)
		f.Const32(int32(off))
		f.Op(wasm.I32Add)
	})
	f.Const64(0)
}

// spinBatch is how often a lock is tried before the host is called, a power of two.
const spinBatch = 1 << 6

// spin takes the lock off behind at as soon as no other CPU has it.
func (f *function) spin(at, off uint32) {
	tries := f.Local(wasm.I32)
	f.Const32(0)
	f.Set(tries)
	f.Block()
	f.Code.Loop()
	f.Get(at)
	f.Const64(0)
	f.Const64(1)
	f.Atomic(wasm.AtomicCmpxchg+wasm.Narrow, 4, off)
	f.Op(wasm.I64Eqz)
	f.BrIf(1)
	f.count(tries, 1)
	f.tickEvery(spinBatch, tries)
	f.Br(0)
	f.End()
	f.End()
}

func (Unlock) write(f *function, _ int) {
	f.note(func() { f.Const32(0) })
	off := f.base(insn.R1)
	if f.m.program.Shared {
		f.Const64(0)
		f.Atomic(wasm.AtomicStore32, 4, off)
	} else {
		f.Const32(0)
		f.Access(wasm.I32Store, off)
	}
	f.Const64(0)
}

// note notes which lock is held.
func (f *function) note(lock func()) {
	f.Get(f.zero)
	lock()
	f.Access(wasm.I32Store, heldBy(f.m.program.CPU))
}

// heldBy is where the lock that a CPU holds is noted.
func heldBy(cpu int) uint32 { return heldLock + 4*uint32(cpu) }

// ReleaseLock lets go of the lock that a CPU's run has left held because an error ended it.
func ReleaseLock(m Memory, cpu int) {
	mem := m.Bytes()
	held := mem[heldBy(cpu):][:4]
	if at := binary.LittleEndian.Uint32(held); at != 0 {
		clear(mem[at : at+4])
		clear(held)
	}
}
