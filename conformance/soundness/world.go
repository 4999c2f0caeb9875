package main

import (
	"encoding/binary"
	"math/rand/v2"
	"net/netip"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/machine"
)

// endpoint is one of the few at which packets and sockets meet.
func endpoint(rng *rand.Rand) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(1 + rng.IntN(2))}), uint16(80+rng.IntN(2)))
}

// world makes up what surrounds the programs.
func world(rng *rand.Rand) machine.World {
	w := machine.World{CPUs: 1 + rng.IntN(3), Seed: rng.Uint64(), Pause: []uint64{0, 1000, 1 << 40}[rng.IntN(3)]}
	w.Task = machine.Task{UID: uint32(rng.IntN(2)), VMAs: areas(rng)}
	for i := range rng.IntN(3) {
		w.Cgroups = append(w.Cgroups, machine.Cgroup{ID: uint64(2 + i), Parent: uint64(1 + rng.IntN(1+i))})
	}
	for i := range rng.IntN(4) {
		w.Tasks = append(w.Tasks, machine.Task{PID: uint32(1 + i), Cgroup: uint64(1 + rng.IntN(1+len(w.Cgroups))), VMAs: areas(rng)})
	}
	for range rng.IntN(3) {
		w.Sockets = append(w.Sockets, machine.Socket{Protocol: []string{"tcp", "udp"}[rng.IntN(2)], Local: endpoint(rng), Remote: endpoint(rng), Listen: rng.IntN(2) == 0})
	}
	for i := range rng.IntN(3) {
		w.Devices = append(w.Devices, machine.Device{Ifindex: uint32(2 + i), MTU: uint32(68 + rng.IntN(1500))})
		w.Routes = append(w.Routes, machine.Route{Prefix: netip.PrefixFrom(endpoint(rng).Addr(), 24+rng.IntN(9)), Ifindex: uint32(2 + i)})
		w.Forwarding = rng.IntN(2) == 0
	}
	return w
}

// areas are a task's.
func areas(rng *rand.Rand) (all []machine.VMA) {
	const page = 4096
	at := uint64(0)
	for range rng.IntN(4) {
		at += page * uint64(rng.IntN(3))
		end := at + page*uint64(1+rng.IntN(3))
		all = append(all, machine.VMA{Start: at, End: end, Perm: []string{"r", "rw", "rx"}[rng.IntN(3)], Data: noise(rng, rng.IntN(64))})
		at = end
	}
	return all
}

// write does to maps what user space may do at any time: it sets elements, to anything.
func write(m *machine.Machine, progs []machine.Verified, rng *rand.Rand) {
	defs := map[string]*object.Map{}
	for _, p := range progs {
		for _, d := range p.Image.Maps {
			if d != nil {
				defs[d.Name] = d
			}
		}
	}
	for _, mp := range m.Maps() {
		d := defs[mp.Name()]
		if d == nil || d.Frozen || d.Flags&abi.BPF_F_RDONLY != 0 {
			continue
		}
		key := noise(rng, int(d.KeySize))
		if rng.IntN(4) > 0 { // a number that is likely to be in range
			clear(key)
			if len(key) > 0 {
				key[0] = byte(rng.IntN(4))
			}
		}
		_ = mp.Update(key, noise(rng, int(d.ValueSize))) // full, or no such element
	}
}

// noise makes bytes: random ones, or zeros but for a few.
func noise(rng *rand.Rand, n int) []byte {
	b := make([]byte, n)
	if n == 0 {
		return b
	}
	if rng.IntN(2) == 0 {
		b[rng.IntN(n)] = byte(rng.IntN(8))
		return b
	}
	random(rng, b)
	return b
}

// random fills b.
func random(rng *rand.Rand, b []byte) {
	var word [8]byte
	for len(b) > 0 {
		binary.LittleEndian.PutUint64(word[:], rng.Uint64())
		b = b[copy(b, word[:]):]
	}
}
