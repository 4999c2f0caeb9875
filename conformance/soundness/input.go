package main

import (
	"encoding/binary"
	"math/rand/v2"

	"github.com/bpfverdict/bpfverdict/machine"
)

// mostArguments is how many bytes of arguments a raw tracepoint has at most; other contexts may have as many.
const mostArguments = 12 * 8

// input makes an input that a program of that type may be given.
func input(p *machine.Program, rng *rand.Rand) machine.Input {
	if p.TakesPacket() {
		return machine.Input{Data: packet(rng)}
	}
	ctx := make([]byte, mostArguments)
	random(rng, ctx)
	return machine.Input{Ctx: ctx}
}

// packet makes a frame: often one whose headers make sense, sometimes noise.
func packet(rng *rand.Rand) []byte {
	data := make([]byte, 14+rng.IntN(200))
	if rng.IntN(8) == 0 {
		data = make([]byte, 14+rng.IntN(1400))
	}
	if rng.IntN(4) > 0 {
		random(rng, data)
	}
	put := func(at int, b ...byte) {
		if at < len(data) {
			copy(data[at:], b)
		}
	}
	at := 14
	if rng.IntN(4) == 0 {
		put(12, 0x81, 0, 0, 1)
		at = 18
	}
	proto := []byte{6, 17, 1, 58, 4, 41, 47}[rng.IntN(7)]
	if rng.IntN(2) == 0 {
		proto = []byte{6, 17}[rng.IntN(2)]
	}
	from, to := endpoint(rng), endpoint(rng)
	known := rng.IntN(2) == 0 // the world may have sockets there
	switch rng.IntN(4) {
	case 0, 1: // IPv4
		put(at-2, 8, 0, 0x45)
		put(at+9, proto)
		if at+4 <= len(data) {
			binary.BigEndian.PutUint16(data[at+2:], uint16(len(data)-at))
		}
		if known {
			put(at+12, from.Addr().AsSlice()...)
			put(at+16, to.Addr().AsSlice()...)
		}
		at += 20
	case 2: // IPv6
		put(at-2, 0x86, 0xdd, 0x60)
		put(at+6, proto)
		at += 40
	}
	if known {
		put(at, byte(from.Port()>>8), byte(from.Port()), byte(to.Port()>>8), byte(to.Port()))
	}
	put(at+12, 0x50, byte(rng.Uint32()))
	return data
}
