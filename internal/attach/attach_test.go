package attach_test

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/attach"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/types"
	"github.com/bpfverdict/bpfverdict/internal/vlog"
)

// kinds are the ways to attach that the tests name, "KIND:TARGET" as in section names.
var kinds = map[string]struct {
	typ    abi.ProgType
	attach abi.AttachType
}{
	"fentry":     {abi.PROG_TYPE_TRACING, abi.ATTACH_TRACE_FENTRY},
	"fexit":      {abi.PROG_TYPE_TRACING, abi.ATTACH_TRACE_FEXIT},
	"fsession":   {abi.PROG_TYPE_TRACING, abi.ATTACH_TRACE_FSESSION},
	"fexit.many": {abi.PROG_TYPE_TRACING, abi.ATTACH_TRACE_FEXIT_MULTI},
	"fmod_ret":   {abi.PROG_TYPE_TRACING, abi.ATTACH_MODIFY_RETURN},
	"tp_btf":     {abi.PROG_TYPE_TRACING, abi.ATTACH_TRACE_RAW_TP},
	"iter":       {abi.PROG_TYPE_TRACING, abi.ATTACH_TRACE_ITER},
	"lsm":        {abi.PROG_TYPE_LSM, abi.ATTACH_LSM_MAC},
	"struct_ops": {typ: abi.PROG_TYPE_STRUCT_OPS},
	"syscall":    {typ: abi.PROG_TYPE_SYSCALL},
	"xdp":        {typ: abi.PROG_TYPE_XDP},
	"freplace":   {typ: abi.PROG_TYPE_EXT},
}

func load(t *testing.T) *kmodel.Model { return model(t, "6.18") }

