package wasm

// appendUint appends v as LEB128.
func appendUint(b []byte, v uint64) []byte {
	for v >= 0x80 {
		b = append(b, byte(v)|0x80)
		v >>= 7
	}
	return append(b, byte(v))
}

// appendInt appends v as signed LEB128: bit 6 of the last byte is the sign.
func appendInt(b []byte, v int64) []byte {
	for v < -0x40 || v >= 0x40 {
		b = append(b, byte(v)|0x80)
		v >>= 7
	}
	return append(b, byte(v)&0x7f)
}

// appendBytes appends s with its length in front.
func appendBytes[S ~string | ~[]byte](b []byte, s S) []byte {
	b = appendUint(b, uint64(len(s)))
	return append(b, s...)
}
