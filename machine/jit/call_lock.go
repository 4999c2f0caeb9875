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

// heldLock is where the lock that is held is noted: in the lowest 64 KiB, where nothing else lies.
const heldLock = entryCount + 64

func (Lock) write(f *function, pc int) {
	at := f.Local(wasm.I32)
	f.get32(insn.R1)
	f.Tee(at)
	f.Access(wasm.I32Load, 0)
	f.If()
	f.askHost(pc)
	f.Op(wasm.Drop)
	f.End()
	f.Get(at)
	f.Const32(1)
	f.Access(wasm.I32Store, 0)
	f.Const32(0)
	f.Get(at)
	f.Access(wasm.I32Store, heldLock)
	f.Const64(0)
}

func (Unlock) write(f *function, _ int) {
	f.get32(insn.R1)
	f.Const32(0)
	f.Access(wasm.I32Store, 0)
	f.Const32(0)
	f.Const32(0)
	f.Access(wasm.I32Store, heldLock)
	f.Const64(0)
}

// ReleaseLock lets go of the lock that a run has left held because an error ended it.
func ReleaseLock(m Memory) {
	mem := m.Bytes()
	if at := binary.LittleEndian.Uint32(mem[heldLock:]); at != 0 {
		clear(mem[at : at+4])
		clear(mem[heldLock : heldLock+4])
	}
}
