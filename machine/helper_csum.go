package machine

import (
	"encoding/binary"
	"math/bits"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
)

func init() {
	registerHelpers(map[string]implementation{
		"csum_diff":       csumDiff,
		"csum_update":     onPacket(csumUpdate),
		"l3_csum_replace": onPacket(l3CsumReplace),
		"l4_csum_replace": onPacket(l4CsumReplace),
	})
}

// csumAdd adds b to a sum of 16-bit words, padded with zero, as they lie in memory.
func csumAdd(sum uint64, b []byte) uint64 {
	for len(b) >= 2 {
		sum += uint64(binary.LittleEndian.Uint16(b))
		b = b[2:]
	}
	if len(b) > 0 {
		sum += uint64(b[0])
	}
	return sum
}

// csumFold brings a sum to 16 bits, with the carries added.
func csumFold(sum uint64) uint16 {
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return uint16(sum)
}

// csumDiff gives the sum by which a checksum changes when r1 (r2 bytes) becomes r3 (r4 bytes), beginning with r5.
func csumDiff(c *CPU, a *args) (uint64, error) {
	fromSize, toSize, seed := uint32(a[1]), uint32(a[3]), uint32(a[4])
	if (fromSize|toSize)%4 != 0 {
		return failure(abi.EINVAL), nil
	}
	from, err := c.m.mem.read(a[0], fromSize)
	if err != nil {
		return 0, err
	}
	to, err := c.m.mem.read(a[2], toSize)
	if err != nil {
		return 0, err
	}
	if !c.m.k.Has(kmodel.CsumDiffFolded) {
		return csumDiffUnfolded(from, to, seed), nil
	}
	sum := csumAdd(uint64(seed), to)
	if fromSize > 0 {
		sum += uint64(^csumFold(csumAdd(0, from)))
	}
	return uint64(csumFold(sum)), nil
}

// csumDiffUnfolded is csumDiff as kernels before 6.13 have it on x86: 32 bits, summed up in words of 64.
func csumDiffUnfolded(from, to []byte, seed uint32) uint64 {
	const most = 512
	if len(from)+len(to) > most {
		return failure(abi.EINVAL)
	}
	var diff []byte
	for _, b := range from {
		diff = append(diff, ^b)
	}
	diff = append(diff, to...)
	sum, carry := uint64(seed), uint64(0)
	for len(diff) > 0 {
		word := make([]byte, 8)
		n := copy(word, diff)
		diff = diff[n:]
		sum, carry = bits.Add64(sum, binary.LittleEndian.Uint64(word), carry)
	}
	sum += carry
	return (sum + bits.RotateLeft64(sum, 32)) >> 32
}

// csumUpdate is for packets whose checksum the device has computed, which tests' have not.
func csumUpdate(*CPU, *skb, *args) abi.Errno { return abi.ENOTSUPP }

// Flags of the csum_replace helpers.
const (
	csumFieldMask  = 0xf // size of the field that changed; 0: from is 0 and to a difference
	csumPseudo     = 1 << 4
	csumMangled0   = 1 << 5
	csumEnforce    = 1 << 6
	csumIPv6       = 1 << 7
	l4CsumAllFlags = csumFieldMask | csumPseudo | csumMangled0 | csumEnforce | csumIPv6
)

func l3CsumReplace(_ *CPU, s *skb, a *args) abi.Errno {
	if a[4]&^csumFieldMask != 0 {
		return abi.EINVAL
	}
	at, e := s.checksum(uint32(a[1]))
	if e != 0 {
		return e
	}
	return csumReplace(at, a[2], a[3], a[4])
}

func l4CsumReplace(_ *CPU, s *skb, a *args) abi.Errno {
	if a[4]&^l4CsumAllFlags != 0 {
		return abi.EINVAL
	}
	at, e := s.checksum(uint32(a[1]))
	if e != 0 {
		return e
	}
	mangled := a[4]&csumMangled0 != 0
	if mangled && a[4]&csumEnforce == 0 && number(at) == 0 {
		return 0
	}
	if e := csumReplace(at, a[2], a[3], a[4]); e != 0 {
		return e
	}
	if mangled && number(at) == 0 {
		putNumber(at, 0xffff)
	}
	return 0
}

// checksum is the packet's checksum at an offset.
func (s *skb) checksum(off uint32) ([]byte, abi.Errno) {
	if off > 0xffff || off%2 != 0 || off+2 > s.len() {
		return nil, abi.EFAULT
	}
	return s.pkt.bytes()[off : off+2], 0
}

// csumReplace updates a checksum for a field that was from and is to, or for a difference.
func csumReplace(at []byte, from, to, flags uint64) abi.Errno {
	sum := uint64(^uint16(number(at)))
	switch flags & csumFieldMask {
	case 0:
		if from != 0 {
			return abi.EINVAL
		}
		sum += uint64(uint32(to))
	case 2:
		sum += uint64(^uint16(from)) + uint64(uint16(to))
	case 4:
		sum += uint64(^uint32(from)) + uint64(uint32(to))
	default:
		return abi.EINVAL
	}
	putNumber(at, uint64(^csumFold(sum)))
	return 0
}
