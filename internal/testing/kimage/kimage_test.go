package kimage

import (
	"encoding/binary"
	"testing"
)

// image is one section of code at 0x1000 and one of data at 0x2000.
func image(code, data []byte, symbols ...Symbol) *Image {
	im := &Image{byName: map[string]uint64{}, byAddr: map[uint64]string{}, sections: []section{{".text", 0x1000, code}, {".data", 0x2000, data}}}
	for _, s := range symbols {
		im.addSymbol(s)
	}
	return im
}

func TestCallsOf(t *testing.T) {
	code := []byte{
		0x90,                                              // 0x1000: first
		0xbf, 3, 0, 0, 0, 0x48, 0xc7, 0xc6, 0, 0x20, 0, 0, // edi = 3, rsi = 0x2000
		0xe8, 0x0e, 0, 0, 0, // 0x100d: call 0x1020
		0x31, 0xff, 0x48, 0xc7, 0xc6, 8, 0x20, 0, 0, // edi = 0, rsi = 0x2008
		0xe9, 0, 0, 0, 0, // 0x101b: jmp 0x1020, the last call of a function
		0xc3,
	}
	im := image(code, nil, Symbol{0x1000, 'T', "first"}, Symbol{0x1020, 'T', "register"})
	got := im.CallsOf("register")
	want := []Call{{"first", [2]uint64{3, 0x2000}}, {"first", [2]uint64{0, 0x2008}}}
	if len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("calls %+v, want %+v", got, want)
	}
	if calls := im.CallsOf("nobody"); calls != nil {
		t.Errorf("calls of a function that there isn't: %+v", calls)
	}
}

func TestSymbols(t *testing.T) {
	im := image([]byte{1, 2, 3, 4}, binary.LittleEndian.AppendUint32(nil, 7),
		Symbol{0x1000, 't', "f"}, Symbol{0x1002, 't', "g"}, Symbol{0x2000, 'd', "__BTF_ID__set__s"}, Symbol{0x2000, 'd', "s"})
	if name, off := im.Function(0x1003); name != "g" || off != 1 {
		t.Errorf("0x1003 is in %s+%d", name, off)
	}
	if im.NameAt(0x2000) != "s" || im.Uint(0x2000, 4) != 7 || im.Bytes(0x2001, 4) != nil {
		t.Error("what is at 0x2000:", im.NameAt(0x2000), im.Uint(0x2000, 4), im.Bytes(0x2001, 4))
	}
}
