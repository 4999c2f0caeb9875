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

func (s *socketMap) update(c *CPU, key, value []byte, _ uint64) (abi.Errno, error) {
	n := number(value)
	switch {
	case c.active():
		return 0, unsupported("sockets that programs put into a map of type %s", s.mp.def.Type)
	case n >= uint64(len(c.m.world.Sockets)):
		return abi.EBADF, nil
	case s.mp.def.Type == abi.MAP_TYPE_SOCKMAP && number(key) >= uint64(s.mp.def.MaxEntries):
		return abi.E2BIG, nil
	}
	sk, err := c.m.worldSocket(int(n))
	if err == nil {
		s.sockets[string(key)] = sk
	}
	return 0, err
}

func (s *socketMap) remove(_ *CPU, key []byte) (abi.Errno, error) {
	if s.sockets[string(key)] == nil {
		return abi.ENOENT, nil
	}
	delete(s.sockets, string(key))
	return 0, nil
}
