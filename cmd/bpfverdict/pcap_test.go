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
		{"pcapng", []byte{0x0a, 0x0d, 0x0d, 0x0a, 0}, nil, "editcap"},
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
