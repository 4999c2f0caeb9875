package machine

import (
	"encoding/binary"
	"hash/fnv"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

func init() {
	registerMaps(map[abi.MapType]func(*Map) (mapImpl, error){
		abi.MAP_TYPE_PERF_EVENT_ARRAY: newPerfArray,
		abi.MAP_TYPE_STACK_TRACE:      newStackMap,
	})
	registerHelpers(map[string]implementation{
		"perf_event_output":     perfEventOutput,
		"skb_output":            perfEventOutput,
		"xdp_output":            perfEventOutput,
		"perf_event_read":       perfEventRead,
		"perf_event_read_value": perfEventReadValue,
		"get_stackid":           getStackID,
		"get_stack":             getStack,
	})
}

// perfArray collects what programs write to those of its elements that user space has opened.
type perfArray struct {
	noMap
	mp      *Map
	open    []bool
	records [][]byte
}

func newPerfArray(mp *Map) (mapImpl, error) {
	return &perfArray{mp: mp, open: make([]bool, mp.def.MaxEntries)}, nil
}

// update opens an element, whatever the value.
func (p *perfArray) update(_ *CPU, key, _ []byte, _ uint64) (abi.Errno, error) {
	i := binary.LittleEndian.Uint32(key)
	if i >= uint32(len(p.open)) {
		return abi.E2BIG, nil
	}
	p.open[i] = true
	return 0, nil
}

// entry finds the element that flags of a helper say, or that of the CPU.
func (p *perfArray) entry(c *CPU, flags, allowed uint64) abi.Errno {
	const indexMask = 0xffffffff
	i := flags & indexMask
	if i == indexMask {
		i = uint64(c.id)
	}
	switch {
	case flags&^(indexMask|allowed) != 0:
		return abi.EINVAL
	case i >= uint64(len(p.open)):
		return abi.E2BIG
	case !p.open[i]:
		return abi.ENOENT
	}
	return 0
}

func (c *CPU) perfArrayAt(addr uint64) (*perfArray, error) {
	_, p, err := mapLike[*perfArray](c.m, addr, "not a map of perf events")
	return p, err
}

// perfEventRead would read the counter of an event, if there were any but those that take output.
func perfEventRead(c *CPU, a *args) (uint64, error) {
	p, err := c.perfArrayAt(a[0])
	if err != nil {
		return 0, err
	}
	if e := p.entry(c, a[1], 0); e != 0 {
		return failure(e), nil
	}
	return 0, unsupported("counters of perf events")
}

// perfEventReadValue is perfEventRead that gives times too, in the r4 bytes at r3.
func perfEventReadValue(c *CPU, a *args) (uint64, error) {
	const size = 24 // struct bpf_perf_event_value
	to, err := c.m.mem.write(a[2], uint32(a[3]))
	if err != nil {
		return 0, err
	}
	clear(to)
	if len(to) != size {
		return failure(abi.EINVAL), nil
	}
	return perfEventRead(c, a)
}

// perfEventOutput writes r5 bytes at r4 to the element that r3 says, or that of this CPU.
func perfEventOutput(c *CPU, a *args) (uint64, error) {
	const ctxLen = 0xfffff << 32
	p, err := c.perfArrayAt(a[1])
	if err != nil {
		return 0, err
	}
	data, err := c.m.mem.read(a[3], uint32(a[4]))
	if err != nil {
		return 0, err
	}
	if e := p.entry(c, a[2], ctxLen); e != 0 {
		return failure(e), nil
	}
	p.records = append(p.records, append([]byte{}, data...))
	return 0, nil
}

// stackMap numbers stack traces.
type stackMap struct {
	noMap
	mp     *Map
	traces map[uint32]*block
}

func newStackMap(mp *Map) (mapImpl, error) {
	return &stackMap{mp: mp, traces: map[uint32]*block{}}, nil
}

func (s *stackMap) remove(_ *CPU, key []byte) (abi.Errno, error) {
	id := binary.LittleEndian.Uint32(key)
	if s.traces[id] == nil {
		return abi.ENOENT, nil
	}
	delete(s.traces, id)
	return 0, nil
}

// Flags of stack traces.
const (
	stackSkip     = 0xff
	stackUser     = 1 << 8
	stackFastCmp  = 1 << 9
	stackReuse    = 1 << 10
	stackBuildID  = 1 << 11
	stackAllFlags = stackSkip | stackUser | stackFastCmp | stackReuse
)

// trace are the addresses of the functions at work, innermost first: all that the machine has of a kernel's stack.
func (c *CPU) trace(skip, most int) []uint64 {
	ips := []uint64{c.prog.codeAddr(c.pc)}
	for i := len(c.frames) - 1; i >= 0; i-- {
		f := &c.frames[i]
		ips = append(ips, f.prog.codeAddr(f.pc))
	}
	ips = ips[min(skip, len(ips)):]
	return ips[:min(most, len(ips))]
}

// getStackID stores the stack in the map r2 and returns its number there.
func getStackID(c *CPU, a *args) (uint64, error) {
	mp, s, err := mapLike[*stackMap](c.m, a[1], "not a map of stack traces")
	switch {
	case err != nil:
		return 0, err
	case a[2]&^stackAllFlags != 0:
		return failure(abi.EINVAL), nil
	case a[2]&stackUser != 0: // the task has no memory of its own
		return failure(abi.EFAULT), nil
	}
	ips := c.trace(int(a[2]&stackSkip), int(mp.def.ValueSize/8))
	if len(ips) == 0 {
		return failure(abi.EFAULT), nil
	}
	h := fnv.New32a()
	var b []byte
	for _, ip := range ips {
		b = binary.LittleEndian.AppendUint64(b, ip)
	}
	h.Write(b)
	id := h.Sum32() % mp.def.MaxEntries
	if s.traces[id] == nil {
		blk, err := c.m.mem.alloc(mp.def.ValueSize, "stack trace of map "+mp.def.Name, c.here())
		if err != nil {
			return 0, err
		}
		s.traces[id] = blk
	}
	copy(c.m.mem.buf[uint32(s.traces[id].addr):], b)
	return uint64(id), nil
}

// getStack copies the stack to r2, of r3 bytes, and returns how many bytes it has.
func getStack(c *CPU, a *args) (uint64, error) {
	to, err := c.m.mem.write(a[1], uint32(a[2]))
	switch {
	case err != nil:
		return 0, err
	case a[3]&stackBuildID != 0:
		return 0, unsupported("build ids in stack traces")
	}
	clear(to)
	switch {
	case a[3]&^(stackSkip|stackUser) != 0 || len(to)%8 != 0:
		return failure(abi.EINVAL), nil
	case a[3]&stackUser != 0:
		return failure(abi.EFAULT), nil
	}
	ips := c.trace(int(a[3]&stackSkip), len(to)/8)
	for i, ip := range ips {
		putNumber(to[8*i:8*i+8], ip)
	}
	return uint64(8 * len(ips)), nil
}
