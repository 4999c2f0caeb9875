//go:build linux

// Genctx asks the running kernel which accesses to each program type's context it accepts and what
// a load gives, and writes a kernel's ctx.go. It needs root and that kernel. The kernel's kernel.go has the command.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"go/format"
	"log"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/cilium/ebpf/asm"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/testing/bpfsys"
)

// kind is a program type with the attach types to try; one that stands for all others is first.
type kind struct {
	typ     abi.ProgType
	name    string
	attach  []abi.AttachType
	ctxSize int // bytes to try
}

func seq(lo, hi abi.AttachType) []abi.AttachType {
	var s []abi.AttachType
	for a := lo; a <= hi; a++ {
		s = append(s, a)
	}
	return s
}

var none = []abi.AttachType{0}

var kinds = []kind{
	{abi.PROG_TYPE_SOCKET_FILTER, "SOCKET_FILTER", none, 256},
	{abi.PROG_TYPE_KPROBE, "KPROBE", []abi.AttachType{0, abi.ATTACH_TRACE_KPROBE_MULTI, abi.ATTACH_TRACE_UPROBE_MULTI, abi.ATTACH_TRACE_KPROBE_SESSION}, 256},
	{abi.PROG_TYPE_SCHED_CLS, "SCHED_CLS", none, 256},
	{abi.PROG_TYPE_SCHED_ACT, "SCHED_ACT", none, 256},
	{abi.PROG_TYPE_TRACEPOINT, "TRACEPOINT", none, 8256},
	{abi.PROG_TYPE_XDP, "XDP", []abi.AttachType{0, abi.ATTACH_XDP, abi.ATTACH_XDP_DEVMAP, abi.ATTACH_XDP_CPUMAP}, 64},
	{abi.PROG_TYPE_PERF_EVENT, "PERF_EVENT", none, 256},
	{abi.PROG_TYPE_CGROUP_SKB, "CGROUP_SKB", seq(0, 1), 256},
	{abi.PROG_TYPE_CGROUP_SOCK, "CGROUP_SOCK", []abi.AttachType{2, 12, 13, 34}, 128},
	{abi.PROG_TYPE_LWT_IN, "LWT_IN", none, 256},
	{abi.PROG_TYPE_LWT_OUT, "LWT_OUT", none, 256},
	{abi.PROG_TYPE_LWT_XMIT, "LWT_XMIT", none, 256},
	{abi.PROG_TYPE_SOCK_OPS, "SOCK_OPS", none, 320},
	{abi.PROG_TYPE_SK_SKB, "SK_SKB", none, 256},
	{abi.PROG_TYPE_CGROUP_DEVICE, "CGROUP_DEVICE", none, 64},
	{abi.PROG_TYPE_SK_MSG, "SK_MSG", none, 128},
	{abi.PROG_TYPE_RAW_TRACEPOINT, "RAW_TRACEPOINT", none, 256},
	{abi.PROG_TYPE_CGROUP_SOCK_ADDR, "CGROUP_SOCK_ADDR", []abi.AttachType{8, 9, 10, 11, 14, 15, 19, 20, 29, 30, 31, 32, 49, 50, 51, 52, 53}, 128},
	{abi.PROG_TYPE_LWT_SEG6LOCAL, "LWT_SEG6LOCAL", none, 256},
	{abi.PROG_TYPE_SK_REUSEPORT, "SK_REUSEPORT", []abi.AttachType{39, 40}, 128},
	{abi.PROG_TYPE_FLOW_DISSECTOR, "FLOW_DISSECTOR", none, 256},
	{abi.PROG_TYPE_CGROUP_SYSCTL, "CGROUP_SYSCTL", none, 64},
	{abi.PROG_TYPE_RAW_TRACEPOINT_WRITABLE, "RAW_TRACEPOINT_WRITABLE", none, 256},
	{abi.PROG_TYPE_CGROUP_SOCKOPT, "CGROUP_SOCKOPT", []abi.AttachType{21, 22}, 64},
	{abi.PROG_TYPE_SK_LOOKUP, "SK_LOOKUP", []abi.AttachType{36}, 128},
	{abi.PROG_TYPE_NETFILTER, "NETFILTER", []abi.AttachType{45}, 64},
}

// cell is what the kernel says of accesses at one offset: masks of sizes (bit n: 1<<n bytes).
type cell struct {
	read, sext, write uint8
	typ               [4]string // what a load of that size gives
}

var asmSize = [4]asm.Size{asm.Byte, asm.Half, asm.Word, asm.DWord}

var typeRE = regexp.MustCompile(`R2(?:_w)?=(\w+)`)

func probe(k kind, at abi.AttachType) []cell {
	cells := make([]cell, k.ctxSize)
	try := func(in asm.Instruction) (string, bool) {
		text, errno := bpfsys.Load(bpfsys.Prog{
			Type: uint32(k.typ), Attach: uint32(at), LogLevel: 2,
			Insns: asm.Instructions{asm.Mov.Imm(asm.R0, 0), in, asm.Mov.Imm(asm.R0, 0), asm.Return()},
		})
		if text == "" {
			log.Fatalf("%s/%d: no log: %v", k.name, at, errno)
		}
		if !strings.Contains(text, "\n2: (b7)") {
			return "", false
		}
		if m := typeRE.FindStringSubmatch(text); m != nil {
			return m[1], true
		}
		return "", true
	}
	for off := range cells {
		for s, size := range asmSize {
			if off%(1<<s) != 0 {
				continue
			}
			if t, ok := try(asm.LoadMem(asm.R2, asm.R1, int16(off), size)); ok {
				cells[off].read |= 1 << s
				cells[off].typ[s] = t
			}
			if s < 3 {
				if _, ok := try(asm.LoadMemSX(asm.R2, asm.R1, int16(off), size)); ok {
					cells[off].sext |= 1 << s
				}
			}
			if _, ok := try(asm.StoreMem(asm.R1, int16(off), asm.R0, size)); ok {
				cells[off].write |= 1 << s
			}
		}
	}
	return cells
}

