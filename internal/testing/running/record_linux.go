package running

import (
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kernellog"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/testing/asked"
	"github.com/bpfverdict/bpfverdict/internal/testing/bpfsys"
	"github.com/bpfverdict/bpfverdict/internal/types"
)

// recorder asks the running kernel what generators make tables of.
type recorder struct {
	set      *types.Set
	helpers  int32 // ids are below
	kfuncs   []*btf.Func
	progress func(string)
}

// Record asks the running kernel everything. It takes minutes where the machine is emulated.
func Record(progress func(string)) (*asked.Answers, error) {
	k, err := Ask()
	if err != nil {
		return nil, err
	}
	r := &recorder{progress: progress}
	if r.set, err = kmodel.LoadTypes(btfFile); err != nil {
		return nil, err
	}
	var ids *btf.Enum
	if err := r.set.Spec().TypeByName("bpf_func_id", &ids); err != nil {
		return nil, err
	}
	for _, v := range ids.Values {
		if v.Name == "__BPF_FUNC_MAX_ID" {
			r.helpers = int32(v.Value)
		}
	}
	if r.kfuncs, err = kfuncs(r.set); err != nil {
		return nil, err
	}
	a := &asked.Answers{Uname: k.Release + " " + k.Version}
	progress("hooks")
	a.Hooks = r.hooks()
	progress("struct_ops")
	a.StructOps = r.structOps()
	progress("iterators")
	a.Iterators = r.iterators()
	progress("maps")
	a.SleepableMaps, a.OtherMaps = r.maps()
	progress("contexts")
	a.Contexts = r.contexts()
	progress("kinds")
	a.Kinds = r.kinds(a)
	return a, nil
}

// kfuncs are the functions that programs may be let call: those with the tag, and on kernels that tag none all
// that are in some list of functions.
func kfuncs(set *types.Set) (list []*btf.Func, err error) {
	listed := map[string]bool{}
	symbols, err := os.ReadFile("/proc/kallsyms")
	if err != nil {
		return nil, err
	}
	for _, m := range inList.FindAllSubmatch(symbols, -1) {
		listed[string(m[1])] = true
	}
	var tagged []*btf.Func
	for t, err := range set.Spec().All() {
		if err != nil {
			return nil, err
		}
		f, ok := t.(*btf.Func)
		if ok && slices.Contains(f.Tags, "bpf_kfunc") {
			tagged = append(tagged, f)
		}
		if ok && listed[f.Name] {
			list = append(list, f)
		}
	}
	if tagged != nil {
		return tagged, nil
	}
	return list, nil
}

// inList is the symbol for a place in a list of functions.
var inList = regexp.MustCompile(`__BTF_ID__func__(\w+?)__\d+\b`)

