package kimage

import (
	"bytes"
	"encoding/binary"
)

// Call is a call of a function that the image's code makes with constant arguments.
type Call struct {
	Caller string
	Args   [2]uint64 // those that are known
}

// CallsOf finds the calls of a function in the image's x86 code and the constants in the first two argument
// registers: what code has put there in the few instructions before, with nothing in between but more of these.
func (im *Image) CallsOf(fn string) []Call {
	target, ok := im.Addr(fn)
	if !ok {
		return nil
	}
	var calls []Call
	for _, s := range im.sections {
		if s.name != ".text" && s.name != ".init.text" {
			continue
		}
		for at := 0; at+5 <= len(s.data); at++ {
			op := s.data[at]
			if op != 0xe8 && op != 0xe9 { // call, and jmp where it is the last
				continue
			}
			next := s.addr + uint64(at) + 5
			if next+uint64(int64(int32(binary.LittleEndian.Uint32(s.data[at+1:])))) != target {
				continue
			}
			c := Call{}
			c.Caller, _ = im.Function(next - 5)
			c.Args[0] = lastConstant(s.data[max(0, at-96):at], []byte{0xbf}, []byte{0x31, 0xff}, []byte{0x48, 0xc7, 0xc7})
			c.Args[1] = lastConstant(s.data[max(0, at-96):at], []byte{0xbe}, []byte{0x31, 0xf6}, []byte{0x48, 0xc7, 0xc6})
			calls = append(calls, c)
		}
	}
	return calls
}

// lastConstant finds the last of three forms: mov imm32, xor of a register with itself, mov of a signed imm32.
func lastConstant(code, mov, zero, movSigned []byte) (v uint64) {
	at := -1
	if i := bytes.LastIndex(code, movSigned); i >= 0 && i+7 <= len(code) {
		at, v = i, uint64(int64(int32(binary.LittleEndian.Uint32(code[i+3:]))))
	}
	if i := bytes.LastIndex(code, zero); i > at {
		at, v = i, 0
	}
	if i := bytes.LastIndex(code, mov); i > at && i+5 <= len(code) {
		if n := uint64(binary.LittleEndian.Uint32(code[i+1:])); n < 64 { // a small number, not a byte of another instruction
			v = n
		}
	}
	return v
}
