package machine

import "github.com/bpfverdict/bpfverdict/internal/abi"

func init() {
	registerMaps(map[abi.MapType]func(*Map) (mapImpl, error){abi.MAP_TYPE_RINGBUF: newRingbuf})
	registerHelpers(map[string]implementation{
		"ringbuf_output":  ringbufOutput,
		"ringbuf_reserve": ringbufReserve,
		"ringbuf_submit":  ringbufSubmit,
		"ringbuf_discard": ringbufDiscard,
		"ringbuf_query":   ringbufQuery,
	})
}

// ringbuf collects records. Nobody reads while programs run, so what is in it stays.
type ringbuf struct {
	noMap
	mp      *Map
	used    uint32 // bytes that records take, headers included
	records []*ringRecord
}

// ringRecord is one record of a ring buffer.
type ringRecord struct {
	ring      *ringbuf
	block     *block
	data      []byte // once submitted
	ended     bool   // submitted or discarded
	discarded bool
}

// ringHeader is what a record takes beside its data, in bytes.
const ringHeader = 8

func newRingbuf(mp *Map) (mapImpl, error) { return &ringbuf{mp: mp}, nil }

func (c *CPU) ringbufAt(addr uint64) (*ringbuf, error) {
	_, r, err := mapLike[*ringbuf](c.m, addr, "not a ring buffer")
	return r, err
}

// take makes room for a record; false if there is none.
func (r *ringbuf) take(size uint64) bool {
	n := uint64(roundUp(uint32(size) + ringHeader))
	if size > 1<<30 || uint64(r.used)+n > uint64(r.mp.def.MaxEntries) {
		return false
	}
	r.used += uint32(n)
	return true
}

func ringbufOutput(c *CPU, a *args) (uint64, error) {
	const wakeups = 1<<0 | 1<<1
	r, err := c.ringbufAt(a[0])
	if err != nil {
		return 0, err
	}
	data, err := c.m.mem.read(a[1], uint32(a[2]))
	switch {
	case err != nil:
		return 0, err
	case a[3]&^wakeups != 0:
		return failure(abi.EINVAL), nil
	case !r.take(a[2]):
		return failure(abi.EAGAIN), nil
	}
	r.records = append(r.records, &ringRecord{ring: r, data: append([]byte{}, data...)})
	return 0, nil
}

func ringbufReserve(c *CPU, a *args) (uint64, error) {
	ring, err := c.ringbufAt(a[0])
	if err != nil || a[2] != 0 {
		return 0, err
	}
	rec, err := c.reserve(ring, a[1])
	if err != nil || rec == nil {
		return 0, err
	}
	return rec.block.addr, nil
}

// reserve makes a record that the program owns until it submits or discards it; nil if there is no room.
func (c *CPU) reserve(ring *ringbuf, size uint64) (*ringRecord, error) {
	if !ring.take(size) {
		return nil, nil
	}
	b, err := c.newOwned(uint32(size), "record of ring buffer "+ring.mp.def.Name, nil)
	if err != nil {
		return nil, err
	}
	rec := &ringRecord{ring: ring, block: b}
	b.owner, b.own.kernel = rec, true
	ring.records = append(ring.records, rec)
	return rec, nil
}

// recordAt is the record that a program has reserved at an address and not yet submitted.
func (c *CPU) recordAt(addr uint64) (*ringRecord, error) {
	b, err := c.m.ownedAt(addr)
	if err != nil {
		return nil, err
	}
	if rec, ok := b.owner.(*ringRecord); ok {
		return rec, nil
	}
	return nil, &Fault{Kind: WrongObject, Addr: addr, Object: b.info(), Reason: "not a reserved record"}
}

func ringbufSubmit(c *CPU, a *args) (uint64, error) { return c.endRecordAt(a[0], false) }

func ringbufDiscard(c *CPU, a *args) (uint64, error) { return c.endRecordAt(a[0], true) }

func (c *CPU) endRecordAt(addr uint64, discard bool) (uint64, error) {
	rec, err := c.recordAt(addr)
	if err != nil {
		return 0, err
	}
	return 0, c.endRecord(rec, discard)
}

// endRecord submits or discards a record; its memory is the program's no longer.
func (c *CPU) endRecord(rec *ringRecord, discard bool) error {
	off := uint32(rec.block.addr)
	rec.data = append([]byte{}, c.m.mem.buf[off:off+rec.block.size]...)
	rec.ended, rec.discarded = true, discard
	return c.putBack(rec.block, rec.block.addr)
}

func ringbufQuery(c *CPU, a *args) (uint64, error) {
	const available, size, consumer, producer = 0, 1, 2, 3
	r, err := c.ringbufAt(a[0])
	if err != nil {
		return 0, err
	}
	switch a[1] {
	case available, producer:
		return uint64(r.used), nil
	case size:
		return uint64(r.mp.def.MaxEntries), nil
	case consumer:
		return 0, nil
	}
	return 0, nil
}
