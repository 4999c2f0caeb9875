package machine

import (
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

func init() {
	registerHelpers(map[string]implementation{
		"sysctl_get_name":          sysctlName,
		"sysctl_get_current_value": sysctlCurrent,
		"sysctl_get_new_value":     sysctlNew,
		"sysctl_set_new_value":     sysctlSet,
	})
}

// Sysctl is a parameter of the kernel that somebody reads or writes.
type Sysctl struct {
	Name  string `json:"name,omitempty"`  // "net/ipv4/tcp_mem"
	Value string `json:"value,omitempty"` // now; the data of a run is what is written
}

// sysctl is a parameter in a run.
type sysctl struct {
	Sysctl
	next    []byte // what is to be written
	changed bool   // by the program
}

// sysctlOf is the parameter that the context is about, and what r2 and r3 name to be filled.
func (c *CPU) sysctlOf(a *args) (*userContext, []byte, error) {
	u, err := c.userContextAt(a[0])
	if err != nil {
		return nil, nil, err
	}
	if u.sysctl == nil {
		return nil, nil, &Fault{Kind: BadAccess, Addr: a[0], Reason: "not the context of a sysctl program"}
	}
	to, err := c.m.mem.write(a[1], uint32(a[2]))
	return u, to, err
}

// sysctlName gives the name, all of it or what is behind the last slash, and returns its length.
func sysctlName(c *CPU, a *args) (uint64, error) {
	const base = 1
	u, to, err := c.sysctlOf(a)
	switch {
	case err != nil:
		return 0, err
	case a[3]&^base != 0 || len(to) == 0:
		return failure(abi.EINVAL), nil
	}
	name := u.sysctl.Name
	if a[3]&base != 0 {
		name = name[strings.LastIndexByte(name, '/')+1:]
	}
	n := copy(to[:len(to)-1], name)
	to[n] = 0
	if n < len(name) {
		return failure(abi.E2BIG), nil
	}
	return uint64(n), nil
}

// copySysctl gives a value and zeros behind it, and returns its length.
func copySysctl(to, value []byte) uint64 {
	switch {
	case len(to) == 0:
		return failure(abi.E2BIG)
	case len(value) == 0:
		clear(to)
		return failure(abi.EINVAL)
	}
	n := copy(to, value)
	clear(to[n:])
	if len(to) > len(value) {
		return uint64(n)
	}
	to[len(to)-1] = 0
	return failure(abi.E2BIG)
}

func sysctlCurrent(c *CPU, a *args) (uint64, error) {
	u, to, err := c.sysctlOf(a)
	if err != nil {
		return 0, err
	}
	return copySysctl(to, []byte(u.sysctl.Value)), nil
}

func sysctlNew(c *CPU, a *args) (uint64, error) {
	u, to, err := c.sysctlOf(a)
	if err != nil {
		return 0, err
	}
	if u.number("write") == 0 {
		clear(to)
		return failure(abi.EINVAL), nil
	}
	return copySysctl(to, u.sysctl.next), nil
}

// sysctlSet has other bytes written, r3 at r2.
func sysctlSet(c *CPU, a *args) (uint64, error) {
	u, err := c.userContextAt(a[0])
	if err != nil {
		return 0, err
	}
	from, err := c.m.mem.read(a[1], uint32(a[2]))
	switch {
	case err != nil:
		return 0, err
	case u.sysctl == nil || u.number("write") == 0 || len(u.sysctl.next) == 0 || len(from) == 0:
		return failure(abi.EINVAL), nil
	case len(from) > pageSize-1:
		return failure(abi.E2BIG), nil
	}
	u.sysctl.next, u.sysctl.changed = append([]byte{}, from...), true
	return 0, nil
}