// field is a row of the table.
type field struct {
	off, size, count int
	read, write      string
	noSext           bool
	typ              string
}

func main() {
	log.SetFlags(0)
	pkg := flag.String("package", "", "Go package of the kernel")
	flag.Parse()
	release, ok := bpfsys.Release()
	if !ok {
		log.Fatal("needs root")
	}
	layouts := map[string]int{}
	var texts []string
	var uses bytes.Buffer
	for _, k := range kinds {
		var first int
		for i, at := range k.attach {
			text := fields(probe(k, at))
			n, ok := layouts[text]
			if !ok {
				n = len(texts)
				layouts[text] = n
				texts = append(texts, text)
			}
			if i == 0 {
				first = n
				if at == 0 || len(k.attach) == 1 {
					fmt.Fprintf(&uses, "{Type: %d, AnyAttach: true, Layout: %d}, // %s\n", k.typ, n, k.name)
					continue
				}
			} else if k.attach[0] == 0 && n == first {
				continue
			}
			fmt.Fprintf(&uses, "{Type: %d, Attach: %d, Layout: %d}, // %s\n", k.typ, at, n, k.name)
		}
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "// Code generated by internal/cmd/genctx from a running Linux %s. DO NOT EDIT.\n\npackage %s\n\n", release, *pkg)
	b.WriteString("import (\n\"github.com/bpfverdict/bpfverdict/internal/abi\"\n\"github.com/bpfverdict/bpfverdict/internal/kdata\"\n)\n\n")
	b.WriteString("// ctxLayouts are the distinct contexts.\nvar ctxLayouts = [][]kdata.CtxField{\n")
	for i, t := range texts {
		fmt.Fprintf(&b, "%d: {\n%s},\n", i, t)
	}
	b.WriteString("}\n\n// ctxUses say which program has which layout; the last that fits counts.\nvar ctxUses = []kdata.CtxUse{\n")
	b.Write(uses.Bytes())
	b.WriteString("}\n")
	out, err := format.Source(b.Bytes())
	if err != nil {
		os.Stdout.Write(b.Bytes())
		log.Fatal(err)
	}
	os.Stdout.Write(out)
}

var goTypes = map[string]string{
	"scalar": "SCALAR_VALUE", "pkt": "PTR_TO_PACKET", "pkt_meta": "PTR_TO_PACKET_META", "pkt_end": "PTR_TO_PACKET_END",
	"sock": "PTR_TO_SOCKET", "sock_or_null": "PTR_TO_SOCKET | abi.PTR_MAYBE_NULL",
	"sock_common_or_null": "PTR_TO_SOCK_COMMON | abi.PTR_MAYBE_NULL", "flow_keys": "PTR_TO_FLOW_KEYS",
	"tp_buffer": "PTR_TO_TP_BUFFER",
}

func goType(t string) string {
	if name, ok := strings.CutPrefix(t, "trusted_ptr_"); ok {
		return fmt.Sprintf("Type: abi.PTR_TO_BTF_ID | abi.PTR_TRUSTED, Struct: %q", name)
	}
	g := goTypes[t]
	if g == "" {
		log.Fatalf("unknown register type %q", t)
	}
	return "Type: abi." + g
}

// masksFor lists, for the bytes of a field, the sizes allowed at each when access is exact or narrow.
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

// fields finds rows that together allow exactly what the kernel allows.
func fields(cells []cell) string {
	var out []field
	left := slices.Clone(cells)
	take := func(off, size int) (field, bool) {
		f := field{off: off, size: size, count: 1}
		s := slices.Index([]int{1, 2, 4, 8}, size)
		pick := func(get func(*cell) *uint8) string {
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
		if left[off].read&(1<<s) != 0 {
			f.typ = cells[off].typ[s]
			f.read = pick(func(c *cell) *uint8 { return &c.read })
			if f.typ != "scalar" && f.read == "narrow" && size > 1 {
				log.Fatalf("narrow load of %s", f.typ)
			}
			sx := mask(f.read, size, 0) & 7
			if sx != 0 && cells[off].sext&sx != sx {
				if cells[off].sext&sx != 0 {
					log.Fatalf("offset %d: some sign extensions only", off)
				}
				f.noSext = true
			}
		}
		if left[off].write&(1<<s) != 0 {
			f.write = pick(func(c *cell) *uint8 { return &c.write })
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
					if l.off+l.size*l.count == f.off && l.size == f.size && l.read == f.read && l.write == f.write && l.noSext == f.noSext && l.typ == f.typ {
						l.count++
						continue
					}
				}
				out = append(out, f)
			}
		}
	}
	for off, c := range left {
		if c.read != 0 || c.write != 0 {
			log.Fatalf("offset %d not covered: %+v", off, c)
		}
	}
	access := map[string]string{"none": "kdata.CtxNone", "exact": "kdata.CtxExact", "narrow": "kdata.CtxNarrow", "": "kdata.CtxNone"}
	var b strings.Builder
	for _, f := range out {
		fmt.Fprintf(&b, "{Off: %d, Size: %d, Count: %d", f.off, f.size, f.count)
		if f.read != "" && f.read != "none" {
			fmt.Fprintf(&b, ", Read: %s, %s", access[f.read], goType(f.typ))
		}
		if f.write != "" && f.write != "none" {
			fmt.Fprintf(&b, ", Write: %s", access[f.write])
		}
		if f.noSext {
			b.WriteString(", NoSext: true")
		}
		b.WriteString("},\n")
	}
	return b.String()
}
