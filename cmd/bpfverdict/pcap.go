package main

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Numbers that capture files begin with.
const (
	pcapMicro = 0xa1b2c3d4
	pcapNano  = 0xa1b23c4d
	pcapNG    = 0x0a0d0d0a
)

// ethernet is the only type of link whose packets can be run on.
const ethernet = 1

func wrongLink(link uint32) error {
	return fmt.Errorf("packets of link type %d; only Ethernet's, %d, can be run on", link, ethernet)
}

// packets are the packets of a capture file; any other data is one packet.
func packets(data []byte) ([][]byte, error) {
	const header, record = 24, 16
	if len(data) < 4 {
		return [][]byte{data}, nil
	}
	var order binary.ByteOrder
	switch little, big := binary.LittleEndian.Uint32(data), binary.BigEndian.Uint32(data); {
	case little == pcapMicro || little == pcapNano:
		order = binary.LittleEndian
	case big == pcapMicro || big == pcapNano:
		order = binary.BigEndian
	case little == pcapNG:
		return blocks(data)
	default:
		return [][]byte{data}, nil
	}
	if len(data) < header {
		return nil, errors.New("a capture file without its header")
	}
	if link := order.Uint32(data[20:]) & 0xffff; link != ethernet {
		return nil, wrongLink(link)
	}
	var out [][]byte
	for rest := data[header:]; len(rest) > 0; {
		if len(rest) < record {
			return nil, fmt.Errorf("packet %d is cut short", len(out)+1)
		}
		n := uint64(order.Uint32(rest[8:]))
		if n > uint64(len(rest)-record) {
			return nil, fmt.Errorf("packet %d is cut short", len(out)+1)
		}
		out = append(out, rest[record:record+n])
		rest = rest[record+n:]
	}
	if len(out) == 0 {
		return nil, errors.New("a capture file without packets")
	}
	return out, nil
}
