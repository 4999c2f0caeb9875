package main

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Blocks of pcapng files that matter here.
const (
	blockInterface = 1
	blockObsolete  = 2 // a packet, as older writers have it
	blockSimple    = 3 // a packet without anything about it
	blockEnhanced  = 6 // a packet
)

// blocks are the packets of a pcapng file. Each section of it begins with a block that says how numbers lie in it.
func blocks(data []byte) ([][]byte, error) {
	const head, least, native = 8, 12, 0x1a2b3c4d
	var out [][]byte
	var order binary.ByteOrder
	var links, snaps []uint32 // of the section's interfaces
	short := func(at int) error { return fmt.Errorf("the block at byte %d is cut short", at) }
	for at := 0; at < len(data); {
		rest := data[at:]
		if len(rest) < least {
			return nil, short(at)
		}
		if binary.LittleEndian.Uint32(rest) == pcapNG {
			switch {
			case binary.LittleEndian.Uint32(rest[head:]) == native:
				order = binary.LittleEndian
			case binary.BigEndian.Uint32(rest[head:]) == native:
				order = binary.BigEndian
			default:
				return nil, fmt.Errorf("the section at byte %d does not say how its numbers lie", at)
			}
			links, snaps = nil, nil
		}
		size := order.Uint32(rest[4:])
		if size < least || size%4 != 0 || uint64(size) > uint64(len(rest)) {
			return nil, short(at)
		}
		body := rest[head : size-4]
		switch kind := order.Uint32(rest); kind {
		case blockInterface:
			if len(body) < 8 {
				return nil, short(at)
			}
			links, snaps = append(links, uint32(order.Uint16(body))), append(snaps, order.Uint32(body[4:]))
		case blockObsolete, blockSimple, blockEnhanced:
			p, on, ok := captured(kind, order, body, snaps)
			if !ok || on >= uint32(len(links)) {
				return nil, short(at)
			}
			if links[on] != ethernet {
				return nil, wrongLink(links[on])
			}
			out = append(out, p)
		}
		at += int(size)
	}
	if len(out) == 0 {
		return nil, errors.New("a capture file without packets")
	}
	return out, nil
}

// captured is the packet in a block, and the number of its interface.
func captured(kind uint32, order binary.ByteOrder, body []byte, snaps []uint32) (p []byte, on uint32, ok bool) {
	at, lengthAt := 20, 12
	if kind == blockSimple {
		at, lengthAt = 4, 0
	}
	if len(body) < at {
		return nil, 0, false
	}
	n := order.Uint32(body[lengthAt:])
	switch kind {
	case blockEnhanced:
		on = order.Uint32(body)
	case blockObsolete:
		on = uint32(order.Uint16(body))
	default:
		if len(snaps) > 0 && snaps[0] != 0 {
			n = min(n, snaps[0])
		}
	}
	if uint64(n) > uint64(len(body)-at) {
		return nil, 0, false
	}
	return body[at : at+int(n)], on, true
}
