package verifier_test

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/verifier"
)

// Maps of callTable, by index.
const (
	arrayMap = iota
	hashMap
	progArray
	ringbuf
	perfArray
	queueMap
	rdonlyMap
	userRingbuf
)

func callMaps() []*object.Map {
	return []*object.Map{
		arrayMap:    {Name: "values", Type: abi.MAP_TYPE_ARRAY, KeySize: 4, ValueSize: 16, MaxEntries: 2},
		hashMap:     {Type: abi.MAP_TYPE_HASH, KeySize: 4, ValueSize: 16, MaxEntries: 2},
		progArray:   {Type: abi.MAP_TYPE_PROG_ARRAY, KeySize: 4, ValueSize: 4, MaxEntries: 2},
		ringbuf:     {Type: abi.MAP_TYPE_RINGBUF, MaxEntries: 4096},
		perfArray:   {Type: abi.MAP_TYPE_PERF_EVENT_ARRAY, KeySize: 4, ValueSize: 4, MaxEntries: 2},
		queueMap:    {Type: abi.MAP_TYPE_QUEUE, ValueSize: 16, MaxEntries: 2},
		rdonlyMap:   {Type: abi.MAP_TYPE_ARRAY, KeySize: 4, ValueSize: 16, MaxEntries: 2, Flags: abi.BPF_F_RDONLY_PROG},
		userRingbuf: {Type: abi.MAP_TYPE_USER_RINGBUF, MaxEntries: 4096},
	}
}

const (
	zeroKey    = "*(u32 *)(r10 -4) = 0\nr2 = r10\nr2 += -4\n"
	done       = "\nr0 = 0\nexit\n"
	lookupIn   = zeroKey + "r1 = map[%] ll\ncall map_lookup_elem\n"
	cgroupSkb  = abi.PROG_TYPE_CGROUP_SKB
	cgroupAddr = abi.PROG_TYPE_CGROUP_SOCK_ADDR
	sched      = abi.PROG_TYPE_SCHED_CLS
)

func lookupOf(m string) string { return strings.ReplaceAll(lookupIn, "%", m) }

// readAt reads the array's value whose index lies at a place on the stack.
func readAt(off int) string {
	return fmt.Sprintf("r2 = r10\nr2 += %d\nr1 = map[0] ll\ncall map_lookup_elem\nr0 = *(u64 *)(r0 +0)\nexit", off)
}

const loopOver = "r1 = 10\nr2 = func cb ll\nr3 = 0\nr4 = 0\ncall loop" + done + "cb:\n"

