package machine

import "github.com/bpfverdict/bpfverdict/internal/abi"

// socketMap is a map of sockets. Its elements are sockets of the world, by their number; user space puts them there.
type socketMap struct {
	noMap
	mp      *Map
	sockets map[string]*socket
}

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
	array := s.mp.def.Type == abi.MAP_TYPE_SOCKMAP
	switch {
	case sk == nil || !sk.full():
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
