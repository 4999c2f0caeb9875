package attach_test

import (
	"testing"

	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/attach"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/types"
	"github.com/bpfverdict/bpfverdict/internal/vlog"
)

// functions makes the BTF of a program of these functions, and says where each is.
func functions(t *testing.T, funcs ...*btf.Func) (*types.Set, []object.FuncInfo) {
	t.Helper()
	all := make([]btf.Type, len(funcs))
	for i, f := range funcs {
		all[i] = f
	}
	set := setOf(t, all...)
	infos := make([]object.FuncInfo, len(funcs))
	for i, f := range funcs {
		infos[i].TypeID, _ = set.FindFunc(f.Name)
	}
	return set, infos
}

var (
	integer = &btf.Int{Name: "int", Size: 4, Encoding: btf.Signed}
	long    = &btf.Int{Name: "long", Size: 8, Encoding: btf.Signed}
	pair    = &btf.Struct{Name: "pair", Size: 8, Members: []btf.Member{{Name: "a", Type: integer}}}
)

func global(name string, returns btf.Type, params ...btf.Type) *btf.Func {
	p := &btf.FuncProto{Return: returns}
	for _, typ := range params {
		p.Params = append(p.Params, btf.FuncParam{Name: "p", Type: typ})
	}
	return &btf.Func{Name: name, Type: p, Linkage: btf.GlobalFunc}
}

func pointer(name string) btf.Type { return &btf.Pointer{Target: &btf.Struct{Name: name, Size: 8}} }

// A function of another program is attached to: "f" where nothing else is said.
func TestOther(t *testing.T) {
	k := load(t)
	context := pointer("__sk_buff")
	f := global("f", integer, context)
	static := &btf.Func{Name: "f", Type: f.Type, Linkage: btf.StaticFunc}
	for _, c := range []struct {
		name   string
		kind   string // as in kinds
		own    attach.Own
		sleeps bool
		fn     *btf.Func // the program itself, f if nil
		old    *btf.Func // what is attached to, f if nil
		is     attach.Func
		into   abi.ProgType // XDP if 0
		attach abi.AttachType
		gone   bool // the function is not in the program
		want   string
		errno  abi.Errno
	}{
		{name: "replaces a function", kind: "freplace"},
		{name: "traces a function", kind: "fentry"},
		{name: "traces its end", kind: "fexit"},
		{name: "traces a static function", kind: "fentry", old: static, is: attach.Func{Unreliable: true}},
		{name: "traces a replacement", kind: "fexit", into: abi.PROG_TYPE_EXT},
		{name: "traces a tracer", kind: "fexit", into: abi.PROG_TYPE_TRACING, attach: abi.ATTACH_TRACE_FENTRY},
		{name: "no function of the program", kind: "fentry", gone: true, want: "Subprog f doesn't exist", errno: abi.EINVAL},
		{name: "function that nothing calls", kind: "freplace", is: attach.Func{Removed: true}, want: "Subprog f doesn't exist", errno: abi.EINVAL},
		{name: "exception callback", kind: "freplace", is: attach.Func{Exception: true}, want: "Extension programs cannot attach to exception callback", errno: abi.EINVAL},
		{name: "exception callback traced", kind: "fexit", is: attach.Func{Exception: true}, want: "FENTRY/FEXIT programs cannot attach to exception callback", errno: abi.EINVAL},
		{name: "BTF is not to be believed", kind: "freplace", is: attach.Func{Unreliable: true}, want: "Cannot replace static functions", errno: abi.EINVAL},
		{name: "static function", kind: "freplace", old: static, want: "f() is not a global function", errno: abi.EINVAL},
		{name: "moves packets", kind: "freplace", own: attach.Own{ChangesPkt: true}, want: "Extension program changes packet data, while original does not", errno: abi.EINVAL},
		{name: "moves packets as the function does", kind: "freplace", own: attach.Own{ChangesPkt: true}, is: attach.Func{ChangesPkt: true}},
		{name: "sleeps", kind: "freplace", own: attach.Own{MightSleep: true}, want: "Extension program may sleep, while original does not", errno: abi.EINVAL},
		{name: "sleeps as the function does", kind: "freplace", own: attach.Own{MightSleep: true}, is: attach.Func{MightSleep: true}},
		{name: "replaces in a replacement", kind: "freplace", into: abi.PROG_TYPE_EXT, want: "Cannot recursively attach", errno: abi.EINVAL},
		{name: "replaces in a tracer", kind: "freplace", into: abi.PROG_TYPE_TRACING, attach: abi.ATTACH_TRACE_FEXIT, want: "Cannot extend fentry/fexit", errno: abi.EINVAL},
		{name: "a tracepoint", kind: "tp_btf", want: "Only FENTRY/FEXIT progs are attachable to another BPF prog", errno: abi.EINVAL},
		{name: "changes the result", kind: "fmod_ret", want: "can't modify return codes of BPF programs", errno: abi.EINVAL},
		{name: "tracer that sleeps", kind: "fentry", sleeps: true, want: "f is not sleepable", errno: abi.EINVAL},
		{name: "LSM", kind: "lsm", errno: abi.EINVAL},

		{name: "fewer parameters", kind: "freplace", fn: global("new", integer), want: "new() has 0 args while f() has 1 args", errno: abi.EINVAL},
		{name: "other result", kind: "freplace", fn: global("new", context, context), want: "Return type PTR of new() doesn't match type INT of f()", errno: abi.EINVAL},
		{name: "result of another size", kind: "freplace", fn: global("new", long, context)},
		{name: "other kind of parameter", kind: "freplace", fn: global("new", integer, integer), want: "arg0 in new() is INT while f() has PTR", errno: abi.EINVAL},
		{name: "other size", kind: "freplace", fn: global("new", integer, long), old: global("f", integer, integer), want: "arg0 in new() has size 8 while f() has 4", errno: abi.EINVAL},
		{name: "structs", kind: "freplace", fn: global("new", integer, pair), old: global("f", integer, pair), want: "arg0 in new() has unrecognized type", errno: abi.EINVAL},
		{
			name: "pointers to numbers", kind: "freplace", fn: global("new", integer, &btf.Pointer{Target: integer}), old: global("f", integer, &btf.Pointer{Target: integer}),
			want: "arg0 in new() is not a pointer to context", errno: abi.EINVAL,
		},
		{name: "other struct", kind: "freplace", fn: global("new", integer, pointer("xdp_md")), want: "arg0 new(struct xdp_md *) doesn't match f(struct __sk_buff *)", errno: abi.EINVAL},
	} {
		t.Run(c.name, func(t *testing.T) {
			old, fn := c.old, c.fn
			if old == nil {
				old = f
			}
			if fn == nil {
				fn = f
			}
			into := &object.Image{Type: c.into, Attach: c.attach}
			if c.into == abi.PROG_TYPE_UNSPEC {
				into.Type = abi.PROG_TYPE_XDP
			}
			into.BTF, into.Funcs = functions(t, old)
			img := image(t, k, c.kind)
			img.BTF, img.Funcs = functions(t, fn)
			img.AttachProg, img.AttachTypes, img.AttachBTFID = into, len(img.Types), into.Funcs[0].TypeID
			img.Types = append(img.Types, into.BTF)
			img.Sleepable = c.sleeps
			other := &attach.Other{Image: into, Funcs: []attach.Func{c.is}}
			if c.gone {
				into.Funcs, other.Funcs = nil, nil
			}
			log := &vlog.Log{}
			target, err := attach.Check(log, k, img, c.own, other)
			if got := log.LastLine(); got != c.want || vlog.Errno(err) != c.errno {
				t.Errorf("%q, errno %d; want %q, %d", got, vlog.Errno(err), c.want, c.errno)
			}
			if (target == nil) != (err != nil) {
				t.Errorf("target %v with error %v", target, err)
			}
		})
	}
}

