package object

import (
	"bytes"
	"debug/elf"
	"iter"
	"regexp"
	"slices"
	"strconv"
	"strings"

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

// FindEmbedded returns the little-endian BPF objects in a file: those that are there byte for byte, and those that texts and
// lists stand for. None is in another.
func FindEmbedded(file []byte) []Embedded {
	out := findBinary(file)
	out = append(out, findWritten(file, unquote, quotedMagic())...)
	return append(out, findWritten(file, unlist, listedMagic(), listedHexMagic())...)
}

// findWritten finds objects in what is written out: decode goes through the bytes that it stands for, from where a magic is,
// with the place in the file of what stands for each. It goes once, however many magics follow.
func findWritten(file []byte, decode func(file []byte, from int) iter.Seq2[int, byte], magics ...*regexp.Regexp) (out []Embedded) {
	var begins []int
	for _, magic := range magics {
		for _, m := range magic.FindAllIndex(file, -1) {
			begins = append(begins, m[0])
		}
	}
	slices.Sort(begins)
	end := 0
	for _, begin := range begins {
		if begin < end {
			continue
		}
		var data []byte
		for at, b := range decode(file, begin) {
			data, end = append(data, b), at+1
		}
		found, n := findBinary(data), 0
		for at := range decode(file, begin) {
			if len(found) == 0 {
				break
			}
			if found[0].Offset == n {
				out, found = append(out, Embedded{at, found[0].Data}), found[1:]
			}
			n++
		}
	}
	return out
}

// findBinary finds objects that are there byte for byte.
func findBinary(file []byte) (out []Embedded) {
	magic := []byte(elf.ELFMAG + "\x02\x01\x01") // 64 bits, little-endian
	room := len(file)
	for at := 0; room > 0; {
		i := bytes.Index(file[at:], magic)
		if i < 0 {
			break
		}
		at += i
		n, looked := bpfSize(file[at:])
		room -= looked
		if n > 0 {
			out = append(out, Embedded{at, file[at : at+n : at+n]})
			at += n
		} else {
			at += len(magic)
		}
	}
	return out
}

// bpfSize is the size of the BPF object that data begins with, 0 if it doesn't begin with one, and how many sections were
// looked at for that: many headers may name the same ones, objects have their own.
func bpfSize(data []byte) (size, looked int) {
	const header, section = 64, 64
	if len(data) < header || !bytes.HasPrefix(data, []byte(elf.ELFMAG+"\x02\x01\x01")) ||
		elf.Type(le.Uint16(data[16:])) != elf.ET_REL || elf.Machine(le.Uint16(data[18:])) != elf.EM_BPF {
		return 0, 0
	}
	table, each, n := le.Uint64(data[40:]), uint64(le.Uint16(data[58:])), int(le.Uint16(data[60:]))
	if each != section || n == 0 || table > uint64(len(data)) || table+uint64(n)*each > uint64(len(data)) {
		return 0, 0
	}
	end := table + uint64(n)*each
	for i := range n {
		s := data[table+uint64(i)*each:]
		if elf.SectionType(le.Uint32(s[4:])) == elf.SHT_NOBITS {
			continue
		}
		off, length := le.Uint64(s[24:]), le.Uint64(s[32:])
		if off > uint64(len(data)) || length > uint64(len(data))-off {
			return 0, i + 1
		}
		end = max(end, off+length)
	}
	if end > MaxSize {
		return 0, n
	}
	return int(end), n
}

// How the first bytes of an ELF file are written in a text of C, Go or Rust, and in a list of numbers. Each begins with
// letters, which are found fast in a large file.
var (
	quotedMagic    = lazyregexp.New(`\\x7[fF](?:ELF|\\x45\\x4[cC]\\x46)`)
	listedMagic    = lazyregexp.New(`127` + listedELF)
	listedHexMagic = lazyregexp.New(`0x7[fF]` + listedELF)
	listedByte     = lazyregexp.New(`^[\s,]*(0[xX][0-9a-fA-F]{1,2}|[0-9]{1,3})(?:u8)?\s*,?`)
)

const listedELF = `\s*,\s*(?:69|0x45)\s*,\s*(?:76|0x4[cC])\s*,\s*(?:70|0x46)\s*,`

// unquote goes through the bytes that a text stands for that begins inside quotes, up to where they close and no other text
// follows.
func unquote(file []byte, from int) iter.Seq2[int, byte] {
	return func(yield func(int, byte) bool) {
		for i := from; i < len(file); i++ {
			at, c := i, file[i]
			switch c {
			case '"':
				// Texts that follow each other are one in C.
				next := bytes.TrimLeft(file[i+1:], " \t\r\n")
				if len(next) == 0 || next[0] != '"' {
					return
				}
				i = len(file) - len(next)
				continue
			case '\\':
				if i++; i == len(file) {
					return
				}
				n, used := unescape(file[i:])
				if used == 0 {
					continue // the line goes on
				}
				c = n
				i += used - 1
			case '\r', '\n':
				return
			}
			if !yield(at, c) {
				return
			}
		}
	}
}

// unescape is the byte that what follows a backslash stands for, and how long that is; 0 for the end of a line.
func unescape(s []byte) (b byte, used int) {
	const named = "abtnvfr" // from 7 on, in that order
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
	case strings.IndexByte(named, c) >= 0:
		return byte('\a' + strings.IndexByte(named, c)), 1
	default:
		return c, 1
	}
}

// unlist goes through the bytes that numbers stand for that are separated by commas. The end of a longer number is none.
func unlist(file []byte, from int) iter.Seq2[int, byte] {
	return func(yield func(int, byte) bool) {
		if from > 0 && isWord(file[from-1]) {
			return
		}
		for at := from; ; {
			m := listedByte().FindSubmatchIndex(file[at:])
			if m == nil {
				return
			}
			n, err := strconv.ParseUint(string(file[at+m[2]:at+m[3]]), 0, 8)
			if err != nil || !yield(at+m[2], byte(n)) {
				return
			}
			at += m[1]
		}
	}
}

// isWord reports that a byte is part of a number or name.
func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
