package main

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// capture makes a capture file of packets.
func capture(order binary.AppendByteOrder, magic, link uint32, packets ...[]byte) []byte {
	b := order.AppendUint32(nil, magic)
	b = append(b, make([]byte, 16)...)
	b = order.AppendUint32(b, link)
	for _, p := range packets {
		b = append(b, make([]byte, 8)...)
		b = order.AppendUint32(b, uint32(len(p)))
		b = order.AppendUint32(b, uint32(len(p)))
		b = append(b, p...)
	}
	return b
}

// block is a block of a pcapng file.
func block(order binary.AppendByteOrder, kind uint32, body ...byte) []byte {
	body = append(body, make([]byte, -len(body)&3)...)
	size := uint32(12 + len(body))
	b := order.AppendUint32(nil, kind)
	b = append(order.AppendUint32(b, size), body...)
	return order.AppendUint32(b, size)
}

// captureNG makes a pcapng file of packets, with a block that nobody knows among them.
func captureNG(order binary.AppendByteOrder, link uint16, packets ...[]byte) []byte {
	b := block(order, pcapNG, append(order.AppendUint32(nil, 0x1a2b3c4d), 0, 1, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255)...)
	b = append(b, block(order, blockInterface, append(order.AppendUint16(nil, link), 0, 0, 0, 0, 0, 0)...)...)
	for _, p := range packets {
		body := make([]byte, 12)
		body = order.AppendUint32(body, uint32(len(p)))
		body = order.AppendUint32(body, uint32(len(p)))
		b = append(b, block(order, blockEnhanced, append(body, p...)...)...)
		b = append(b, block(order, 99, 1, 2, 3)...)
	}
	return b
}

// simpleNG has the two kinds of blocks that few writers use.
var simpleNG = append(append(captureNG(binary.LittleEndian, 1),
	block(binary.LittleEndian, blockSimple, 2, 0, 0, 0, 1, 2)...),
	block(binary.LittleEndian, blockObsolete, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 3)...)

// TestPacketsCutShort reads the beginnings of capture files: any may be wrong, and none may be too much.
func TestPacketsCutShort(t *testing.T) {
	for _, whole := range [][]byte{captureNG(binary.BigEndian, 1, []byte{1, 2, 3}), simpleNG, capture(binary.LittleEndian, pcapMicro, 1, []byte{1})} {
		for n := range whole {
			if _, err := packets(whole[:n]); err != nil && err.Error() == "" {
				t.Errorf("%d bytes: an error without text", n)
			}
			for _, b := range []byte{0, 0xff} {
				broken := slices.Clone(whole)
				broken[n] = b
				packets(broken)
			}
		}
	}
}

func TestPackets(t *testing.T) {
	two := [][]byte{make([]byte, 64), {1, 2, 3}}
	plain := []byte{1, 2, 3, 4, 5}
	for _, c := range []struct {
		name string
		data []byte
		want [][]byte
		err  string
	}{
		{"one packet", plain, [][]byte{plain}, ""},
		{"nothing", nil, [][]byte{nil}, ""},
		{"little-endian", capture(binary.LittleEndian, pcapMicro, 1, two...), two, ""},
		{"big-endian, nanoseconds", capture(binary.BigEndian, pcapNano, 1, two...), two, ""},
		{"no Ethernet", capture(binary.LittleEndian, pcapMicro, 101, two...), nil, "link type 101"},
		{"no packets", capture(binary.LittleEndian, pcapMicro, 1), nil, "without packets"},
		{"half a header", capture(binary.LittleEndian, pcapMicro, 1)[:20], nil, "without its header"},
		{"half a packet", capture(binary.LittleEndian, pcapMicro, 1, two...)[:100], nil, "packet 1 is cut short"},
		{"half a record", append(capture(binary.LittleEndian, pcapMicro, 1, two[1]), 0), nil, "packet 2 is cut short"},
		{"pcapng", captureNG(binary.LittleEndian, 1, two...), two, ""},
		{"pcapng, big-endian", captureNG(binary.BigEndian, 1, two...), two, ""},
		{"pcapng, two sections", append(captureNG(binary.BigEndian, 1, two[1]), captureNG(binary.LittleEndian, 1, two[0])...), [][]byte{two[1], two[0]}, ""},
		{"pcapng, simple and old blocks", simpleNG, [][]byte{{1, 2}, {3}}, ""},
		{"pcapng, no Ethernet", captureNG(binary.LittleEndian, 101, two...), nil, "link type 101"},
		{"pcapng, no packets", captureNG(binary.LittleEndian, 1), nil, "without packets"},
		{"pcapng, cut short", captureNG(binary.LittleEndian, 1, two...)[:70], nil, "the block at byte 48 is cut short"},
		{"pcapng, no order", append([]byte{0x0a, 0x0d, 0x0d, 0x0a}, make([]byte, 24)...), nil, "how its numbers lie"},
	} {
		got, err := packets(c.data)
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%s: %v, want %s", c.name, err, c.err)
			}
			continue
		}
		if err != nil || !slices.EqualFunc(got, c.want, bytes.Equal) {
			t.Errorf("%s: %x, %v", c.name, got, err)
		}
	}
}

// writeCaptures writes files that the scripts run programs on.
func writeCaptures(dir string) error {
	packet := make([]byte, 64)
	two := capture(binary.LittleEndian, pcapMicro, 1, packet, packet)
	for name, data := range map[string][]byte{"two.pcap": two, "short.pcap": two[:60], "packet.bin": packet, "jumbo.bin": make([]byte, 9000)} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o666); err != nil {
			return err
		}
	}
	return nil
}
