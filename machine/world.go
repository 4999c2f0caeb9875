package machine

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"time"
)

// World is what surrounds the programs: time, randomness, processors, the task that runs them, devices, sockets.
// Zero values stand for those that the comments give, so that a run without a world can be repeated too.
type World struct {
	CPUs      int    `json:"cpus,omitempty"`      // processors; 1
	Seed      uint64 `json:"seed,omitempty"`      // of random numbers and schedules
	Monotonic uint64 `json:"monotonic,omitempty"` // the clock since boot at first, in nanoseconds; an hour
	Realtime  uint64 `json:"realtime,omitempty"`  // the clock since 1970 at first, in nanoseconds; the start of 2026

	Task    Task     `json:"task,omitzero"` // that runs the programs
	Tasks   []Task   `json:"tasks,omitempty"`
	Cgroups []Cgroup `json:"cgroups,omitempty"` // below the root, which has number 1
	Files   []File   `json:"files,omitempty"`
	Caches  []Cache  `json:"caches,omitempty"`
	Buffers []Buffer `json:"buffers,omitempty"`
	// Pause is the time in nanoseconds that passes after each run; timers that are due in it run.
	Pause uint64 `json:"pause,omitempty"`

	Devices    []Device `json:"devices,omitempty"`    // beside the loopback device, which has index 1
	Forwarding bool     `json:"forwarding,omitempty"` // packets for others are forwarded, by Routes
	Routes     []Route  `json:"routes,omitempty"`
	Sockets    []Socket `json:"sockets,omitempty"` // what programs find by address and port; none
	Sysctl     Sysctl   `json:"sysctl,omitzero"`   // what sysctl programs are run for
}

// Device is a network device.
type Device struct {
	Ifindex uint32 `json:"ifindex"`
	MTU     uint32 `json:"mtu,omitempty"` // bytes, without Ethernet header; 1500
}

// Route says where packets to some addresses go.
type Route struct {
	Prefix    netip.Prefix `json:"prefix"`
	Ifindex   uint32       `json:"ifindex"`
	Source    MAC          `json:"source,omitzero"`     // the device's own address
	Neighbour *MAC         `json:"neighbour,omitempty"` // of the next hop; null if unknown
}

// MAC is the address of a network device, in JSON as "02:00:00:00:00:01".
type MAC [6]byte

// UnmarshalText reads the usual form.
func (m *MAC) UnmarshalText(text []byte) error {
	hw, err := net.ParseMAC(string(text))
	if err == nil && len(hw) != len(m) {
		err = fmt.Errorf("%q is no 6-byte address", text)
	}
	copy(m[:], hw)
	return err
}

// MarshalText writes the usual form.
func (m MAC) MarshalText() ([]byte, error) { return []byte(net.HardwareAddr(m[:]).String()), nil }

// Socket is a socket that is bound, and connected unless it listens.
type Socket struct {
	Protocol string         `json:"protocol"` // "tcp" or "udp"
	Local    netip.AddrPort `json:"local"`
	Remote   netip.AddrPort `json:"remote,omitzero"`
	Listen   bool           `json:"listen,omitempty"`
	Mark     uint32         `json:"mark,omitempty"`
}

func (w World) withDefaults() (World, error) {
	if w.CPUs == 0 {
		w.CPUs = 1
	}
	if w.Monotonic == 0 {
		w.Monotonic = uint64(time.Hour)
	}
	if w.Realtime == 0 {
		w.Realtime = uint64(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).UnixNano())
	}
	if w.Task.PID == 0 {
		w.Task.PID = 1000
	}
	if w.Task.Comm == "" {
		w.Task.Comm = "bpfverdict"
	}
	w.Task = w.Task.withDefaults()
	w.Tasks = slices.Clone(w.Tasks)
	for i, t := range w.Tasks {
		w.Tasks[i] = t.withDefaults()
	}
	return w, w.check()
}

// Bounds of a world.
const (
	maxCPUs = 256
	maxComm = 15
)

// check says what can't be in a world.
func (w *World) check() error {
	if w.CPUs < 1 || w.CPUs > maxCPUs {
		return fmt.Errorf("world: %d CPUs: from 1 to %d", w.CPUs, maxCPUs)
	}
	if err := w.checkTasks(); err != nil {
		return err
	}
	for i := range w.Sockets {
		s := &w.Sockets[i]
		switch {
		case s.protocol() == 0:
			return fmt.Errorf("world: socket %d: protocol %q: tcp or udp", i, s.Protocol)
		case !s.Local.IsValid():
			return fmt.Errorf("world: socket %d: no local address", i)
		case !s.Listen && (!s.Remote.IsValid() || s.Remote.Addr().Is4() != s.Local.Addr().Is4()):
			return fmt.Errorf("world: socket %d: neither listens nor has a remote address like its local one", i)
		}
	}
	return nil
}

// device finds a device by its index; 0 is the one the packet is at.
func (w *World) device(index uint32) (Device, bool) {
	if index == 0 || index == loopback {
		return Device{Ifindex: loopback, MTU: loopbackMTU}, true
	}
	for _, d := range w.Devices {
		if d.Ifindex == index {
			if d.MTU == 0 {
				d.MTU = 1500
			}
			return d, true
		}
	}
	return Device{}, false
}

func (s *Socket) protocol() uint8 {
	switch s.Protocol {
	case "tcp":
		return ipprotoTCP
	case "udp":
		return ipprotoUDP
	}
	return 0
}

// endpoint is an address and a port as in packets.
type endpoint struct{ ip, port []byte }

func endpointOf(a netip.AddrPort) endpoint {
	return endpoint{a.Addr().AsSlice(), binary.BigEndian.AppendUint16(nil, a.Port())}
}

func (s *Socket) local() endpoint  { return endpointOf(s.Local) }
func (s *Socket) remote() endpoint { return endpointOf(s.Remote) }

// any reports an address that stands for all.
func (e endpoint) any() bool {
	for _, b := range e.ip {
		if b != 0 {
			return false
		}
	}
	return true
}