var callTable = table{maps: callMaps(), cases: []testCase{
	// Which helpers may be called
	{name: "no helper for dummy struct_ops", at: "struct_ops:bpf_dummy_ops.test_1", code: "call get_prandom_u32", want: "program of this type cannot use helper bpf_get_prandom_u32#7", errno: abi.EINVAL},
	{name: "helper of congestion control", at: "struct_ops:tcp_congestion_ops.init", code: "call get_prandom_u32\nr0 = 0\nexit"},
	{name: "no such helper", code: "call 9999", want: "invalid func unknown#9999"},
	{name: "negative id", code: "call -1", want: "invalid func unknown#-1"},
	{name: "not for the type", typ: abi.PROG_TYPE_XDP, code: "call skb_load_bytes",
		want: "program of this type cannot use helper bpf_skb_load_bytes#26"},
	{name: "gpl only", license: "MIT", code: "r1 = r10\nr1 += -8\nr2 = 8\nr3 = 0\ncall probe_read_kernel",
		want: "cannot call GPL-restricted function from non-GPL compatible program"},
	{name: "sleeps", code: "r1 = r10\nr1 += -8\nr2 = 8\nr3 = 0\ncall copy_from_user",
		want: "helper call might sleep in a non-sleepable prog"},

	// Argument types
	{name: "number for map", code: "r1 = 0\ncall map_lookup_elem", want: "R1 type=scalar expected=map_ptr"},
	{name: "unset key", code: "r1 = map[1] ll\ncall map_lookup_elem", want: "R2 !read_ok"},
	{name: "context for key", code: "r2 = r1\nr1 = map[1] ll\ncall map_lookup_elem",
		want: "R2 type=ctx expected=fp, pkt, pkt_meta, map_key, map_value, mem, ringbuf_mem, buf, trusted_ptr_"},
	{name: "context with offset", typ: sched, code: "r1 += 4\nr2 = 0\nr3 = 0\ncall skb_change_tail",
		want: "dereference of modified ctx ptr R1 off=4 disallowed"},
	{name: "pointer for size", code: "r1 = r10\nr1 += -8\nr2 = r10\nr3 = 0\ncall probe_read_kernel",
		want: "R2 type=fp expected=scalar"},
	{name: "unbounded size", code: "call get_prandom_u32\nr6 = r0\nr1 = r10\nr1 += -8\nr2 = r6\nr3 = 0\ncall probe_read_kernel",
		want: "R2 min value is negative, either use unsigned or 'var &= const'"},
	{name: "negative size", code: "r1 = r10\nr1 += -8\nr2 = -8\nr3 = 0\ncall probe_read_kernel",
		want: "R2 min value is negative, either use unsigned or 'var &= const'"},
	{name: "number for function", code: "r1 = 10\nr2 = 0\nr3 = 0\nr4 = 0\ncall loop", want: "R2 type=scalar expected=func"},
	{name: "stack for ring buffer memory", code: "r1 = r10\nr1 += -8\nr2 = 0\ncall ringbuf_submit",
		want: "R1 type=fp expected=ringbuf_mem"},
	{name: "unchecked ring buffer memory", code: "r1 = map[3] ll\nr2 = 8\nr3 = 0\ncall ringbuf_reserve\nr1 = r0\nr2 = 0\ncall ringbuf_submit",
		want: "R1 type=ringbuf_mem_or_null expected=ringbuf_mem"},
	{name: "shifted ring buffer memory",
		code: "r1 = map[3] ll\nr2 = 8\nr3 = 0\ncall ringbuf_reserve\nif r0 != 0 goto have\nexit\nhave:\nr1 = r0\nr1 += 4\nr2 = 0\ncall ringbuf_submit",
		want: "R1 must have zero offset when passed to release func or trusted arg to kfunc"},
	{name: "reserve any size", code: "call get_prandom_u32\nr2 = r0\nr1 = map[3] ll\nr3 = 0\ncall ringbuf_reserve",
		want: "R2 is not a known constant'"},
	{name: "release what isn't held", typ: sched,
		code: "r1 = *(u64 *)(r1 +168)\nif r1 != 0 goto have\nr0 = 0\nexit\nhave:\ncall sk_release",
		want: "R1 must be referenced when passed to release function"},
	{name: "dynptr over stack", code: "r1 = r10\nr1 += -8\n*(u64 *)(r10 -8) = 0\nr2 = 8\nr3 = 0\nr4 = r10\nr4 += -24\ncall dynptr_from_mem",
		want: "Unsupported reg type fp for bpf_dynptr_from_mem data"},
	{name: "format on stack", typ: abi.PROG_TYPE_RAW_TRACEPOINT,
		code: "*(u64 *)(r10 -8) = 0\nr1 = r10\nr1 += -8\nr2 = 8\nr3 = r1\nr4 = r1\nr5 = 8\ncall snprintf",
		want: "R3 type=fp expected=map_value"},
	{name: "format in a writable map", typ: abi.PROG_TYPE_RAW_TRACEPOINT,
		code: "r3 = map[0] ll\nr3 = 0\n" + lookupOf("0") + "r3 = r0\n*(u64 *)(r10 -16) = 0\nr1 = r10\nr1 += -16\nr2 = 8\nr4 = r1\nr5 = 8\ncall snprintf",
		want: "R3 does not point to a readonly map'"},
	{name: "packet for any helper", typ: sched,
		code: "r2 = *(u32 *)(r1 +76)\nr3 = *(u32 *)(r1 +80)\nr4 = r2\nr4 += 8\nif r4 > r3 goto out\nr3 = r2\nr2 = 0\nr4 = 8\ncall skb_load_bytes\nout:",
		want: "helper access to the packet is not allowed"},

	// Maps
	{name: "constant index", code: lookupOf("0") + "r0 = *(u64 *)(r0 +0)\nexit"},
	{name: "index too high", code: strings.Replace(lookupOf("0"), "= 0", "= 2", 1) + "r0 = *(u64 *)(r0 +0)\nexit",
		want: "R0 invalid mem access 'map_value_or_null'"},
	{name: "index of bytes", code: "*(u8 *)(r10 -4) = 0\n*(u8 *)(r10 -3) = 0\n*(u8 *)(r10 -2) = 0\n*(u8 *)(r10 -1) = 0\n" + readAt(-4)},
	{name: "index of a wider zero", code: "*(u64 *)(r10 -8) = 0\n" + readAt(-8),
		want: "R0 invalid mem access 'map_value_or_null'"},
	{name: "index in a wider zero", code: "*(u64 *)(r10 -8) = 0\n" + readAt(-4)},
	{name: "index of a wider number", code: "*(u64 *)(r10 -8) = 1\n" + readAt(-8), want: "R0 invalid mem access 'map_value_or_null'"},
	{name: "spilled index", code: "*(u32 *)(r10 -8) = 1\n" + readAt(-8)},
	{name: "index not spilled", code: "*(u32 *)(r10 -4) = 1\n" + readAt(-4), want: "R0 invalid mem access 'map_value_or_null'"},
	{name: "index over slots", code: "*(u64 *)(r10 -8) = 0\n*(u64 *)(r10 -16) = 0\n" + readAt(-10), want: "R0 invalid mem access 'map_value_or_null'"},
	{name: "hash lookup", code: lookupOf("1") + "r0 = *(u64 *)(r0 +0)\nexit", want: "R0 invalid mem access 'map_value_or_null'"},
	{name: "lookup in program array", code: lookupOf("2"), want: "cannot pass map_type 3 into func bpf_map_lookup_elem#1"},
	{name: "perf output to array", typ: abi.PROG_TYPE_RAW_TRACEPOINT,
		code: "*(u64 *)(r10 -8) = 0\nr2 = map[0] ll\nr3 = 0\nr4 = r10\nr4 += -8\nr5 = 8\ncall perf_event_output",
		want: "cannot pass map_type 2 into func bpf_perf_event_output#25"},
	{name: "pop from hash", code: "r1 = map[1] ll\nr2 = r10\nr2 += -16\ncall map_pop_elem",
		want: "cannot pass map_type 1 into func bpf_map_pop_elem#88"},
	{name: "pop", code: "r1 = map[5] ll\nr2 = r10\nr2 += -16\ncall map_pop_elem\nr0 = *(u64 *)(r10 -8)\nexit", state: "fp-8=mmmmmmmm"},
	{name: "update read-only", code: "*(u64 *)(r10 -16) = 0\n*(u64 *)(r10 -24) = 0\n" + zeroKey +
		"r3 = r10\nr3 += -24\nr4 = 0\nr1 = map[6] ll\ncall map_update_elem", want: "write into map forbidden"},

	// Results
	{name: "no result", code: "r2 = map[2] ll\nr3 = 0\ncall tail_call\nexit", want: "R0 !read_ok"},
	{name: "stale packet", typ: sched,
		code: "r6 = *(u32 *)(r1 +76)\nr7 = *(u32 *)(r1 +80)\nr8 = r6\nr8 += 8\nif r8 > r7 goto out\nr2 = 100\nr3 = 0\ncall skb_change_tail\nr0 = *(u8 *)(r6 +0)\nout:",
		want: "R6 invalid mem access 'scalar'"},
	{name: "string length", typ: abi.PROG_TYPE_RAW_TRACEPOINT, code: "r1 = r10\nr1 += -8\nr2 = 8\nr3 = 0\ncall probe_read_kernel_str\nexit",
		state: "R0=scalar(smin=smin32=-4095,smax=smax32=8)"},

	// Static functions
	{name: "returns stack", code: "call f\nr0 = 0\nexit\nf:\nr0 = r10\nexit", funcs: []string{"static"},
		want: "cannot return stack pointer to the caller"},
	{name: "too deep", funcs: []string{"static", "static", "static", "static", "static", "static", "static", "static"},
		code: "call f1" + done + "f1:\ncall f2" + done + "f2:\ncall f3" + done + "f3:\ncall f4" + done + "f4:\ncall f5" + done +
			"f5:\ncall f6" + done + "f6:\ncall f7" + done + "f7:\ncall f8" + done + "f8:" + done,
		want: "the call stack of 9 frames is too deep"},
	{name: "callee's result", code: "call f\nexit\nf:\nr0 = 7\nexit", funcs: []string{"static"}, state: "to caller at 1:\n R0=7 R10=fp0"},
	{name: "caller-saved", code: "r1 = 1\ncall f\nr0 = r1\nexit\nf:" + done, funcs: []string{"static"}, want: "R1 !read_ok"},
	{name: "exchange in a map without types", code: lookupOf("0") + "if r0 != 0 goto have\nexit\nhave:\nr1 = r0\nr2 = 0\ncall kptr_xchg",
		want: "map 'values' has to have BTF in order to use bpf_kptr_xchg", errno: abi.EINVAL},
	{name: "tail call deep in the stack", code: "*(u64 *)(r10 -256) = 0\ncall f\nr0 = 0\nexit\nf:\nr2 = map[2] ll\nr3 = 0\ncall tail_call" + done,
		funcs: []string{"static c"}, want: "tail_calls are not allowed when call stack of previous frames is 256 bytes. Too large", errno: abi.EACCES},
	{name: "the first slot of a dynptr is touched in another frame", code: "*(u64 *)(r10 -16) = 0\nr1 = r10\nr1 += -16\ncall f\nr0 = 0\nexit\nf:\nr6 = r1\n*(u64 *)(r10 -24) = 7\nr4 = r10\nr4 += -16\nr1 = map[3] ll\nr2 = 8\nr3 = 0\ncall ringbuf_reserve_dynptr\n*(u64 *)(r6 +0) = 1\nr1 = r10\nr1 += -16\nr2 = 0\ncall ringbuf_discard_dynptr" + done,
		funcs: []string{"static v"}, state: "R6=fp[0]-16 fp-24=dynptr_<invalid>() refs=2"},
	{name: "tail call in a function", code: "call f\nif r0 > 5 goto bad\nr0 = 0\nexit\nbad:\nr0 = r9\nexit\nf:\nr2 = map[2] ll\nr3 = 0\ncall tail_call" + done,
		funcs: []string{"static c"}, want: "R9 !read_ok"},

	// Callbacks
	{name: "loop", code: loopOver + "r0 = 0\nexit", funcs: []string{"static s v"}},
	{name: "callback returns 2", code: loopOver + "r0 = 2\nexit", funcs: []string{"static s v"},
		want: "At callback return the register R0 has smin=2 smax=2 should have been in [0, 1]"},
	{name: "callback returns anything", code: loopOver + "call get_prandom_u32\nexit", funcs: []string{"static s v"},
		want: "At callback return the register R0 has unknown scalar value should have been in [0, 1]"},
	{name: "callback returns a pointer", code: loopOver + "r1 = map[0] ll\nr0 = r1\nexit", funcs: []string{"static s v"},
		want: "R0 not a scalar value"},
	{name: "third argument", code: loopOver + "r0 = r3\nexit", funcs: []string{"static s v"}, want: "R3 !read_ok"},
	{name: "for each of a queue", code: "r1 = map[5] ll\nr2 = func cb ll\nr3 = 0\nr4 = 0\ncall for_each_map_elem" + done + "cb:" + done,
		funcs: []string{"static v p p v"}, want: "callback function not allowed for map"},
	{name: "for each key", code: "r1 = map[0] ll\nr2 = func cb ll\nr3 = 0\nr4 = 0\ncall for_each_map_elem" + done + "cb:\n*(u32 *)(r2 +0) = 1" + done,
		funcs: []string{"static v p p v"}, want: "write to change key R2 not allowed"},

	// Global functions
	{name: "global for anything", code: "r1 = 1\ncall f\nr0 = 0\nexit\nf:\nr0 = r1\nexit", funcs: []string{"global s"},
		state: "Func#1 ('f1') is safe for any args that match its prototype"},
	{name: "pointer for number", code: "call f\nr0 = 0\nexit\nf:\nr0 = 0\nexit", funcs: []string{"global s"},
		want: "Caller passes invalid args into func#1 ('f1')"},
	{name: "number for pointer", code: "r1 = 1\ncall f\nr0 = 0\nexit\nf:\nr0 = 0\nexit", funcs: []string{"global p"},
		want: "Caller passes invalid args into func#1 ('f1')"},
	{name: "null for pointer", code: "r1 = 0\ncall f\nr0 = 0\nexit\nf:\nr0 = 0\nexit", funcs: []string{"global p"}},
	{name: "constant null for nonnull", code: "r1 = 0\ncall f\nr0 = 0\nexit\nf:\nr0 = 0\nexit", funcs: []string{"global p:nonnull"}},
	{name: "perhaps null for nonnull", code: lookupOf("1") + "r1 = r0\ncall f\nr0 = 0\nexit\nf:\nr0 = 0\nexit", funcs: []string{"global p:nonnull"},
		want: "Caller passes invalid args into func#1 ('f1')", state: "arg#0 is expected to be non-NULL"},
	{name: "unchecked pointer", code: "r1 = 0\ncall f\nr0 = 0\nexit\nf:\nr0 = *(u32 *)(r1 +0)\nexit", funcs: []string{"global p"},
		want: "R1 invalid mem access 'mem_or_null'"},
	{name: "beyond pointer", code: "*(u64 *)(r10 -8) = 0\nr1 = r10\nr1 += -8\ncall f\nr0 = 0\nexit\nf:\nr0 = *(u32 *)(r1 +4)\nexit", funcs: []string{"global p:nonnull"},
		want: "R1 min value is outside of the allowed memory range"},
	{name: "global returns context", code: "r6 = r1\ncall f\nr0 = 0\nexit\nf:\nr0 = r1\nexit", funcs: []string{"global c"},
		want: "At subprogram exit the register R0 is not a scalar value (ctx)"},
	{name: "void pointer", code: "r1 = 0\ncall f\nr0 = 0\nexit\nf:\nr0 = 0\nexit", funcs: []string{"global v"},
		want: "Caller passes invalid args into func#1 ('f1')"},
	{name: "tagged context", code: "call f\nr0 = 0\nexit\nf:\nr0 = *(u32 *)(r1 +0)\nexit", funcs: []string{"global v:ctx"}},
	{name: "two tags", code: "call f\nr0 = 0\nexit\nf:\nr0 = 0\nexit", funcs: []string{"global v:ctx:nonnull"},
		want: "Caller passes invalid args into func#1 ('f1')"},

	// What programs return
	{name: "egress", typ: cgroupSkb, attach: abi.ATTACH_CGROUP_INET_EGRESS, code: "r0 = 3\nexit"},
	{name: "egress 4", typ: cgroupSkb, attach: abi.ATTACH_CGROUP_INET_EGRESS, code: "r0 = 4\nexit",
		want: "At program exit the register R0 has smin=4 smax=4 should have been in [0, 3]"},
	{name: "ingress 2", typ: cgroupSkb, attach: abi.ATTACH_CGROUP_INET_INGRESS, code: "r0 = 2\nexit",
		want: "At program exit the register R0 has smin=2 smax=2 should have been in [0, 1]"},
	{name: "recvmsg 0", typ: cgroupAddr, attach: abi.ATTACH_CGROUP_UDP4_RECVMSG, code: "r0 = 0\nexit",
		want: "At program exit the register R0 has smin=0 smax=0 should have been in [1, 1]"},
	{name: "any number", typ: abi.PROG_TYPE_CGROUP_SOCK, attach: abi.ATTACH_CGROUP_INET_SOCK_CREATE,
		code: "call ktime_get_ns\nexit", want: "At program exit the register R0 has unknown scalar value should have been in [0, 1]"},
	{name: "negative", typ: abi.PROG_TYPE_CGROUP_SOCK, attach: abi.ATTACH_CGROUP_INET_SOCK_CREATE,
		code: "r0 = -1\nexit", want: "At program exit the register R0 has smin=-1 smax=-1 should have been in [0, 1]"},
	{name: "pointer", typ: abi.PROG_TYPE_CGROUP_SOCK, attach: abi.ATTACH_CGROUP_INET_SOCK_CREATE,
		code: "r0 = r1\nexit", want: "At program exit the register R0 is not a known value (ctx)"},
	{name: "unset", code: "exit", want: "R0 !read_ok"},
	{name: "filters may return anything", code: "r0 = r1\nexit"},
}}

