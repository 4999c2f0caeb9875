package machine

import (
	"encoding/binary"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

func init() {
	registerMaps(map[abi.MapType]func(*Map) (mapImpl, error){
		abi.MAP_TYPE_SOCKMAP:             newSocketMap,
		abi.MAP_TYPE_SOCKHASH:            newSocketMap,
		abi.MAP_TYPE_REUSEPORT_SOCKARRAY: newSocketMap,
	})
	registerHelpers(map[string]implementation{
		"sk_redirect_map":     redirectToSocket(false),
		"sk_redirect_hash":    redirectToSocket(false),
		"msg_redirect_map":    redirectToSocket(true),
		"msg_redirect_hash":   redirectToSocket(true),
		"sk_select_reuseport": selectReuseport,
	})
}

// socketMap is a map of sockets. Its elements are sockets of the world, by their number; user space puts them there.
type socketMap struct {
	noMap
	mp      *Map
	sockets map[string]*socket
}

// ofGroups reports a map of sockets that share a port with others: all that are in it.
func (s *socketMap) ofGroups() bool { return s.mp.def.Type == abi.MAP_TYPE_REUSEPORT_SOCKARRAY }

func newSocketMap(mp *Map) (mapImpl, error) {
	return &socketMap{mp: mp, sockets: map[string]*socket{}}, nil
}

// lookup gives the program the socket, which it has to release. User space can't look.
func (s *socketMap) lookup(c *CPU, key []byte) (uint64, error) {
	sk := s.sockets[string(key)]
	if sk == nil || !c.active() {
		return 0, nil
	}
	return c.acquire(sk.obj), nil
}

// update is what user space does: the value is a socket's number.
func (s *socketMap) update(c *CPU, key, value []byte, flags uint64) (abi.Errno, error) {
	n := number(value)
	if n >= uint64(len(c.m.world.Sockets)) {
		return abi.EBADF, nil
	}
	sk, err := c.m.worldSocket(int(n))
	if err != nil {
		return 0, err
	}
	return s.put(key, sk, flags)
}

// put makes a socket an element.
func (s *socketMap) put(key []byte, sk *socket, flags uint64) (abi.Errno, error) {
	_, there := s.sockets[string(key)]
	array := s.mp.def.Type != abi.MAP_TYPE_SOCKHASH
	switch {
	case sk == nil || !sk.full(), s.ofGroups() && sk.state != tcpListen && sk.protocol == ipprotoTCP:
		return abi.EINVAL, nil
	case sk.protocol != ipprotoTCP && sk.protocol != ipprotoUDP, sk.protocol == ipprotoTCP && sk.state != tcpEstablished && sk.state != tcpListen:
		return abi.EOPNOTSUPP, nil
	case flags > BPF_EXIST:
		return abi.EINVAL, nil
	case array && number(key) >= uint64(s.mp.def.MaxEntries):
		return abi.E2BIG, nil
	case there && flags == BPF_NOEXIST:
		return abi.EEXIST, nil
	case !there && flags == BPF_EXIST:
		return abi.ENOENT, nil
	case !there && !array && len(s.sockets) >= int(s.mp.def.MaxEntries):
		return abi.E2BIG, nil
	case !sk.world:
		return 0, unsupported("the context's socket in a map of type %s", s.mp.def.Type)
	}
	s.sockets[string(key)] = sk
	return 0, nil
}

func (s *socketMap) remove(_ *CPU, key []byte) (abi.Errno, error) {
	if s.sockets[string(key)] == nil {
		return abi.ENOENT, nil
	}
	delete(s.sockets, string(key))
	return 0, nil
}

func (c *CPU) socketMapAt(addr uint64) (*socketMap, error) {
	_, s, err := mapLike[*socketMap](c.m, addr, "not a map of sockets")
	return s, err
}

// byNumber is the socket for a key that is a number; nil for none.
func (s *socketMap) byNumber(key uint32) *socket {
	return s.sockets[string(binary.LittleEndian.AppendUint32(nil, key))]
}

// byAddress is the socket for the key at an address; nil for none.
func (s *socketMap) byAddress(c *CPU, key uint64) (*socket, error) {
	k, err := c.m.mem.read(key, s.mp.def.KeySize)
	return s.sockets[string(k)], err
}

// redirectToSocket makes a helper that sends what the program is about, a message or what a stream has brought, to the
// socket r3 of the map r2. What is behind it, nobody looks at.
func redirectToSocket(message bool) implementation {
	return func(c *CPU, a *args) (uint64, error) {
		const drop, pass, ingress = 0, 1, 1
		s, err := c.socketMapAt(a[1])
		if err != nil {
			return 0, err
		}
		sk := s.byNumber(uint32(a[2]))
		if s.mp.def.Type == abi.MAP_TYPE_SOCKHASH {
			sk, err = s.byAddress(c, a[2])
		}
		switch {
		case err != nil:
			return 0, err
		case a[3]&^ingress != 0 || sk == nil || message && a[3] == 0 && sk.protocol != ipprotoTCP:
			return drop, nil
		case sk.protocol == ipprotoTCP && sk.state == tcpListen, sk.protocol != ipprotoTCP && sk.state != tcpEstablished:
			return drop, nil
		}
		return pass, nil
	}
}

// selectReuseport chooses the socket for the key r3 of the map r2 for what has come to a port that sockets share.
func selectReuseport(c *CPU, a *args) (uint64, error) {
	u, err := c.userContextAt(a[0])
	if err != nil {
		return 0, err
	}
	s, err := c.socketMapAt(a[1])
	if err != nil {
		return 0, err
	}
	sk, err := s.byAddress(c, a[2])
	switch {
	case err != nil:
		return 0, err
	case sk == nil:
		return failure(abi.ENOENT), nil
	case !s.ofGroups():
		return failure(abi.EINVAL), nil // sockets of other maps share no port
	case uint64(sk.protocol) != u.number("ip_protocol"):
		return failure(abi.EPROTOTYPE), nil
	}
	return 0, nil
}
