package machine

import (
	"encoding/binary"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
)

func init() {
	registerMaps(map[abi.MapType]func(*Map) (mapImpl, error){abi.MAP_TYPE_PROG_ARRAY: newProgArray})
	registerHelpers(map[string]implementation{"tail_call": tailCall})
}

// progArray holds programs to tail call.
type progArray struct {
	noMap
	progs []*Program
}

func newProgArray(mp *Map) (mapImpl, error) {
	return &progArray{progs: make([]*Program, mp.def.MaxEntries)}, nil
}

func (a *progArray) remove(_ *CPU, key []byte) (abi.Errno, error) {
	i := binary.LittleEndian.Uint32(key)
	switch {
	case i >= uint32(len(a.progs)):
		return abi.E2BIG, nil
	case a.progs[i] == nil:
		return abi.ENOENT, nil
	}
	a.progs[i] = nil
	return 0, nil
}

// tailCall goes on with another program in the place of this function. Where there is none, this one goes on.
func tailCall(c *CPU, a *args) (uint64, error) {
	_, arr, err := mapLike[*progArray](c.m, a[1], "bpf_tail_call with a map that is no program array")
	if err != nil {
		return 0, err
	}
	i := uint32(a[2])
	if i >= uint32(len(arr.progs)) || arr.progs[i] == nil || c.tailCalls >= maxTailCalls {
		return c.r[insn.R0], nil
	}
	if err := c.mayEnd("a tail call"); err != nil {
		return 0, err
	}
	c.tailCalls++
	c.prog, c.pc, c.mayGotos = arr.progs[i], 0, 0
	c.leaks = c.leaks || c.prog.leaks[0]
	c.r[insn.R1] = a[0]
	return c.r[insn.R0], nil
}