func model(t *testing.T, version string) *kmodel.Model {
	t.Helper()
	k, err := kmodel.Load(version)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// image is a program without code that attaches at "KIND:TARGET"; of struct_ops the target is STRUCT.MEMBER.
func image(t *testing.T, k *kmodel.Model, at string) *object.Image {
	t.Helper()
	kind, name, _ := strings.Cut(at, ":")
	a, ok := kinds[kind]
	if !ok {
		t.Fatalf("no kind of program %q", kind)
	}
	img := &object.Image{Type: a.typ, Attach: a.attach, AttachName: name, License: "GPL", Types: []*types.Set{k.Types(), nil}}
	switch kind {
	case "struct_ops":
		if strings.HasPrefix(name, "Qdisc_ops.") {
			img.Types, img.AttachTypes = append(img.Types, qdisc(t)), 2
		}
		set := img.Types[img.AttachTypes]
		var ops *btf.Struct
		ops, img.AttachMember = member(t, set, name)
		img.AttachBTFID = set.ID(ops)
	case "tp_btf":
		if list := k.Types().Named("btf_trace_" + name); len(list) > 0 {
			img.AttachBTFID = k.Types().ID(list[0])
			break
		}
		fallthrough
	default:
		img.AttachBTFID, _ = k.Types().FindFunc(name)
	}
	return img
}

func member(t *testing.T, set *types.Set, path string) (*btf.Struct, int) {
	t.Helper()
	name, want, _ := strings.Cut(path, ".")
	_, ops := set.FindStruct(name)
	if ops == nil {
		t.Fatalf("no struct %s", name)
	}
	i := slices.IndexFunc(ops.Members, func(m btf.Member) bool { return m.Name == want })
	if i < 0 {
		t.Fatalf("no member %s", path)
	}
	return ops, i
}

func setOf(t *testing.T, all ...btf.Type) *types.Set {
	t.Helper()
	b, err := btf.NewBuilder(all, nil)
	if err != nil {
		t.Fatal(err)
	}
	spec, err := b.Spec()
	if err != nil {
		t.Fatal(err)
	}
	return types.Of(spec)
}

// qdisc are the types of a kernel with queueing disciplines in BPF, which the model's was built without:
// their operations, and the stub whose parameter names say that a buffer comes with a reference.
func qdisc(t *testing.T) *types.Set {
	t.Helper()
	pointer := func(name string) *btf.Pointer { return &btf.Pointer{Target: &btf.Struct{Name: name, Size: 8}} }
	result := &btf.Int{Name: "int", Size: 4}
	params := func(buffer string) []btf.FuncParam {
		return []btf.FuncParam{{Name: buffer, Type: pointer("sk_buff")}, {Name: "sch", Type: pointer("Qdisc")}, {Name: "to_free", Type: &btf.Pointer{Target: pointer("sk_buff")}}}
	}
	enqueue := &btf.FuncProto{Return: result, Params: params("skb")}
	dequeue := &btf.FuncProto{Return: pointer("sk_buff"), Params: []btf.FuncParam{{Name: "sch", Type: pointer("Qdisc")}}}
	set := setOf(t,
		&btf.Struct{Name: "Qdisc_ops", Size: 16, Members: []btf.Member{
			{Name: "enqueue", Type: &btf.Pointer{Target: enqueue}},
			{Name: "dequeue", Type: &btf.Pointer{Target: dequeue}, Offset: 64},
		}},
		&btf.Struct{Name: "bpf_struct_ops_Qdisc_ops", Size: 8},
		&btf.Struct{Name: "bpf_sk_buff_ptr", Size: 8},
		&btf.Func{Name: "Qdisc_ops__enqueue", Type: &btf.FuncProto{Return: result, Params: params("skb__ref")}, Linkage: btf.StaticFunc},
	)
	set.Kernel = true
	return set
}

func TestCheck(t *testing.T) {
	const (
		sleeps = 1 << iota
		proprietary
		tailCalls
	)
	k := load(t)
	for _, c := range []struct {
		at    string
		flags int
		want  string
		errno abi.Errno
	}{
		{at: "xdp"},
		{at: "xdp", flags: sleeps, want: "Only fentry/fexit/fmod_ret, lsm, iter, uprobe, and struct_ops programs can be sleepable", errno: abi.EINVAL},
		{at: "syscall", want: "Syscall programs can only be sleepable", errno: abi.EINVAL},
		{at: "syscall", flags: sleeps},

		{at: "fentry", want: "Tracing programs must provide btf_id", errno: abi.EINVAL},
		{at: "fentry:bpf_fentry_test1"},
		{at: "fentry:bpf_fentry_test1", flags: sleeps | proprietary},
		{at: "fentry:vfs_read", flags: sleeps, want: "vfs_read is not sleepable", errno: abi.EINVAL},
		{at: "fentry:migrate_disable", want: "Attaching tracing programs to function 'migrate_disable' is rejected.", errno: abi.EINVAL},
		{at: "fexit:do_exit", want: "Attaching fexit/fmod_ret to __noreturn function 'do_exit' is rejected.", errno: abi.EINVAL},
		{at: "fmod_ret:vfs_read", want: "vfs_read() is not modifiable", errno: abi.EINVAL},
		{at: "fmod_ret:bpf_modify_return_test"},
		{at: "fentry:_printk", want: "The function _printk with variable args is unsupported.", errno: abi.EINVAL},

		{at: "tp_btf:sched_switch"},
		{at: "tp_btf:vfs_read", want: "attach_btf_id $ID is not a typedef", errno: abi.EINVAL},
		{at: "iter:bpf_iter_task"},
		{at: "iter:vfs_read", errno: abi.EINVAL},

		{at: "lsm:bpf_lsm_file_open"},
		{at: "lsm:bpf_lsm_file_open", flags: proprietary, want: "LSM programs must have a GPL compatible license", errno: abi.EINVAL},
		{at: "lsm:vfs_read", want: "attach_btf_id $ID points to wrong type name vfs_read", errno: abi.EINVAL},
		{at: "lsm:bpf_lsm_getprocattr", want: "attach_btf_id $ID points to disabled hook bpf_lsm_getprocattr", errno: abi.EINVAL},

		{at: "struct_ops:tcp_congestion_ops.ssthresh"},
		{at: "struct_ops:tcp_congestion_ops.ssthresh", flags: proprietary, want: "struct ops programs must have a GPL compatible license", errno: abi.EINVAL},
		{at: "struct_ops:tcp_congestion_ops.get_info", want: "attach to unsupported member get_info of struct tcp_congestion_ops", errno: abi.ENOTSUPP},
		{at: "struct_ops:tcp_congestion_ops.key", want: "attach to invalid member key(@idx $MEMBER) of struct tcp_congestion_ops", errno: abi.EINVAL},
		{at: "struct_ops:task_struct.pid", want: "attach_btf_id $ID is not a supported struct", errno: abi.ENOTSUPP},
		{at: "struct_ops:Qdisc_ops.enqueue"},
		{at: "struct_ops:Qdisc_ops.enqueue", flags: tailCalls, want: "program with __ref argument cannot tail call", errno: abi.EINVAL},
		{at: "struct_ops:Qdisc_ops.dequeue", flags: tailCalls},

		{at: "freplace", want: "Tracing programs must provide btf_id", errno: abi.EINVAL},
		{at: "freplace:vfs_read", want: "Cannot replace kernel functions", errno: abi.EINVAL},
	} {
		t.Run(c.at, func(t *testing.T) {
			img := image(t, k, c.at)
			img.Sleepable = c.flags&sleeps != 0
			if c.flags&proprietary != 0 {
				img.License = "Proprietary"
			}
			log := &vlog.Log{}
			target, err := attach.Check(log, k, img, attach.Own{TailCalls: c.flags&tailCalls != 0}, nil)
			want := strings.NewReplacer("$ID", strconv.Itoa(int(img.AttachBTFID)), "$MEMBER", strconv.Itoa(img.AttachMember)).Replace(c.want)
			if got := log.LastLine(); got != want || vlog.Errno(err) != c.errno {
				t.Errorf("%q, errno %d; want %q, %d", got, vlog.Errno(err), want, c.errno)
			}
			if (target == nil) != (err != nil) {
				t.Errorf("target %v with error %v", target, err)
			}
		})
	}
}

// What attaches where, and what is said of it, changed from release to release.
func TestCheckByKernel(t *testing.T) {
	const (
		noTypes  = "Tracing programs must provide btf_id"
		noReturn = "Attaching fexit/fmod_ret to __noreturn function 'do_exit' is rejected."
		sessions = "Attaching fexit/fsession/fmod_ret to __noreturn function 'do_exit' is rejected."
		noSleep  = "Only fentry/fexit/fmod_ret, lsm, iter, uprobe, and struct_ops programs can be sleepable"
	)
	for _, c := range []struct {
		kernel, at string
		sleeps     bool
		want       string
		errno      abi.Errno
	}{
		{"6.16", "fexit:do_exit", false, "Attaching fexit/fmod_ret to __noreturn functions is rejected.", abi.EINVAL},
		{"6.17", "fexit:do_exit", false, noReturn, abi.EINVAL},
		{"6.19", "fexit:do_exit", false, noReturn, abi.EINVAL},
		{"7.0", "fexit:do_exit", false, sessions, abi.EINVAL},
		{"7.0", "fsession:do_exit", false, sessions, abi.EINVAL},
		{"6.19", "fsession:bpf_fentry_test1", false, "", abi.EINVAL},
		{"7.0", "fsession:bpf_fentry_test1", false, "", 0},
		{"7.0", "fsession:bpf_fentry_test1", true, "", 0},
		{"7.1", "fexit.many", false, noTypes, abi.EINVAL},
		{"7.1", "fexit.many", true, "Program of this type cannot be sleepable", abi.EINVAL},
		{"7.2", "fexit.many", false, "", 0},
		{"7.3", "fexit.many", true, "", 0},
		{"7.0", "tp_btf:sys_enter", true, noSleep, abi.EINVAL},
		{"7.1", "tp_btf:sys_enter", true, "", 0},
		{"7.1", "tp_btf:sched_switch", true, "Sleepable program cannot attach to non-faultable tracepoint sched_switch", abi.EINVAL},
	} {
		k := model(t, c.kernel)
		img := image(t, k, c.at)
		img.Sleepable = c.sleeps
		log := &vlog.Log{}
		_, err := attach.Check(log, k, img, attach.Own{}, nil)
		if got := log.LastLine(); got != c.want || vlog.Errno(err) != c.errno {
			t.Errorf("%s, %s: %q, errno %d; want %q, %d", c.kernel, c.at, got, vlog.Errno(err), c.want, c.errno)
		}
	}
}

// A program that sees results can't be given one of 16 bytes.
func TestWideResults(t *testing.T) {
	set := setOf(t, &btf.Func{Name: "wide", Linkage: btf.StaticFunc, Type: &btf.FuncProto{Return: &btf.Int{Name: "__int128", Size: 16, Encoding: btf.Signed}}})
	const refused = "Attach to function wide with a >8 byte return value is not supported for this attach type"
	for _, c := range []struct{ kernel, at, want string }{
		{"6.18", "fexit:wide", ""}, {"6.18+wide-results", "fexit:wide", refused}, {"6.18+wide-results", "fentry:wide", ""},
	} {
		k := model(t, c.kernel).With(kmodel.WithTypes(set))
		log := &vlog.Log{}
		_, err := attach.Check(log, k, image(t, k, c.at), attach.Own{}, nil)
		if got := log.LastLine(); got != c.want || (err == nil) != (c.want == "") {
			t.Errorf("%s, %s: %q, %v; want %q", c.kernel, c.at, got, err, c.want)
		}
	}
}

// The context of a session has the result, that of a program for many functions nothing.
func TestAccessBySessionAndMany(t *testing.T) {
	k := model(t, "7.3")
	for _, c := range []struct {
		at   string
		off  int
		want bool
	}{
		{"fsession:bpf_fentry_test1", 0, true},
		{"fsession:bpf_fentry_test1", 8, true},
		{"fsession:bpf_fentry_test1", 16, false},
		{"fexit.many", 0, false},
		{"fexit.many", 24, false},
	} {
		target, err := attach.Check(&vlog.Log{}, k, image(t, k, c.at), attach.Own{}, nil)
		if err != nil {
			t.Fatal(c.at, err)
		}
		if _, ok := target.Access(c.off, 8, false); ok != c.want {
			t.Errorf("%s at %d: %v", c.at, c.off, ok)
		}
	}
}

// What the model cannot judge is not refused but left open.
func TestOtherThatWasNotJudged(t *testing.T) {
	k := load(t)
	for _, at := range []string{"freplace:vfs_read", "fentry:vfs_read"} {
		img := image(t, k, at)
		img.AttachProg = &object.Image{Type: abi.PROG_TYPE_XDP}
		log := &vlog.Log{}
		if _, err := attach.Check(log, k, img, attach.Own{}, nil); !errors.Is(err, vlog.ErrUnsupported) || log.Why == "" {
			t.Errorf("%s: %v, %q", at, err, log.Why)
		}
	}
}

func TestRules(t *testing.T) {
	k := load(t)
	into := &object.Image{Type: abi.PROG_TYPE_CGROUP_SOCK_ADDR, Attach: abi.ATTACH_CGROUP_INET4_BIND}
	replacement := &object.Image{Type: abi.PROG_TYPE_EXT, License: "GPL", AttachProg: into}
	p := attach.Rules(k, replacement)
	if p.Type != into.Type || p.Attach != into.Attach || !p.GPL {
		t.Errorf("a replacement goes by %+v", p)
	}
	if p := attach.Program(k, replacement); p.Type != abi.PROG_TYPE_EXT {
		t.Errorf("it is itself %+v", p)
	}
	tracer := &object.Image{Type: abi.PROG_TYPE_TRACING, Attach: abi.ATTACH_TRACE_FENTRY, AttachProg: into}
	if p := attach.Rules(k, tracer); p.Type != tracer.Type || p.Attach != tracer.Attach {
		t.Errorf("a program that traces another goes by %+v", p)
	}
}

func TestAccess(t *testing.T) {
	k := load(t)
	for _, c := range []struct {
		at        string
		off, size int
		write     bool
		typ       abi.RegType
		pointee   string
		log       string // with ok false: the reason, where there is one
		refused   bool
	}{
		{at: "fentry:bpf_fentry_test1", size: 8, typ: abi.SCALAR_VALUE},
		{at: "fentry:bpf_fentry_test1", size: 8, write: true, refused: true},
		{at: "fentry:bpf_fentry_test1", off: 4, size: 8, refused: true},
		{at: "fentry:bpf_fentry_test1", off: 4, size: 4, refused: true, log: "func 'bpf_fentry_test1' offset 4 is not multiple of 8"},
		{at: "fentry:bpf_fentry_test1", off: 8, size: 8, refused: true, log: "func 'bpf_fentry_test1' doesn't have 2-th argument"},
		{at: "fexit:bpf_fentry_test1", off: 8, size: 8, typ: abi.SCALAR_VALUE},
		{at: "fentry:vfs_read", size: 8, typ: abi.PTR_TO_BTF_ID, pointee: "file"},
		{at: "fentry:vfs_read", size: 4, refused: true, log: "func 'vfs_read' size 4 must be 8"},
		// The first parameter of a tracepoint's function is not the program's.
		{at: "tp_btf:sched_switch", off: 8, size: 8, typ: abi.PTR_TO_BTF_ID | abi.PTR_TRUSTED, pointee: "task_struct"},
		{at: "tp_btf:sched_pi_setprio", off: 8, size: 8, typ: abi.PTR_TO_BTF_ID | abi.PTR_TRUSTED | abi.PTR_MAYBE_NULL, pointee: "task_struct"},
		{at: "iter:bpf_iter_task", off: 8, size: 8, typ: abi.PTR_TO_BTF_ID | abi.PTR_MAYBE_NULL | abi.PTR_TRUSTED, pointee: "task_struct"},
		{at: "iter:bpf_iter_bpf_map_elem", off: 16, size: 8, typ: abi.PTR_TO_BUF | abi.PTR_MAYBE_NULL | abi.MEM_RDONLY},
		{at: "lsm:bpf_lsm_file_open", size: 8, typ: abi.PTR_TO_BTF_ID | abi.PTR_TRUSTED, pointee: "file"},
		{at: "struct_ops:tcp_congestion_ops.ssthresh", size: 8, typ: abi.PTR_TO_BTF_ID | abi.PTR_TRUSTED, pointee: "tcp_sock"},
		{at: "struct_ops:Qdisc_ops.enqueue", size: 8, typ: abi.PTR_TO_BTF_ID | abi.PTR_TRUSTED, pointee: "sk_buff"},
		{at: "struct_ops:Qdisc_ops.enqueue", off: 16, size: 8, typ: abi.PTR_TO_BTF_ID | abi.PTR_TRUSTED, pointee: "bpf_sk_buff_ptr"},
	} {
		t.Run(c.at, func(t *testing.T) {
			log := &vlog.Log{}
			img := image(t, k, c.at)
			target, err := attach.Check(log, k, img, attach.Own{}, nil)
			if err != nil {
				t.Fatal(err, log)
			}
			f, ok := target.Access(c.off, c.size, c.write)
			if ok == c.refused || log.LastLine() != c.log {
				t.Fatalf("offset %d: %v, log %q; want %q", c.off, ok, log, c.log)
			}
			if !ok {
				return
			}
			pointee := ""
			if f.BTFID != 0 {
				pointee = img.Types[f.Set].ByID(f.BTFID).TypeName()
			}
			if f.Type != c.typ || pointee != c.pointee {
				t.Errorf("offset %d gives type %#x of %q, want %#x of %q", c.off, f.Type, pointee, c.typ, c.pointee)
			}
		})
	}
}

// A security hook's result is known within its range, and no further.
func TestAccessToHookResult(t *testing.T) {
	k := load(t)
	target, err := attach.Check(&vlog.Log{}, k, image(t, k, "lsm:bpf_lsm_file_open"), attach.Own{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	f, ok := target.Access(8, 8, false)
	if !ok || !f.Bounded || f.Type != abi.SCALAR_VALUE || f.Ret.Min != -4095 || f.Ret.Max != 0 {
		t.Errorf("%+v, %v", f, ok)
	}
}

// The socket buffer that a queueing discipline is given is the program's to release.
func TestAcquireArgs(t *testing.T) {
	k := load(t)
	target, err := attach.Check(&vlog.Log{}, k, image(t, k, "struct_ops:Qdisc_ops.enqueue"), attach.Own{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	id := uint32(6)
	target.AcquireArgs(func() uint32 { id++; return id })
	first, _ := target.Access(0, 8, false)
	second, _ := target.Access(8, 8, false)
	if id != 7 || first.RefObjID != 7 || second.RefObjID != 0 {
		t.Errorf("%d references, arguments %+v and %+v", id-6, first, second)
	}
}

func TestResults(t *testing.T) {
	k := load(t)
	for at, want := range map[string]struct {
		void     bool
		returned string
	}{
		"xdp":                            {},
		"lsm:bpf_lsm_file_open":          {},
		"lsm:bpf_lsm_file_free_security": {void: true},
		"struct_ops:Qdisc_ops.dequeue":   {returned: "sk_buff"},
	} {
		target, err := attach.Check(&vlog.Log{}, k, image(t, k, at), attach.Own{}, nil)
		if err != nil {
			t.Fatal(at, err)
		}
		name := ""
		if set, id := target.Returned(); set != nil {
			name = set.ByID(id).TypeName()
		}
		if target.ReturnsVoid() != want.void || name != want.returned {
			t.Errorf("%s: void %v, pointer to %q", at, target.ReturnsVoid(), name)
		}
	}
}
