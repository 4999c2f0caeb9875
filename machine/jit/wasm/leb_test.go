package wasm

import (
	"bytes"
	"encoding/binary"
	"math"
	"testing"
)

func TestUint(t *testing.T) {
	for _, v := range []uint64{0, 1, 0x7f, 0x80, 0x3fff, 0x4000, math.MaxUint32, math.MaxUint64} {
		if got, want := appendUint(nil, v), binary.AppendUvarint(nil, v); !bytes.Equal(got, want) {
			t.Errorf("%d: % x, want % x", v, got, want)
		}
	}
}

// The examples are those of the DWARF standard, which the encoding comes from.
func TestInt(t *testing.T) {
	tests := []struct {
		v    int64
		want []byte
	}{
		{2, []byte{2}}, {-2, []byte{0x7e}}, {127, []byte{127 + 0x80, 0}}, {-127, []byte{1 + 0x80, 0x7f}},
		{128, []byte{0x80, 1}}, {-128, []byte{0x80, 0x7f}}, {129, []byte{1 + 0x80, 1}}, {-129, []byte{0x7f + 0x80, 0x7e}},
		{math.MinInt64, []byte{0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f}},
	}
	for _, tt := range tests {
		if got := appendInt(nil, tt.v); !bytes.Equal(got, tt.want) {
			t.Errorf("%d: % x, want % x", tt.v, got, tt.want)
		}
	}
}
