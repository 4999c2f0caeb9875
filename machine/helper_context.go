package machine

import "github.com/bpfverdict/bpfverdict/internal/abi"

func init() {
	registerHelpers(map[string]implementation{
		"sock_ops_cb_flags_set": sockOpsFlags,
		"get_netns_cookie":      netnsCookie,
		"sk_assign":             skAssign,
	})
}

// netnsCookie is the number of the only network namespace there is, which is the first.
func netnsCookie(*CPU, *args) (uint64, error) { return 1, nil }

// sockOpsFlags sets which events the program is told of, and returns those of r2 that there are not.
func sockOpsFlags(c *CPU, a *args) (uint64, error) {
	const all = 0x7f
	u, err := c.userContextAt(a[0])
	if err != nil {
		return 0, err
	}
	if u.socket() == 0 {
		return failure(abi.EINVAL), nil
	}
	putNumber(u.member("bpf_sock_ops_cb_flags"), a[1]&all)
	return uint64(uint32(a[1])) &^ all, nil
}

// Where packets that nobody listens to go, for skAssign (struct bpf_sk_lookup).
const lookupFlags = 1<<0 | 1<<1 // BPF_SK_LOOKUP_F_REPLACE, BPF_SK_LOOKUP_F_NO_REUSEPORT

// checkLookup holds the context of a lookup against what a test may be given.
func (u *userContext) checkLookup(r *run) error {
	_, end := findMember(u.t, "ingress_ifindex")
	for _, b := range u.bytes[end:] {
		if b != 0 {
			return r.refuse("a context with other fields of struct bpf_sk_lookup than family, protocol, addresses and ports")
		}
	}
	switch family := u.number("family"); {
	case len(r.in.Data) > 0:
		return r.refuse("a program of type sk_lookup takes a context and no data")
	case len(r.in.Ctx) == 0:
		return r.refuse("no context: a struct bpf_sk_lookup is wanted")
	case number(u.bytes[:8]) != 0:
		return r.refuse("a context that has a socket already")
	case u.number("local_port") > 0xffff:
		return &InputError{r.p.Name(), abi.ERANGE, "local_port is more than 65535"}
	case family != afInet && family != afInet6:
		return &InputError{r.p.Name(), abi.EAFNOSUPPORT, "family is neither AF_INET nor AF_INET6"}
	}
	return nil
}

// finishLookup notes which socket was chosen, by its number.
func (u *userContext) finishLookup(r *run) {
	clear(u.bytes[:8])
	if u.sk != nil && r.out.Return == 1 {
		putNumber(u.bytes[:8], u.sk.cookie(r.p.machine))
	}
}

// assignPacket is for the packet of a run, which does not come in from a device: only such a one can be given a socket.
func assignPacket(c *CPU, a *args) (uint64, error) {
	if _, err := c.packetOf(a[0]); err != nil {
		return 0, err
	}
	if a[2] != 0 {
		return failure(abi.EINVAL), nil
	}
	return failure(abi.EOPNOTSUPP), nil
}

// skAssign chooses the socket r2, or none, for the packet that is looked up.
func skAssign(c *CPU, a *args) (uint64, error) {
	const replace = 1
	if c.run.skb != nil {
		return assignPacket(c, a)
	}
	u, err := c.userContextAt(a[0])
	if err != nil {
		return 0, err
	}
	if u.prog.Type != abi.PROG_TYPE_SK_LOOKUP {
		return 0, unsupported("bpf_sk_assign in a program of type %s", u.prog.Type)
	}
	s, err := c.socketAt(a[1])
	switch {
	case err != nil:
		return 0, err
	case a[2]&^lookupFlags != 0:
		return failure(abi.EINVAL), nil
	case s != nil && s.protocol == ipprotoTCP && s.state != tcpListen:
		return failure(abi.ESOCKTNOSUPPORT), nil
	case s != nil && uint64(s.protocol) != u.number("protocol"):
		return failure(abi.EPROTOTYPE), nil
	case s != nil && s.family == afInet && u.number("family") == afInet6:
		return failure(abi.EAFNOSUPPORT), nil
	case u.sk != nil && a[2]&replace == 0:
		return failure(abi.EEXIST), nil
	}
	u.sk = s
	return 0, nil
}
