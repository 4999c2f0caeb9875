package main

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/testing/asked"
)

// contexts are the distinct layouts of contexts and which programs have which.
func (g *generator) contexts() ([]byte, error) {
	layouts := map[string]int{}
	var texts []string
	var uses bytes.Buffer
	first := map[abi.ProgType]int{}
	for i := range g.answers.Contexts {
		c := &g.answers.Contexts[i]
		text, err := layout(c)
		if err != nil {
			return nil, fmt.Errorf("%v: %w", c.Type, err)
		}
		n, ok := layouts[text]
		if !ok {
			n = len(texts)
			layouts[text] = n
			texts = append(texts, text)
		}
		before, again := first[c.Type]
		if !again {
			first[c.Type] = n
			fmt.Fprintf(&uses, "{Type: %s, AnyAttach: true, Layout: %d},\n", progType(c.Type), n)
		} else if n != before {
			fmt.Fprintf(&uses, "{Type: %s, Attach: %s, Layout: %d},\n", progType(c.Type), g.attachName(c.Type, c.Attach), n)
		}
	}
	var b bytes.Buffer
	b.WriteString("// ctxLayouts are the distinct contexts.\nvar ctxLayouts = [][]kdata.CtxField{\n")
	for i, t := range texts {
		fmt.Fprintf(&b, "%d: {\n%s},\n", i, t)
	}
	b.WriteString("}\n\n// ctxUses say which program has which layout; the last that fits counts.\nvar ctxUses = []kdata.CtxUse{\n")
	b.Write(uses.Bytes())
	b.WriteString("}\n")
	return b.Bytes(), nil
}

// field is a row of the table.
type field struct {
	off, size, count int
	read, write      string
	noSext           bool
	unconverted      bool
	typ              string
}

var goTypes = map[string]string{
	"scalar": "SCALAR_VALUE", "pkt": "PTR_TO_PACKET", "pkt_meta": "PTR_TO_PACKET_META", "pkt_end": "PTR_TO_PACKET_END",
	"sock": "PTR_TO_SOCKET", "sock_or_null": "PTR_TO_SOCKET | abi.PTR_MAYBE_NULL",
	"sock_common_or_null": "PTR_TO_SOCK_COMMON | abi.PTR_MAYBE_NULL", "flow_keys": "PTR_TO_FLOW_KEYS",
	"tp_buffer": "PTR_TO_TP_BUFFER",
}

// goType is a register's type, as the kernel writes it, in the words of package abi; false for one that is not known.
func goType(t string) (string, bool) {
	if name, ok := strings.CutPrefix(t, "trusted_ptr_"); ok {
		return fmt.Sprintf("Type: abi.PTR_TO_BTF_ID | abi.PTR_TRUSTED, Struct: %q", name), true
	}
	return "Type: abi." + goTypes[t], goTypes[t] != ""
}

// mask lists, for the bytes of a field, the sizes allowed at each when access is exact or narrow.
func mask(mode string, size, at int) uint8 {
	var m uint8
	for s := range 4 {
		w := 1 << s
		switch {
		case mode == "exact" && at == 0 && w == size, mode == "narrow" && w <= size && at%w == 0 && at+w <= size:
			m |= 1 << s
		}
	}
	return m
}

// layout finds rows that together allow exactly what the kernel allows.
func layout(c *asked.Context) (text string, err error) {
	cells := spread(c)
	var out []field
	left := slices.Clone(cells)
	bad := func(format string, args ...any) {
		if err == nil {
			err = fmt.Errorf(format, args...)
		}
	}
	take := func(off, size int) (field, bool) {
		f := field{off: off, size: size, count: 1}
		s := slices.Index([]int{1, 2, 4, 8}, size)
		pick := func(get func(*asked.Cell) *uint8) string {
			for _, mode := range []string{"narrow", "exact"} {
				ok := true
				for i := 0; i < size && ok; i++ {
					want := mask(mode, size, i)
					ok = off+i < len(left) && *get(&left[off+i])&want == want
				}
				if ok {
					for i := range size {
						*get(&left[off+i]) &^= mask(mode, size, i)
					}
					return mode
				}
			}
			return "none"
		}
		if left[off].Read&(1<<s) != 0 {
			f.typ = cells[off].Types[s]
			f.read = pick(func(c *asked.Cell) *uint8 { return &c.Read })
			if f.typ != "scalar" && f.read == "narrow" && size > 1 {
				bad("narrow load of %s", f.typ)
			}
			sx := mask(f.read, size, 0) & 7
			if sx != 0 && cells[off].Sext&sx != sx {
				if cells[off].Sext&sx != 0 {
					bad("offset %d: some sign extensions only", off)
				}
				f.noSext = true
			}
			if un := mask(f.read, size, 0); cells[off].Unconverted&un != 0 {
				if cells[off].Unconverted&un != un {
					bad("offset %d: some loads only have code", off)
				}
				f.unconverted = true
			}
		}
		if left[off].Write&(1<<s) != 0 {
			f.write = pick(func(c *asked.Cell) *uint8 { return &c.Write })
		}
		return f, f.read != "" || f.write != ""
	}
	for off := 0; off < len(cells); off++ {
		for _, size := range []int{8, 4, 2, 1} {
			if off%size != 0 {
				continue
			}
			if f, ok := take(off, size); ok {
				if n := len(out); n > 0 {
					l := &out[n-1]
					if l.off+l.size*l.count == f.off && l.size == f.size && l.read == f.read && l.write == f.write && l.noSext == f.noSext && l.unconverted == f.unconverted && l.typ == f.typ {
						l.count++
						continue
					}
				}
				out = append(out, f)
			}
		}
	}
	for off, c := range left {
		if c.Read != 0 || c.Write != 0 {
			bad("offset %d not covered: %+v", off, c)
		}
	}
	access := map[string]string{"none": "kdata.CtxNone", "exact": "kdata.CtxExact", "narrow": "kdata.CtxNarrow", "": "kdata.CtxNone"}
	var b strings.Builder
	for _, f := range out {
		fmt.Fprintf(&b, "{Off: %d, Size: %d, Count: %d", f.off, f.size, f.count)
		if f.read != "" && f.read != "none" {
			typ, ok := goType(f.typ)
			if !ok {
				bad("offset %d: unknown register type %q", f.off, f.typ)
			}
			fmt.Fprintf(&b, ", Read: %s, %s", access[f.read], typ)
		}
		if f.write != "" && f.write != "none" {
			fmt.Fprintf(&b, ", Write: %s", access[f.write])
		}
		if f.noSext {
			b.WriteString(", NoSext: true")
		}
		if f.unconverted {
			b.WriteString(", Unconverted: true")
		}
		b.WriteString("},\n")
	}
	return b.String(), err
}

// spread are the cells by offset. Where only the beginning and the end of a long context were asked, what is between
// is as at the end of the beginning.
func spread(c *asked.Context) []asked.Cell {
	offsets := slices.Sorted(maps.Keys(c.Cells))
	if len(offsets) == 0 {
		return nil
	}
	cells := make([]asked.Cell, offsets[len(offsets)-1]+8)
	for i := range cells {
		cell, ok := c.Cells[i]
		if !ok && i >= beginning && i < end && len(cells) > end {
			cell = c.Cells[beginning-8+i%8]
		}
		cells[i] = cell
	}
	return cells
}

// A context longer than beginning bytes was asked from end on.
const beginning, end = 256, 8128