// A program that traces another is given that program's context as the kernel has it, numbers, and nothing else.
func TestOtherContext(t *testing.T) {
	k := load(t)
	into := &object.Image{Type: abi.PROG_TYPE_SCHED_CLS}
	into.BTF, into.Funcs = functions(t, global("f", integer, pointer("__sk_buff"), integer, pointer("task_struct")))
	img := image(t, k, "fexit")
	img.AttachProg, img.AttachTypes, img.AttachBTFID = into, len(img.Types), into.Funcs[0].TypeID
	img.Types = append(img.Types, into.BTF)
	for _, unreliable := range []bool{false, true} {
		target, err := attach.Check(&vlog.Log{}, k, img, attach.Own{}, &attach.Other{Image: into, Funcs: []attach.Func{{Unreliable: unreliable}}})
		if err != nil {
			t.Fatal(err)
		}
		buffer, ok := target.Access(0, 8, false)
		want, _ := k.Types().FindStruct("sk_buff")
		if unreliable {
			want = 0
		}
		if !ok || buffer.BTFID != want || (buffer.Type == abi.PTR_TO_BTF_ID) == unreliable {
			t.Errorf("unreliable %v: the context is %+v, %v", unreliable, buffer, ok)
		}
		if number, ok := target.Access(8, 8, false); !ok || number.Type != abi.SCALAR_VALUE {
			t.Errorf("unreliable %v: the number is %+v, %v", unreliable, number, ok)
		}
		if _, ok := target.Access(16, 8, false); ok != unreliable {
			t.Errorf("unreliable %v: a pointer that is no context: %v", unreliable, ok)
		}
	}
}
