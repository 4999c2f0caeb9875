package object

import (
	"bytes"
	"debug/elf"
	"strconv"

	"github.com/bpfverdict/bpfverdict/internal/lazyregexp"
)

// Programs carry the objects that they load in themselves: executables as bytes among their data, sources and the headers
// that bpftool makes as a text or a list of numbers.

// Embedded is an object in a file that is something else.
type Embedded struct {
	Offset int // in the file, of its first byte or what stands for it
	Data   []byte
}

// MaxEmbedded bounds the files that objects are looked for in, in bytes.
const MaxEmbedded = 1 << 30

// FindEmbedded returns the little-endian BPF objects in a file, in its order.
func FindEmbedded(file []byte) []Embedded {
	out := findBinary(file)
	for _, at := range quotedMagic().FindAllIndex(file, -1) {
		out = append(out, textual(at[0], unquote(file[at[0]:]))...)
	}
	for _, at := range listedMagic().FindAllIndex(file, -1) {
		out = append(out, textual(at[0], unlist(file[at[0]:]))...)
	}
	return out
}

// textual is the object at the beginning of what a text stands for, if there is one.
func textual(at int, data []byte) []Embedded {
	if n := bpfSize(data); n > 0 {
		return []Embedded{{at, data[:n]}}
	}
	return nil
}

// findBinary finds objects that are there byte for byte.
func findBinary(file []byte) (out []Embedded) {
	magic := []byte(elf.ELFMAG + "\x02\x01\x01") // 64 bits, little-endian
	for at := 0; ; {
		i := bytes.Index(file[at:], magic)
		if i < 0 {
			return out
		}
		at += i
		if n := bpfSize(file[at:]); n > 0 {
			out = append(out, Embedded{at, file[at : at+n : at+n]})
			at += n
		} else {
			at += len(magic)
		}
	}
}

// bpfSize is the size of the BPF object that data begins with, 0 if it doesn't begin with one.
func bpfSize(data []byte) int {
	const header, section = 64, 64
	if len(data) < header || !bytes.HasPrefix(data, []byte(elf.ELFMAG+"\x02\x01\x01")) ||
		elf.Type(le.Uint16(data[16:])) != elf.ET_REL || elf.Machine(le.Uint16(data[18:])) != elf.EM_BPF {
		return 0
	}
	table, each, n := le.Uint64(data[40:]), uint64(le.Uint16(data[58:])), uint64(le.Uint16(data[60:]))
	if each != section || n == 0 || table > uint64(len(data)) || table+n*each > uint64(len(data)) {
		return 0
	}
	size := table + n*each
	for i := range n {
		s := data[table+i*each:]
		if elf.SectionType(le.Uint32(s[4:])) == elf.SHT_NOBITS {
			continue
		}
		off, length := le.Uint64(s[24:]), le.Uint64(s[32:])
		if off > uint64(len(data)) || length > uint64(len(data))-off {
			return 0
		}
		size = max(size, off+length)
	}
	if size > MaxSize {
		return 0
	}
	return int(size)
}

// How the first bytes of an ELF file are written in a text of C, Go or Rust, and in a list of numbers.
var (
	quotedMagic = lazyregexp.New(`\\x7[fF](?:ELF|\\x45\\x4[cC]\\x46)`)
	listedMagic = lazyregexp.New(`(?:\b127|0x7[fF])\s*,\s*(?:69|0x45)\s*,\s*(?:76|0x4[cC])\s*,\s*(?:70|0x46)\s*,`)
	listedByte  = lazyregexp.New(`^[\s,]*(0[xX][0-9a-fA-F]{1,2}|[0-9]{1,3})(?:u8)?\s*,?`)
)

// unquote is what a text stands for that begins inside quotes, up to where they close and no other text follows.
func unquote(text []byte) []byte {
	var out []byte
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case '"':
			// Texts that follow each other are one in C.
			next := bytes.TrimLeft(text[i+1:], " \t\r\n")
			if len(next) == 0 || next[0] != '"' {
				return out
			}
			i = len(text) - len(next)
		case '\\':
			if i++; i == len(text) {
				return out
			}
			n, used := unescape(text[i:])
			if used == 0 {
				continue // the line goes on
			}
			out = append(out, n)
			i += used - 1
		case '\r', '\n':
			return out
		default:
			out = append(out, c)
		}
	}
	return out
}

// unescape is the byte that what follows a backslash stands for, and how long that is; 0 for the end of a line.
func unescape(s []byte) (b byte, used int) {
	named := map[byte]byte{'n': '\n', 't': '\t', 'r': '\r', 'a': 7, 'b': 8, 'f': 12, 'v': 11}
	switch c := s[0]; {
	case c == 'x' && len(s) > 2:
		n, err := strconv.ParseUint(string(s[1:3]), 16, 8)
		if err != nil {
			return c, 1
		}
		return byte(n), 3
	case c >= '0' && c <= '7':
		for used < 3 && used < len(s) && s[used] >= '0' && s[used] <= '7' {
			b = b<<3 | (s[used] - '0')
			used++
		}
		return b, used
	case c == '\n' || c == '\r':
		return 0, 0
	case named[c] != 0:
		return named[c], 1
	default:
		return c, 1
	}
}

// unlist is what numbers stand for that are separated by commas.
func unlist(text []byte) []byte {
	var out []byte
	for {
		m := listedByte().FindSubmatch(text)
		if m == nil {
			return out
		}
		n, err := strconv.ParseUint(string(m[1]), 0, 8)
		if err != nil {
			return out
		}
		out = append(out, byte(n))
		text = text[len(m[0]):]
	}
}
