package machine

import (
	"slices"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

func init() {
	registerHelpers(map[string]implementation{"setsockopt": setSockOpt, "getsockopt": getSockOpt})
}

// Levels of socket options.
const (
	solIP     = 0
	solSocket = 1
	solTCP    = 6
	solIPv6   = 41
)

// sockOption names an option that is a number of 32 bits.
type sockOption struct{ level, name int32 }

// optionRule is what may be written to an option, and what is there before.
type optionRule struct {
	least, most int32
	initial     int32
	// becomes is what a value is kept as; nil for itself.
	becomes func(int32) int32
	// unknown: what is there before depends on the computer.
	unknown bool
}

const anything, anythingMost = -1 << 31, 1<<31 - 1

func truthOf(v int32) int32 {
	if v != 0 {
		return 1
	}
	return 0
}

// buffer is the size of a buffer that was asked for: twice as much, as the kernel counts what it needs itself.
func buffer(least int32) func(int32) int32 {
	const most = 212992 // net.core.rmem_max and wmem_max
	return func(v int32) int32 {
		if uint32(v) > most {
			v = most
		}
		return max(2*v, least)
	}
}

// sockOptions are those that programs may get and set.
var sockOptions = map[sockOption]optionRule{
	{solSocket, 2}:  {anything, anythingMost, 0, truthOf, false},                                  // SO_REUSEADDR
	{solSocket, 7}:  {anything, anythingMost, 0, buffer(4608), true},                              // SO_SNDBUF
	{solSocket, 8}:  {anything, anythingMost, 0, buffer(2304), true},                              // SO_RCVBUF
	{solSocket, 9}:  {anything, anythingMost, 0, truthOf, false},                                  // SO_KEEPALIVE
	{solSocket, 12}: {anything, anythingMost, 0, nil, false},                                      // SO_PRIORITY
	{solSocket, 15}: {anything, anythingMost, 0, truthOf, false},                                  // SO_REUSEPORT
	{solSocket, 18}: {anything, anythingMost, 1, func(v int32) int32 { return max(v, 1) }, false}, // SO_RCVLOWAT
	{solSocket, 36}: {anything, anythingMost, 0, nil, false},                                      // SO_MARK
	{solSocket, 47}: {anything, anythingMost, -1, nil, false},                                     // SO_MAX_PACING_RATE
	{solSocket, 62}: {0, anythingMost, 0, nil, false},                                             // SO_BINDTOIFINDEX
	{solSocket, 74}: {-1, 1, 1, func(v int32) int32 { return v & 1 }, false},                      // SO_TXREHASH
	{solIP, 1}:      {anything, anythingMost, 0, func(v int32) int32 { return v & 0xff }, false},  // IP_TOS
	{solIPv6, 67}:   {-1, 255, 0, func(v int32) int32 { return max(v, 0) }, false},                // IPV6_TCLASS
	{solTCP, 1}:     {anything, anythingMost, 0, truthOf, false},                                  // TCP_NODELAY
	{solTCP, 4}:     {1, 32767, 7200, nil, false},                                                 // TCP_KEEPIDLE
	{solTCP, 5}:     {1, 32767, 75, nil, false},                                                   // TCP_KEEPINTVL
	{solTCP, 6}:     {1, 127, 9, nil, false},                                                      // TCP_KEEPCNT
	{solTCP, 7}:     {1, 127, 6, nil, false},                                                      // TCP_SYNCNT
	{solTCP, 16}:    {0, 1, 0, nil, false},                                                        // TCP_THIN_LINEAR_TIMEOUTS
	{solTCP, 18}:    {0, anythingMost, 0, nil, false},                                             // TCP_USER_TIMEOUT
	{solTCP, 25}:    {anything, anythingMost, 0, nil, false},                                      // TCP_NOTSENT_LOWAT
	{solTCP, 27}:    {0, 2, 0, nil, false},                                                        // TCP_SAVE_SYN
}

// Options that are there and that a machine has not: of a few they say nothing, of the others the name.
var otherOptions = map[sockOption]string{
	{solSocket, 25}: "SO_BINDTODEVICE", {solTCP, 2}: "TCP_MAXSEG", {solTCP, 10}: "TCP_WINDOW_CLAMP", {solTCP, 28}: "TCP_SAVED_SYN",
	{solIPv6, 70}: "IPV6_AUTOFLOWLABEL",
}

// firstBPFOption is where options begin that only programs have (TCP_BPF_IW).
const firstBPFOption = 1001

const tcpCongestion = 13

// congestionControls are those that a world's kernel has.
var congestionControls = []string{"cubic", "reno"}

// optionSocket is the socket that a program gets or sets an option of: its context's, or one that it has.
func (c *CPU) optionSocket(addr uint64) (*socket, error) {
	if u := c.run.user; u != nil && c.run.ctx.addr == addr {
		return u.sk, nil
	}
	return c.socketAt(addr)
}

// find tells whether a socket has an option, and by which rule.
func (s *socket) find(o sockOption) (rule optionRule, e abi.Errno, err error) {
	switch {
	case !s.full(), o.level == solTCP && s.protocol != ipprotoTCP, o.level == solIPv6 && s.family != afInet6:
		return rule, abi.EINVAL, nil
	case otherOptions[o] != "":
		return rule, 0, unsupported("socket option %s", otherOptions[o])
	case o.level == solTCP && o.name >= firstBPFOption:
		return rule, 0, unsupported("option %d of TCP sockets", o.name)
	}
	rule, ok := sockOptions[o]
	if !ok {
		return rule, abi.EINVAL, nil
	}
	return rule, 0, nil
}

// setSockOpt sets option r3 of level r2 of the socket r1 to the r5 bytes at r4.
func setSockOpt(c *CPU, a *args) (uint64, error) {
	s, err := c.optionSocket(a[0])
	if err != nil {
		return 0, err
	}
	value, err := c.m.mem.read(a[3], uint32(a[4]))
	if err != nil {
		return 0, err
	}
	if s == nil {
		return failure(abi.EINVAL), nil
	}
	o := sockOption{int32(a[1]), int32(a[2])}
	if o == (sockOption{solTCP, tcpCongestion}) && s.protocol == ipprotoTCP {
		return failure(s.setCongestion(value)), nil
	}
	rule, e, err := s.find(o)
	if err != nil || e != 0 {
		return failure(e), err
	}
	if len(value) != 4 {
		return failure(abi.EINVAL), nil
	}
	v := int32(number(value))
	if v < rule.least || v > rule.most {
		return failure(abi.EINVAL), nil
	}
	if rule.becomes != nil {
		v = rule.becomes(v)
	}
	s.setOption(o, v)
	return 0, nil
}

// seen is where an option is that programs see in the socket, too; nil for others.
func (s *socket) seen(o sockOption) *uint32 {
	switch o {
	case sockOption{solSocket, 12}:
		return &s.priority
	case sockOption{solSocket, 36}:
		return &s.mark
	case sockOption{solSocket, 62}:
		return &s.bound
	}
	return nil
}

func (s *socket) setOption(o sockOption, v int32) {
	if p := s.seen(o); p != nil {
		*p = uint32(v)
		return
	}
	if s.options == nil {
		s.options = map[sockOption]int32{}
	}
	s.options[o] = v
}

// option is what an option is; ok is false where that is not known.
func (s *socket) option(o sockOption, rule optionRule) (v int32, ok bool) {
	if p := s.seen(o); p != nil {
		return int32(*p), true
	}
	if v, ok := s.options[o]; ok {
		return v, true
	}
	return rule.initial, !rule.unknown
}

func (s *socket) setCongestion(name []byte) abi.Errno {
	if len(name) < 2 {
		return abi.EINVAL
	}
	control := string(cstring(name))
	if !slices.Contains(congestionControls, control) {
		return abi.ENOENT
	}
	s.congestion = control
	return 0
}

// getSockOpt gives option r3 of level r2 of the socket r1 in the r5 bytes at r4, which are zeros if there is none.
func getSockOpt(c *CPU, a *args) (uint64, error) {
	s, err := c.optionSocket(a[0])
	if err != nil {
		return 0, err
	}
	to, err := c.m.mem.write(a[3], uint32(a[4]))
	if err != nil {
		return 0, err
	}
	fail := func(e abi.Errno) (uint64, error) {
		clear(to)
		return failure(e), nil
	}
	if s == nil {
		return fail(abi.EINVAL)
	}
	o := sockOption{int32(a[1]), int32(a[2])}
	if o == (sockOption{solTCP, tcpCongestion}) && s.protocol == ipprotoTCP {
		if len(to) < 2 {
			return fail(abi.EINVAL)
		}
		clear(to)
		copy(to[:len(to)-1], s.congestionControl())
		return 0, nil
	}
	rule, e, err := s.find(o)
	switch {
	case err != nil:
		return 0, err
	case e != 0:
		return fail(e)
	case len(to) != 4:
		return fail(abi.EINVAL)
	}
	v, known := s.option(o, rule)
	if !known {
		return 0, unsupported("what socket option %d of level %d is at first", o.name, o.level)
	}
	putNumber(to, uint64(uint32(v)))
	return 0, nil
}

func (s *socket) congestionControl() string {
	if s.congestion != "" {
		return s.congestion
	}
	return congestionControls[0]
}