// describeFuncs gives the BTF of a program's functions and the id of each. The first takes the context.
// Of the others each is described by "static" or "global" and an argument a word: "s" a number, "p" a pointer
// to int, "v" a void pointer, "c" the context, or another of argTypes; with tags after a colon. "->void" makes it return
// nothing.
func describeFuncs(t testing.TB, funcs []string) ([]byte, []uint32) {
	num := &btf.Int{Name: "int", Size: 4, Encoding: btf.Signed}
	skb := &btf.Struct{Name: "__sk_buff", Size: 4, Members: []btf.Member{{Name: "len", Type: num}}}
	ptr := func(to btf.Type) btf.Type { return &btf.Pointer{Target: to} }
	argTypes := map[string]btf.Type{
		"s": num, "p": ptr(num), "v": ptr(&btf.Void{}), "c": ptr(skb),
		"long":   &btf.Typedef{Name: "u64", Type: &btf.Int{Name: "long", Size: 8}},
		"char":   ptr(&btf.Const{Type: &btf.Int{Name: "char", Size: 1, Encoding: btf.Char}}),
		"big":    ptr(&btf.Struct{Name: "big", Size: 24, Members: []btf.Member{{Name: "len", Type: num}}}),
		"array":  ptr(&btf.Array{Type: num, Index: num, Nelems: 4}),
		"fwd":    ptr(&btf.Fwd{Name: "nobody", Kind: btf.FwdStruct}),
		"task":   ptr(&btf.Struct{Name: "task_struct", Size: 4, Members: []btf.Member{{Name: "pid", Type: num}}}),
		"dynptr": ptr(&btf.Struct{Name: "bpf_dynptr", Size: 4, Members: []btf.Member{{Name: "x", Type: num}}}),
		"struct": &btf.Struct{Name: "small", Size: 4, Members: []btf.Member{{Name: "len", Type: num}}},
		"ptr":    ptr(ptr(num)),
		"enum":   &btf.Enum{Name: "e", Size: 4, Values: []btf.EnumValue{{Name: "E", Value: 1}}},
		"float":  &btf.Float{Name: "double", Size: 8},
		"arena":  ptr(&btf.TypeTag{Value: "arena", Type: num}),
	}
	b, err := btf.NewBuilder(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	var ids []uint32
	for i, desc := range append([]string{"global c"}, funcs...) {
		words := strings.Fields(desc)
		proto := &btf.FuncProto{Return: num}
		fn := &btf.Func{Name: "f" + string(rune('0'+i)), Type: proto, Linkage: btf.StaticFunc}
		if words[0] == "global" {
			fn.Linkage = btf.GlobalFunc
		}
		for _, w := range words[1:] {
			if w == "->void" {
				proto.Return = &btf.Void{}
				continue
			}
			parts := strings.Split(w, ":")
			proto.Params = append(proto.Params, btf.FuncParam{Name: "a", Type: argTypes[parts[0]]})
			var tags []string
			for _, tag := range parts[1:] {
				tags = append(tags, "arg:"+tag)
			}
			fn.ParamTags = append(fn.ParamTags, tags)
		}
		id, err := b.Add(fn)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, uint32(id))
	}
	raw, err := b.Marshal(nil, &btf.MarshalOptions{Order: binary.LittleEndian})
	if err != nil {
		t.Fatal(err)
	}
	return raw, ids
}

