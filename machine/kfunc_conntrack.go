package machine

import (
	"slices"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

func init() {
	registerKfuncs(map[string]implementation{
		"bpf_skb_ct_alloc":      onConnections((*CPU).allocConnection),
		"bpf_xdp_ct_alloc":      onConnections((*CPU).allocConnection),
		"bpf_skb_ct_lookup":     onConnections((*CPU).lookUpConnection),
		"bpf_xdp_ct_lookup":     onConnections((*CPU).lookUpConnection),
		"bpf_ct_insert_entry":   insertConnection,
		"bpf_ct_set_timeout":    onConnection(func(x *connection, c *CPU, ms uint32) abi.Errno { x.lasts(c, ms); return 0 }),
		"bpf_ct_change_timeout": onConnection((*connection).changeTimeout),
		"bpf_ct_set_status":     onConnection((*connection).changeStatus),
		"bpf_ct_change_status":  onConnection((*connection).changeStatus),
	})
}

// connection is an entry of the table of connections, or is to become one (struct nf_conn).
type connection struct {
	k      kstruct
	tuples [2]string // protocol, addresses and ports of what is sent, and of what is answered
	zone   connectionZone
	in     bool   // the table
	ends   uint64 // when it is no more, on the clock; before it is in the table how long it will last, in nanoseconds
}

// connectionZone keeps connections apart that have the same addresses: by a number, in some directions.
type connectionZone struct {
	id         uint16
	directions uint8
}

func (z connectionZone) in(direction int) uint16 {
	if z.directions>>direction&1 == 0 {
		return 0
	}
	return z.id
}

// Bits of a connection's status.
const (
	ipsExpected     = 1 << 0
	ipsSeenReply    = 1 << 1
	ipsAssured      = 1 << 2
	ipsConfirmed    = 1 << 3
	ipsDying        = 1 << 9
	ipsFixedTimeout = 1 << 10
	ipsHelper       = 1 << 13
	ipsChangeable   = ipsSeenReply | ipsAssured | ipsFixedTimeout | ipsHelper
)

// Where the members of struct bpf_ct_opts lie, in bytes.
const (
	ctError    = 4
	ctProtocol = 8
	ctDir      = 9
	ctZone     = 10
	ctZoneDir  = 12
	ctReserved = 13
	ctShort    = 12 // its length in older programs
	ctSize     = 16
)

// onConnections makes a kernel function of one for the connection with the tuple r2, of r3 bytes, by the options r4, of r5
// bytes. An error is noted there, and gives NULL.
func onConnections(f func(*CPU, *connection, []byte) (uint64, abi.Errno, error)) implementation {
	return func(c *CPU, a *args) (uint64, error) {
		tuple, err := c.m.mem.read(a[1], uint32(a[2]))
		if err != nil {
			return 0, err
		}
		opts, err := c.m.mem.write(a[3], uint32(a[4]))
		if err != nil {
			return 0, err
		}
		x, e := connectionOf(tuple, opts)
		found := uint64(0)
		if e == 0 {
			if len(opts) == ctSize && opts[ctZoneDir] == 0 {
				opts[ctZoneDir] = x.zone.directions
			}
			found, e, err = f(c, x, opts)
		}
		if e != 0 && len(opts) >= ctError+4 {
			putNumber(opts[ctError:ctError+4], uint64(uint32(-e)))
		}
		return found, err
	}
}

// connectionOf reads a connection's tuple and options.
func connectionOf(tuple, opts []byte) (*connection, abi.Errno) {
	const currentNetns = -1
	both := connectionZone{directions: 3}
	switch {
	case len(opts) != ctSize && len(opts) != ctShort,
		len(opts) == ctSize && slices.Max(opts[ctReserved:]) != 0,
		len(opts) == ctShort && number(opts[ctZone:ctZone+2]) != 0,
		len(tuple) == 0:
		return nil, abi.EINVAL
	}
	protocol := opts[ctProtocol]
	switch netns := int32(number(opts[:4])); {
	case netns < currentNetns:
		return nil, abi.EINVAL
	case protocol != ipprotoTCP && protocol != ipprotoUDP:
		return nil, abi.EPROTO
	case len(tuple) != tuple4 && len(tuple) != tuple6:
		return nil, abi.EAFNOSUPPORT
	case netns > currentNetns:
		return nil, abi.ENONET
	}
	if len(opts) == ctSize {
		both.id = uint16(number(opts[ctZone : ctZone+2]))
		if opts[ctZoneDir] != 0 {
			both.directions = opts[ctZoneDir]
		}
	}
	n := (len(tuple) - 4) / 2
	there, back := tuple[:n], tuple[n:2*n]
	from, to := tuple[2*n:2*n+2], tuple[2*n+2:]
	key := func(parts ...[]byte) string { return string(slices.Concat(parts...)) }
	p := []byte{protocol}
	return &connection{zone: both, tuples: [2]string{key(p, there, back, from, to), key(p, back, there, to, from)}}, 0
}

// allocConnection makes a connection that is not in the table yet.
func (c *CPU) allocConnection(x *connection, _ []byte) (uint64, abi.Errno, error) {
	var err error
	if x.k, err = c.newObject("nf_conn"); err != nil {
		return 0, 0, err
	}
	x.k.owner = x
	x.lasts(c, 10_000)
	return x.k.addr, 0, nil
}

// lookUpConnection finds the connection that a packet with those addresses belongs to.
func (c *CPU) lookUpConnection(x *connection, opts []byte) (uint64, abi.Errno, error) {
	found, direction := c.m.connection(x)
	if found == nil {
		return 0, abi.ENOENT, nil
	}
	opts[ctDir] = uint8(direction)
	return c.acquire(found.k.block), 0, nil
}

// connection finds what is in the table for the first tuple of another connection.
func (m *Machine) connection(x *connection) (*connection, int) {
	m.connections = slices.DeleteFunc(m.connections, func(o *connection) bool { return o.ends <= m.clock })
	for _, o := range m.connections {
		for direction, t := range o.tuples {
			if t == x.tuples[0] && o.zone.in(direction) == x.zone.in(direction) {
				return o, direction
			}
		}
	}
	return nil, 0
}

// connectionAt is the connection at an address.
func (c *CPU) connectionAt(addr uint64) (*connection, error) {
	b, err := c.m.objectAt(addr, "nf_conn")
	if err != nil {
		return nil, err
	}
	x, ok := b.owner.(*connection)
	if !ok {
		return nil, unsupported("a struct nf_conn that no program has made")
	}
	return x, nil
}

// insertConnection puts the connection r1 into the table, unless there is one for its addresses; then it is freed.
func insertConnection(c *CPU, a *args) (uint64, error) {
	x, err := c.connectionAt(a[0])
	if err != nil {
		return 0, err
	}
	back := connection{tuples: [2]string{x.tuples[1], x.tuples[0]}, zone: x.zone}
	there, _ := c.m.connection(x)
	again, _ := c.m.connection(&back)
	if there != nil || again != nil {
		return 0, c.putBack(x.k.block, a[0])
	}
	x.in = true
	x.ends += c.m.clock
	x.k.set("status", ipsConfirmed|number(x.k.field("status")))
	x.k.set("timeout", c.m.jiffies()+number(x.k.field("timeout")))
	c.m.connections = append(c.m.connections, x)
	x.k.own.published = true
	delete(c.m.owned, x.k.block) // the table's, and no program's to lose
	addr := c.acquire(x.k.block)
	return addr, c.give(x.k.block, a[0], "in the table of connections")
}

// onConnection makes a kernel function of one for the connection r1, and a number.
func onConnection(f func(x *connection, c *CPU, v uint32) abi.Errno) implementation {
	return func(c *CPU, a *args) (uint64, error) {
		x, err := c.connectionAt(a[0])
		if err != nil {
			return 0, err
		}
		return narrow(f(x, c, uint32(a[1]))), nil
	}
}

// lasts says when a connection ends: so many milliseconds from now, or from when it comes into the table.
func (x *connection) lasts(c *CPU, ms uint32) {
	x.ends = uint64(ms) * 1e6
	ticks := jiffiesIn(x.ends)
	if x.in {
		x.ends += c.m.clock
		ticks += c.m.jiffies()
	}
	x.k.set("timeout", ticks)
}

func (x *connection) changeTimeout(c *CPU, ms uint32) abi.Errno {
	if number(x.k.field("status"))&ipsFixedTimeout != 0 {
		return abi.EPERM
	}
	x.lasts(c, ms)
	return 0
}

// changeStatus sets bits of the status, and clears none.
func (x *connection) changeStatus(_ *CPU, to uint32) abi.Errno {
	now := uint32(number(x.k.field("status")))
	changed := now ^ to
	switch {
	case changed&(ipsExpected|ipsConfirmed|ipsDying) != 0,
		changed&ipsSeenReply != 0 && to&ipsSeenReply == 0,
		changed&ipsAssured != 0 && to&ipsAssured == 0:
		return abi.EBUSY
	}
	x.k.set("status", uint64(now|to&ipsChangeable))
	return 0
}
