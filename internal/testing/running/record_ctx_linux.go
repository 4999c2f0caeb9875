package running

import (
	"regexp"
	"strings"

	"github.com/cilium/ebpf/asm"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/testing/asked"
	"github.com/bpfverdict/bpfverdict/internal/testing/bpfsys"
)

// ctxSizes are how many bytes of a context to try; types that are not here have no context of that sort.
var ctxSizes = map[abi.ProgType]int{
	abi.PROG_TYPE_SOCKET_FILTER: 256, abi.PROG_TYPE_KPROBE: 256, abi.PROG_TYPE_SCHED_CLS: 256, abi.PROG_TYPE_SCHED_ACT: 256,
	abi.PROG_TYPE_TRACEPOINT: 256, abi.PROG_TYPE_XDP: 64, abi.PROG_TYPE_PERF_EVENT: 256, abi.PROG_TYPE_CGROUP_SKB: 256,
	abi.PROG_TYPE_CGROUP_SOCK: 128, abi.PROG_TYPE_LWT_IN: 256, abi.PROG_TYPE_LWT_OUT: 256, abi.PROG_TYPE_LWT_XMIT: 256,
	abi.PROG_TYPE_SOCK_OPS: 320, abi.PROG_TYPE_SK_SKB: 256, abi.PROG_TYPE_CGROUP_DEVICE: 64, abi.PROG_TYPE_SK_MSG: 128,
	abi.PROG_TYPE_RAW_TRACEPOINT: 256, abi.PROG_TYPE_CGROUP_SOCK_ADDR: 128, abi.PROG_TYPE_LWT_SEG6LOCAL: 256,
	abi.PROG_TYPE_SK_REUSEPORT: 128, abi.PROG_TYPE_FLOW_DISSECTOR: 256, abi.PROG_TYPE_CGROUP_SYSCTL: 64,
	abi.PROG_TYPE_RAW_TRACEPOINT_WRITABLE: 256, abi.PROG_TYPE_CGROUP_SOCKOPT: 64, abi.PROG_TYPE_SK_LOOKUP: 128,
	abi.PROG_TYPE_NETFILTER: 64,
}

// ctxAttach are further attach types that may change what a context has.
var ctxAttach = map[abi.ProgType][]abi.AttachType{
	abi.PROG_TYPE_XDP: {0, abi.ATTACH_XDP, abi.ATTACH_XDP_DEVMAP, abi.ATTACH_XDP_CPUMAP},
}

// contexts asks which accesses to contexts the kernel takes.
func (r *recorder) contexts() []asked.Context {
	var list []asked.Context
	for typ := abi.PROG_TYPE_SOCKET_FILTER; typ <= abi.PROG_TYPE_NETFILTER; typ++ {
		if ctxSizes[typ] == 0 {
			continue
		}
		attach := ctxAttach[typ]
		if attach == nil {
			attach = attachTypes[typ]
		}
		if attach == nil {
			attach = []abi.AttachType{0}
		}
		for _, at := range attach {
			list = append(list, asked.Context{Type: typ, Attach: at})
		}
	}
	each(len(list), func(i int) {
		r.progress("context of " + list[i].Type.String())
		list[i].Cells = cells(list[i].Type, list[i].Attach)
	})
	return list
}

// unconvertible is what kernels say of an access that they took and have no code for.
var unconvertible = regexp.MustCompile("bpf verifier is misconfigured|error during ctx access conversion")

var accessSizes = [4]asm.Size{asm.Byte, asm.Half, asm.Word, asm.DWord}

// cells asks for every offset and size. A tracepoint's context is asked beyond its end too.
func cells(typ abi.ProgType, at abi.AttachType) map[int]asked.Cell {
	found := map[int]asked.Cell{}
	ask := func(off int) {
		if c := cell(typ, at, off); c.Read|c.Sext|c.Write != 0 {
			found[off] = c
		}
	}
	for off := range ctxSizes[typ] {
		ask(off)
	}
	if typ == abi.PROG_TYPE_TRACEPOINT {
		for off := 8128; off < 8256; off++ {
			ask(off)
		}
	}
	return found
}

func cell(typ abi.ProgType, at abi.AttachType, off int) (c asked.Cell) {
	unconverted := false
	try := func(in asm.Instruction) (string, bool) {
		text, _ := bpfsys.Load(bpfsys.Prog{
			Type: uint32(typ), Attach: uint32(at), LogLevel: 2,
			Insns: asm.Instructions{asm.Mov.Imm(asm.R0, 0), in, asm.Mov.Imm(asm.R0, 0), asm.Return()},
		})
		if !strings.Contains(text, "\n2: (b7)") {
			return "", false
		}
		unconverted = unconvertible.MatchString(text)
		if m := loaded.FindStringSubmatch(text); m != nil {
			return m[1], true
		}
		return "", true
	}
	for s, size := range accessSizes {
		if off%(1<<s) != 0 {
			continue
		}
		if t, ok := try(asm.LoadMem(asm.R2, asm.R1, int16(off), size)); ok {
			c.Read |= 1 << s
			c.Types[s] = t
			if unconverted {
				c.Unconverted |= 1 << s
			}
		}
		if s < 3 && c.Read&(1<<s) != 0 {
			if _, ok := try(asm.LoadMemSX(asm.R2, asm.R1, int16(off), size)); ok {
				c.Sext |= 1 << s
			}
		}
		if _, ok := try(asm.StoreMem(asm.R1, int16(off), asm.R0, size)); ok {
			c.Write |= 1 << s
		}
	}
	return c
}
