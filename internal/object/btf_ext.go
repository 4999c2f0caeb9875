package object

import (
	"cmp"
	"slices"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

// extInfo is the .BTF.ext section: what belongs to single instructions.
type extInfo struct {
	funcs, lines, relos []extSection
}

// extSection are the records of one ELF section, in the file's order.
type extSection struct {
	name    string
	section int // ELF section index, 0 where no section has that name
	records [][]byte
	sorted  bool // by offset
}

// parseExt reads .BTF.ext; like libbpf, a loader ignores one that is damaged.
func parseExt(raw []byte, b *rawBTF, f *elfFile) (*extInfo, error) {
	const base = 24
	if len(raw) < base || le.Uint16(raw) != 0xeb9f || raw[2] != 1 || raw[3] != 0 {
		return nil, fail(abi.EINVAL, "BTF.ext header is not valid")
	}
	hdr := uint64(le.Uint32(raw[4:]))
	if hdr < base || hdr > uint64(len(raw)) {
		return nil, fail(abi.EINVAL, "BTF.ext header is not valid")
	}
	e := &extInfo{}
	for i, dst := range []*[]extSection{&e.funcs, &e.lines, &e.relos} {
		at := uint64(8 + 8*i)
		if at+8 > hdr {
			break
		}
		off, n := uint64(le.Uint32(raw[at:])), uint64(le.Uint32(raw[at+4:]))
		if n == 0 {
			continue
		}
		if hdr+off+n > uint64(len(raw)) || off%4 != 0 {
			return nil, fail(abi.EINVAL, "BTF.ext ends outside its section")
		}
		least := []int{8, 16, 16}[i]
		secs, err := parseExtPart(raw[hdr+off:hdr+off+n], least, b, f)
		if err != nil {
			return nil, err
		}
		*dst = secs
	}
	return e, nil
}

func parseExtPart(data []byte, least int, b *rawBTF, f *elfFile) ([]extSection, error) {
	bad := fail(abi.EINVAL, "BTF.ext records are not valid")
	if len(data) < 4 {
		return nil, bad
	}
	size := int(le.Uint32(data))
	if size < least || size > len(data) || size%4 != 0 {
		return nil, bad
	}
	data = data[4:]
	var out []extSection
	for len(data) > 0 {
		if len(data) < 8 {
			return nil, bad
		}
		s := extSection{name: b.str(le.Uint32(data))}
		n := uint64(le.Uint32(data[4:]))
		data = data[8:]
		if n == 0 || n*uint64(size) > uint64(len(data)) {
			return nil, bad
		}
		s.records = make([][]byte, n)
		for i := range s.records {
			s.records[i] = data[i*size : (i+1)*size : (i+1)*size]
		}
		data = data[n*uint64(size):]
		s.sorted = slices.IsSortedFunc(s.records, func(a, b []byte) int { return cmp.Compare(le.Uint32(a), le.Uint32(b)) })
		if s.name != "" {
			s.section = f.find(s.name)
		}
		out = append(out, s)
	}
	return out, nil
}

// of returns the records of an ELF section that lie in [from, to) (in
// instructions), as a loader cuts them out for one function.
func of(secs []extSection, section int, from, to uint32) [][]byte {
	for i := range secs {
		s := &secs[i]
		if s.section != section {
			continue
		}
		if s.sorted {
			after := func(n uint32) int {
				at, _ := slices.BinarySearchFunc(s.records, n, func(r []byte, n uint32) int { return cmp.Compare(le.Uint32(r)/insnSize, n) })
				return at
			}
			if a, b := after(from), after(to); a < b {
				return s.records[a:b]
			}
			return nil
		}
		first, last := -1, -1
		for k, r := range s.records {
			off := le.Uint32(r) / insnSize
			if off < from {
				continue
			}
			if off >= to {
				break
			}
			if first < 0 {
				first = k
			}
			last = k
		}
		if first < 0 {
			return nil
		}
		return s.records[first : last+1]
	}
	return nil
}
