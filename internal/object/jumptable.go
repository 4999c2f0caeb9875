package object

import (
	"math"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

// jumpTableSection has a compiler's jump tables: offsets, in bytes, of instructions in their section.
const jumpTableSection = ".jumptables"

// JumpSize is how many bytes of a jump table, as programs see it, the address of an instruction has.
const JumpSize = 8

// jumpTables are those of one image, a map for each.
type jumpTables struct {
	a    *assembler
	img  *Image
	made map[uint64]int32 // by offset in the section: the map's index in the image
}

// at returns the index of the map that has the table to which a relocation of a function refers.
func (t *jumpTables) at(part placedFunc, r *reloc) (int32, *mapFault) {
	if i, ok := t.made[r.off]; ok {
		return i, nil
	}
	data := t.a.l.obj.elf.sections[r.sec].data
	if r.off%JumpSize != 0 || r.size%JumpSize != 0 {
		return 0, fault("a jump table of %d bytes at %d: each instruction has %d", r.size, r.off, JumpSize)
	}
	n := uint32(r.size / JumpSize)
	m := &Map{Name: jumpTableSection, Type: abi.MAP_TYPE_INSN_ARRAY, KeySize: 4, ValueSize: 16, MaxEntries: n}
	if f := t.a.l.admit(m); f != nil {
		return 0, f
	}
	if r.off > uint64(len(data)) || r.size > uint64(len(data))-r.off {
		return 0, fault("a jump table of %d bytes at %d, and the section has %d", r.size, r.off, len(data))
	}
	for i := range uint64(n) {
		to := le.Uint64(data[r.off+i*JumpSize:])/insnSize - uint64(part.fn.start) + uint64(part.at)
		if to > math.MaxUint32 {
			return 0, fault("element %d of the jump table at %d is before its function", i, r.off)
		}
		m.Targets = append(m.Targets, uint32(to))
	}
	m.Frozen = true
	if t.made == nil {
		t.made = map[uint64]int32{}
	}
	i := int32(len(t.img.Maps))
	t.made[r.off] = i
	t.img.Maps = append(t.img.Maps, m)
	return i, nil
}