func TestCalls(t *testing.T) { callTable.run(t) }

// TestCallFeatures has calls whose answer depends on the kernel's features.
func TestCallFeatures(t *testing.T) {
	const copyFromUser = "r1 = r10\nr1 += -8\nr2 = 8\nr3 = 0\ncall copy_from_user"
	sleeper := testCase{typ: sched, code: copyFromUser}
	caller := testCase{typ: sched, code: "call f" + done + "f:\n" + copyFromUser + done, funcs: []string{"global"}}
	m := loadModel(t)
	for _, c := range []struct {
		name    string
		c       testCase
		options []kmodel.Option
		want    string
	}{
		{"helper", sleeper, nil, "helper call might sleep in a non-sleepable prog"},
		{"helper, one wording", sleeper, []kmodel.Option{kmodel.Enable(kmodel.Of(kmodel.SleepableMessages))},
			"sleepable helper bpf_copy_from_user#148 in non-sleepable prog"},
		{"global function", caller, nil, "a non-sleepable BPF program context"},
		{"global function, one wording", caller, []kmodel.Option{kmodel.Enable(kmodel.Of(kmodel.SleepableMessages))},
			"sleepable global function f1() called in non-sleepable prog"},
		{"global function, not looked into", caller, []kmodel.Option{kmodel.Disable(kmodel.Of(kmodel.GlobalFuncContext))},
			"helper call might sleep in a non-sleepable prog"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := m.With(c.options...)
			out := verifier.Verify(t.Context(), callTable.question(t, m, &c.c).img, m, verifier.Options{})
			if out.Message != c.want {
				t.Errorf("message %q, want %q\n%s", out.Message, c.want, out.Log)
			}
		})
	}
}