// each calls f for 0..n-1, on all CPUs.
func each(n int, f func(i int)) {
	var wg sync.WaitGroup
	next := make(chan int)
	for range 2 {
		wg.Go(func() {
			for i := range next {
				f(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wg.Wait()
}

func (k kind) loads(insns ...asm.Instruction) bool {
	_, errno := bpfsys.Load(bpfsys.Prog{
		Type: uint32(k.Type), Attach: uint32(k.Attach), Sleepable: k.Sleepable, AttachBTFID: k.target, Insns: insns,
	})
	return errno == 0
}

// kinds asks what each kind of programs may do.
func (r *recorder) kinds(a *asked.Answers) []asked.Kind {
	var list []kind
	for _, k := range r.loadable(a) {
		if k.loads(exit...) || k.loads(asm.Mov.Imm(asm.R0, 1), asm.Return()) {
			list = append(list, k)
		}
	}
	out := make([]asked.Kind, len(list))
	ask := func(first bool) {
		each(len(list), func(i int) {
			like := slices.IndexFunc(list, list[i].alike)
			if (like == i) != first {
				return
			}
			k := list[i]
			r.progress(k.String())
			out[i] = asked.Kind{Type: k.Type, Attach: k.Attach, Sleepable: k.Sleepable, Name: k.AttachName, StructOps: k.StructOps, Return: r.returnOf(k)}
			if first {
				out[i].Helpers, out[i].Kfuncs = r.helpersOf(k), r.kfuncsOf(k, func(string) bool { return true })
				return
			}
			out[i].Helpers, out[i].Kfuncs = r.asAlike(k, &out[like])
		})
	}
	ask(true)
	ask(false)
	return out
}

// alike reports whether programs of two kinds differ by the name of what they attach to alone.
func (k kind) alike(o kind) bool {
	return k.Type == o.Type && k.StructOps == o.StructOps && (k.Type == abi.PROG_TYPE_STRUCT_OPS || k.Attach == o.Attach && k.Sleepable == o.Sleepable)
}

// asAlike asks of a kind only what may depend on the name of what it attaches to, and takes the rest from one that is
// alike: of structs of functions, congestion controls have helpers by name, and schedulers and queueing disciplines
// kernel functions of their own.
func (r *recorder) asAlike(k kind, like *asked.Kind) (helpers []asked.Helper, kfuncs []string) {
	own := func(name string) bool {
		return k.Type == abi.PROG_TYPE_STRUCT_OPS && (strings.Contains(name, "scx_") || strings.Contains(name, "qdisc") || strings.Contains(name, "skb")) ||
			k.Type == abi.PROG_TYPE_LSM && strings.Contains(name, "sock")
	}
	helpers = like.Helpers
	if k.Type != abi.PROG_TYPE_STRUCT_OPS || k.StructOps == "tcp_congestion_ops" {
		helpers = r.helpersOf(k)
	}
	kfuncs = r.kfuncsOf(k, own)
	for _, name := range like.Kfuncs {
		if !own(name) {
			kfuncs = append(kfuncs, name)
		}
	}
	slices.Sort(kfuncs)
	return helpers, kfuncs
}

// loadable are the ways to load programs.
func (r *recorder) loadable(a *asked.Answers) []kind {
	all := kinds(r.set)
	for typ := abi.PROG_TYPE_SOCKET_FILTER; typ <= abi.PROG_TYPE_NETFILTER; typ++ {
		if attachTypes[typ] != nil || typ == abi.PROG_TYPE_TRACING {
			continue
		}
		all = append(all, kind{kmodel.Prog{Type: typ, Sleepable: true}, 0})
	}
	tracing := func(fn string, at abi.AttachType) {
		if id, _ := r.set.FindFunc(fn); id != 0 {
			for _, sleepable := range []bool{false, true} {
				all = append(all, kind{kmodel.Prog{Type: abi.PROG_TYPE_TRACING, Attach: at, AttachName: fn, Sleepable: sleepable}, id})
			}
		}
	}
	for _, at := range []abi.AttachType{abi.ATTACH_TRACE_FENTRY, abi.ATTACH_TRACE_FEXIT, abi.ATTACH_TRACE_FSESSION} {
		tracing("bpf_fentry_test1", at)
	}
	replaced := "bpf_modify_return_test"
	if id, _ := r.set.FindFunc("register_btf_fmodret_id_set"); id == 0 { // only the results of security hooks are replaced
		replaced = "security_file_permission"
	}
	tracing(replaced, abi.ATTACH_MODIFY_RETURN)
	for _, it := range a.Iterators {
		if id, _ := r.set.FindFunc("bpf_iter_" + it.Target); id != 0 {
			all = append(all, kind{kmodel.Prog{Type: abi.PROG_TYPE_TRACING, Attach: abi.ATTACH_TRACE_ITER, AttachName: it.Target, Sleepable: it.Sleepable}, id})
		}
	}
	for _, h := range a.Hooks {
		id, _ := r.set.FindFunc("bpf_lsm_" + h.Name)
		network := strings.Contains(h.Name, "sock") || strings.Contains(h.Name, "inet_") || strings.HasPrefix(h.Name, "sk_") || strings.HasPrefix(h.Name, "unix_")
		if h.MAC && (network && strings.HasSuffix(h.Name, "msg") || h.Name == "file_open") {
			all = append(all, kind{kmodel.Prog{Type: abi.PROG_TYPE_LSM, Attach: abi.ATTACH_LSM_MAC, AttachName: h.Name}, id})
			if h.Sleepable {
				all = append(all, kind{kmodel.Prog{Type: abi.PROG_TYPE_LSM, Attach: abi.ATTACH_LSM_MAC, AttachName: h.Name, Sleepable: true}, id})
			}
		}
		if h.Cgroup && (network || h.Name == "file_open") {
			all = append(all, kind{kmodel.Prog{Type: abi.PROG_TYPE_LSM, Attach: abi.ATTACH_LSM_CGROUP, AttachName: h.Name}, id})
		}
	}
	for _, s := range a.StructOps {
		id, t := r.set.FindStruct(s.Name)
		for i, m := range t.Members {
			if sleepable, ok := s.Members[m.Name]; ok {
				all = append(all, kind{kmodel.Prog{
					Type: abi.PROG_TYPE_STRUCT_OPS, Attach: abi.AttachType(i), AttachName: m.Name, StructOps: s.Name, Sleepable: sleepable,
				}, id})
			}
		}
	}
	return all
}

// zeroes are five arguments that fit nothing but numbers.
func zeroes() (insns []asm.Instruction) {
	for r := asm.R1; r <= asm.R5; r++ {
		insns = append(insns, asm.Mov.Imm(r, 0))
	}
	return insns
}

func (r *recorder) helpersOf(k kind) (list []asked.Helper) {
	for id := int32(1); id < r.helpers; id++ {
		text := k.load("GPL", append(append(zeroes(), asm.BuiltinFunc(id).Call()), exit...)...)
		if strings.Contains(text, "cannot use helper") || strings.Contains(text, "unknown func") || strings.Contains(text, "invalid func") {
			continue
		}
		says := message(text)
		list = append(list, asked.Helper{ID: id, Sleeps: strings.Contains(says, "sleep"), Says: says})
	}
	return list
}

// message is what a log refuses with, "" where the program was accepted.
func message(log string) string {
	for _, l := range kernellog.Parse(log) {
		return l.Message
	}
	return ""
}

// kfuncsOf are the kernel functions that programs may call, of those that are wanted.
func (r *recorder) kfuncsOf(k kind, wanted func(name string) bool) (names []string) {
	for _, f := range r.kfuncs {
		if !wanted(f.Name) {
			continue
		}
		text := k.load("GPL", append(append(zeroes(), callKfunc(r.set.ID(f))), exit...)...)
		if !notCallable.MatchString(text) && text != "" {
			names = append(names, f.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// notCallable is what the kernel says of a function that programs may not call, wherever they are.
var notCallable = regexp.MustCompile(`calling kernel function \S+ is not allowed|cannot call kernel function`)

// shouldHave is a range, or on older kernels bits that are set and bits that may be.
var shouldHave = regexp.MustCompile(`should have been in [\[(](-?\w+)([,;]) (-?\w+)[\])]`)

// returnOf asks with a number that the verifier knows nothing of, with a pointer, and with nothing.
func (r *recorder) returnOf(k kind) (ret asked.Return) {
	unknown := []asm.Instruction{asm.FnGetPrandomU32.Call(), asm.LSh.Imm(asm.R0, 32), asm.FnGetPrandomU32.Call(), asm.Return()}
	if m := shouldHave.FindStringSubmatch(k.load("GPL", unknown...)); m != nil {
		lo, _ := strconv.ParseInt(m[1], 0, 64)
		hi, _ := strconv.ParseInt(m[3], 0, 64)
		if m[2] == ";" {
			hi |= lo
		}
		ret.Checked, ret.Min, ret.Max = true, lo, hi
	}
	ret.Pointer = k.loads(asm.Mov.Reg(asm.R0, asm.R10), asm.Return())
	ret.Unset = k.loads(asm.Return())
	return ret
}

// maps are the map types that sleepable programs may use, and those that they may not.
func (r *recorder) maps() (may, mayNot []abi.MapType) {
	syscall := kind{kmodel.Prog{Type: abi.PROG_TYPE_SYSCALL, Sleepable: true}, 0}
	for mt := abi.MAP_TYPE_HASH; mt < 64; mt++ {
		for _, shape := range MapShapes {
			fd, errno := shape.make(mt)
			if errno != 0 {
				continue
			}
			text := syscall.load("GPL", append([]asm.Instruction{asm.LoadMapPtr(asm.R1, fd)}, exit...)...)
			bpfsys.Close(fd)
			if strings.Contains(text, "Sleepable programs can only use") {
				mayNot = append(mayNot, mt)
			} else {
				may = append(may, mt)
			}
			break
		}
	}
	return may, mayNot
}

// hooks are the security hooks that programs load for.
func (r *recorder) hooks() []asked.Hook {
	var list []asked.Hook
	for t, err := range r.set.Spec().All() {
		if err != nil {
			break
		}
		f, ok := t.(*btf.Func)
		if !ok || !strings.HasPrefix(f.Name, "bpf_lsm_") {
			continue
		}
		id := r.set.ID(f)
		loads := func(at abi.AttachType, sleepable bool) bool {
			return kind{kmodel.Prog{Type: abi.PROG_TYPE_LSM, Attach: at, Sleepable: sleepable}, id}.loads(exit...) ||
				kind{kmodel.Prog{Type: abi.PROG_TYPE_LSM, Attach: at, Sleepable: sleepable}, id}.loads(asm.Mov.Imm(asm.R0, 1), asm.Return())
		}
		h := asked.Hook{Name: strings.TrimPrefix(f.Name, "bpf_lsm_"), MAC: loads(abi.ATTACH_LSM_MAC, false),
			Sleepable: loads(abi.ATTACH_LSM_MAC, true), Cgroup: loads(abi.ATTACH_LSM_CGROUP, false)}
		if h.MAC || h.Sleepable || h.Cgroup {
			list = append(list, h)
		}
	}
	return list
}

// structOps are the structs that programs may implement, by the kernel's own structs for them.
func (r *recorder) structOps() []asked.StructOps {
	var list []asked.StructOps
	for t, err := range r.set.Spec().All() {
		if err != nil {
			break
		}
		s, ok := t.(*btf.Struct)
		name, isValue := strings.CutPrefix(t.TypeName(), "bpf_struct_ops_")
		if !ok || !isValue || s == nil {
			continue
		}
		id, ops := r.set.FindStruct(name)
		if ops == nil {
			continue
		}
		out := asked.StructOps{Name: name, Members: map[string]bool{}}
		for i, m := range ops.Members {
			k := kind{kmodel.Prog{Type: abi.PROG_TYPE_STRUCT_OPS, Attach: abi.AttachType(i)}, id}
			plain := k.loads(exit...)
			k.Sleepable = true
			if sleeps := k.loads(exit...); plain || sleeps {
				out.Members[m.Name] = sleeps
			}
		}
		if len(out.Members) > 0 {
			list = append(list, out)
		}
	}
	return list
}

// memberName is a member's name; pointers of contexts are in unions without a name, which make them 8 bytes long.
func memberName(m btf.Member) string {
	if u, ok := m.Type.(*btf.Union); ok && m.Name == "" && len(u.Members) > 0 {
		return u.Members[0].Name
	}
	return m.Name
}

var loaded = regexp.MustCompile(`R2(?:_w)?=(\w+)`)

// iterators are the targets of iterator programs.
func (r *recorder) iterators() []asked.Iterator {
	var list []asked.Iterator
	for t, err := range r.set.Spec().All() {
		if err != nil {
			break
		}
		target, ok := strings.CutPrefix(t.TypeName(), "bpf_iter__")
		s, isStruct := t.(*btf.Struct)
		id, _ := r.set.FindFunc("bpf_iter_" + target)
		if !ok || !isStruct || id == 0 {
			continue
		}
		k := kind{kmodel.Prog{Type: abi.PROG_TYPE_TRACING, Attach: abi.ATTACH_TRACE_ITER}, id}
		it := asked.Iterator{Target: target, Fields: map[string]string{}}
		for _, m := range s.Members {
			text, _ := bpfsys.Load(bpfsys.Prog{Type: uint32(k.Type), Attach: uint32(k.Attach), AttachBTFID: id, LogLevel: 2,
				Insns: append(asm.Instructions{asm.LoadMem(asm.R2, asm.R1, int16(m.Offset.Bytes()), asm.DWord)}, exit...)})
			if found := loaded.FindStringSubmatch(text); found != nil {
				it.Fields[memberName(m)] = found[1]
			}
		}
		k.Sleepable = true
		it.Sleepable = k.loads(exit...)
		list = append(list, it)
	}
	return list
}
