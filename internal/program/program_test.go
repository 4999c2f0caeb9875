package program_test

import (
	"strings"
	"testing"

	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/cfg"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/program"
	"github.com/bpfverdict/bpfverdict/internal/testing/asm"
	"github.com/bpfverdict/bpfverdict/internal/types"
	"github.com/bpfverdict/bpfverdict/internal/vlog"
)

func load(t *testing.T) *kmodel.Model {
	t.Helper()
	k, err := kmodel.Load("6.18")
	if err != nil {
		t.Fatal(err)
	}
	return k
}

var maps = []*object.Map{
	{Type: abi.MAP_TYPE_ARRAY, KeySize: 4, ValueSize: 48, MaxEntries: 1},
	{Type: abi.MAP_TYPE_HASH, KeySize: 4, ValueSize: 8, MaxEntries: 4},
}

// image is a socket filter. Its functions are described by funcs, in order, each "[global ]NAME[ TAG]" and
// returning an int; without any it has no BTF.
func image(t *testing.T, k *kmodel.Model, code string, funcs ...string) *object.Image {
	t.Helper()
	insns, err := asm.Parse(code, asm.Names{
		Helper: func(name string) (int32, bool) { return abi.BPF_FUNC_tail_call, name == "tail_call" },
		Kfunc: func(name string) (int32, bool) {
			id, f := k.Types().FindFunc(name)
			return int32(id), f != nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	img := &object.Image{
		Type: abi.PROG_TYPE_SOCKET_FILTER, License: "GPL", Insns: insns, Maps: maps, Types: []*types.Set{k.Types(), nil},
	}
	if len(funcs) > 0 {
		describe(t, img, funcs)
	}
	return img
}

func describe(t *testing.T, img *object.Image, funcs []string) {
	t.Helper()
	b, err := btf.NewBuilder(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	proto := &btf.FuncProto{Return: &btf.Int{Name: "int", Size: 4}}
	starts := []uint32{0}
	for i := range img.Insns {
		if in := &img.Insns[i]; in.IsPseudoCall() || in.IsPseudoFunc() {
			starts = append(starts, uint32(i+1+int(in.Imm)))
		}
	}
	for i, text := range funcs {
		name, isGlobal := strings.CutPrefix(text, "global ")
		name, tag, tagged := strings.Cut(name, " ")
		f := &btf.Func{Name: name, Type: proto, Linkage: btf.StaticFunc}
		if isGlobal {
			f.Linkage = btf.GlobalFunc
		}
		if tagged {
			f.Tags = []string{tag}
		}
		id, err := b.Add(f)
		if err != nil {
			t.Fatal(err)
		}
		start := uint32(len(img.Insns)) - 2 // a function that nobody calls lies at the end
		if i < len(starts) {
			start = starts[i]
		}
		img.Funcs = append(img.Funcs, object.FuncInfo{Insn: start, TypeID: uint32(id)})
	}
	spec, err := b.Spec()
	if err != nil {
		t.Fatal(err)
	}
	img.BTF = types.Of(spec)
	img.Types[1] = img.BTF
}

func noCalls(*insn.Insn) cfg.Call { return cfg.Call{} }

// Each refusal comes from another step; messages of the steps' own packages are tested there.
func TestRefusals(t *testing.T) {
	k := load(t)
	const end = "\nr0 = 0\nexit"
	for _, c := range []struct {
		name, code string
		funcs      []string
		change     func(*object.Image)
		want       string
		errno      abi.Errno
		at         int // the instruction
	}{
		{name: "function info not from the start", code: "r0 = 0\nexit", funcs: []string{"main"}, change: func(img *object.Image) { img.Funcs[0].Insn = 1 },
			want: "nonzero insn_off 1 for the first func info record", errno: abi.EINVAL},
		{name: "function info of a type", code: "r0 = 0\nexit", funcs: []string{"main"}, change: func(img *object.Image) { img.Funcs[0].TypeID = 99 },
			want: "invalid type id 99 in func info", errno: abi.EINVAL},
		{name: "too many functions in BTF", code: "r0 = 0\nexit", funcs: []string{"main"},
			change: func(img *object.Image) {
				img.Funcs = append(img.Funcs, object.FuncInfo{Insn: 1, TypeID: img.Funcs[0].TypeID})
			},
			want: "number of funcs in func_info doesn't match number of subprogs", errno: abi.EINVAL},
		{name: "function info elsewhere", code: "call f\nexit\nf:\nr0 = 0\nexit", funcs: []string{"main", "f"}, change: func(img *object.Image) { img.Funcs[1].Insn++ },
			want: "func_info BTF section doesn't match subprog layout in BPF program", errno: abi.EINVAL},
		{name: "no line of a function", code: "call f\nexit\nf:\nr0 = 0\nexit", funcs: []string{"main", "f"}, change: func(img *object.Image) { img.Lines = []object.LineInfo{{Insn: 0}, {Insn: 3}} },
			want: "missing bpf_line_info for func#1", errno: abi.EINVAL},
		{name: "lines out of order", code: "r0 = 0\nexit", change: func(img *object.Image) { img.Lines = []object.LineInfo{{Insn: 0}, {Insn: 0}} },
			want: "Invalid line_info[1].insn_off:0 (prev_offset:0 prog->len:2)", errno: abi.EINVAL},
		{name: "call out of the program", at: 1, code: "r0 = 0\n.raw 85 10 00 00 64 00 00 00\nexit", want: "call to invalid destination", errno: abi.EINVAL},
		{name: "no end", code: "r0 = 0\nr1 = 0", at: 1, want: "last insn is not an exit or jmp", errno: abi.EINVAL},
		{name: "opcode", code: "r0 = 0\n.raw ff 00 00 00 00 00 00 00" + end, want: "unknown opcode ff", errno: abi.EINVAL, at: 1},
		{name: "unreachable", code: "goto over\nr0 = 1\nover:" + end, want: "unreachable insn 1", errno: abi.EINVAL, at: 1},
		{name: "no map", code: ".raw 18 11 00 00 bf bd f0 ff\n.raw 00 00 00 00 00 00 00 00" + end, want: "fd 1000000 is not pointing to valid bpf_map", errno: abi.EBADF},
		{name: "behind a value", at: 1, code: "r0 = 0\nr1 = map[0] + 48 ll" + end, want: "invalid access to map value pointer, value_size=48 off=48", errno: abi.EINVAL},
		{name: "value of a hash", code: "r1 = map[1] + 4 ll" + end, want: "no direct value access support for this map type", errno: abi.EINVAL},
		{name: "map that sleepers can't use", code: "r1 = map[1] ll" + end,
			change: func(img *object.Image) {
				img.Sleepable, img.Type = true, abi.PROG_TYPE_KPROBE
				img.Maps = []*object.Map{maps[0], {Type: abi.MAP_TYPE_SOCKMAP}}
			},
			want: "Sleepable programs can only use array, hash, ringbuf and local storage maps", errno: abi.EINVAL},
		{name: "kernel function that is a type", code: ".raw 85 20 00 00 01 00 00 00" + end, want: "kernel btf_id 1 is not a function", errno: abi.EINVAL},
		{name: "kernel function without a licence", code: ".raw 85 20 00 00 01 00 00 00" + end, change: func(img *object.Image) { img.License = "none" },
			want: "cannot call kernel function from non-GPL compatible program", errno: abi.EINVAL},
		{name: "two exception callbacks", code: "r0 = 0\nexit", funcs: []string{"main exception_callback:a"},
			change: func(img *object.Image) {
				img.BTF.ByID(img.Funcs[0].TypeID).(*btf.Func).Tags = []string{"exception_callback:a", "exception_callback:b"}
			},
			want: "multiple exception callback tags for main subprog", errno: abi.EEXIST},
		{name: "exception callback that is not there", code: "r0 = 0\nexit", funcs: []string{"main exception_callback:f"},
			want: "exception callback 'f' could not be found in BTF", errno: abi.ENOENT},
		{name: "static exception callback", code: "r0 = 0\nexit\nr0 = 0\nexit", funcs: []string{"main exception_callback:f", "f"},
			want: "exception callback 'f' must have global linkage", errno: abi.EINVAL},
		{name: "tail call for nothing", code: "call f\nr0 = 0\nexit\nf:\nr3 = 0\nr2 = map[0] ll\ncall tail_call\nr0 = 0\nexit", funcs: []string{"main", "f"}, at: 6,
			change: func(img *object.Image) {
				img.BTF.ByID(img.Funcs[1].TypeID).(*btf.Func).Type.(*btf.FuncProto).Return = &btf.Void{}
			},
			want: "tail_call is only allowed in functions that return 'int'.", errno: abi.EINVAL},
		{name: "where it attaches", code: "r0 = 0\nexit", change: func(img *object.Image) { img.Type = abi.PROG_TYPE_TRACING },
			want: "Tracing programs must provide btf_id", errno: abi.EINVAL},
		{name: "nothing", change: func(img *object.Image) { img.Insns = nil }, errno: abi.E2BIG},
	} {
		t.Run(c.name, func(t *testing.T) {
			img := image(t, k, c.code, c.funcs...)
			if c.change != nil {
				c.change(img)
			}
			log := &vlog.Log{}
			p := new(program.Program)
			err := p.Prepare(vlog.NewPrinter(log, img, &img.Maps), k, img, noCalls, nil, nil)
			if vlog.Errno(err) != c.errno || log.LastLine() != c.want {
				t.Errorf("%q, errno %d; want %q, %d", log.LastLine(), vlog.Errno(err), c.want, c.errno)
			} else if c.at != 0 && p.Looked != c.at {
				t.Errorf("refused at %d, want %d", p.Looked, c.at)
			}
		})
	}
}

func prepare(t *testing.T, k *kmodel.Model, img *object.Image, calls cfg.Calls) *program.Program {
	t.Helper()
	log := &vlog.Log{}
	p := new(program.Program)
	if err := p.Prepare(vlog.NewPrinter(log, img, &img.Maps), k, img, calls, nil, nil); err != nil {
		t.Fatal(err, log)
	}
	return p
}

func TestSubprograms(t *testing.T) {
	k := load(t)
	p := prepare(t, k, image(t, k, `
		call f
		exit
	f:
		r3 = 0
		r2 = map[0] ll
		call tail_call
		r0 = 0
		exit
		r0 = 0
		exit`, "main exception_callback:caught", "f", "global caught"), func(in *insn.Insn) cfg.Call {
		return cfg.Call{ChangesPkt: in.Imm == abi.BPF_FUNC_tail_call}
	})
	if len(p.Subprogs) != 3 || p.ExceptionCallback != 2 {
		t.Fatalf("%d functions, exceptions in %d", len(p.Subprogs), p.ExceptionCallback)
	}
	for i, want := range []struct {
		name                     string
		start                    int
		global, tailCalls, moves bool
	}{
		{"main", 0, false, false, true},
		{"f", 2, false, true, true},
		{"caught", 8, true, false, false},
	} {
		s := &p.Subprogs[i]
		if p.SubprogName(i) != want.name || s.Start != want.start || s.Global != want.global ||
			s.HasTailCall != want.tailCalls || s.ChangesPkt != want.moves {
			t.Errorf("function %d: %q %+v", i, p.SubprogName(i), *s.Subprog)
		}
	}
	if p.SubprogName(3) != "" || p.SubprogName(-1) != "" {
		t.Error("functions that are not there have names")
	}
}

// What an immediate stands for is known before the walk.
func TestImmediates(t *testing.T) {
	k := load(t)
	img := image(t, k, "r1 = map[0] + 40 ll\nr2 = map[1] ll\n.raw 18 33 00 00 00 00 00 00\n.raw 00 00 00 00 00 00 00 00\nr0 = 0\nexit")
	id, _ := k.Types().FindFunc("bpf_fentry_test1")
	img.Insns[4].Imm = int32(id)
	at := prepare(t, k, img, noCalls).Imms
	if at[0].Map != 0 || at[0].MapOff != 40 || at[2].Map != 1 || at[2].MapOff != 0 {
		t.Errorf("maps: %+v, %+v", at[0], at[2])
	}
	if at[4].Type != abi.PTR_TO_MEM|abi.MEM_RDONLY || at[4].MemSize != 0 {
		t.Errorf("a kernel function: %+v", at[4])
	}

	// Kernels without KALLSYMS_ALL know no variable's address.
	id, _ = types.Find[*btf.Var](k.Types(), "runqueues")
	img.Insns[4].Imm = int32(id)
	log := &vlog.Log{}
	err := new(program.Program).Prepare(vlog.NewPrinter(log, img, &img.Maps), k, img, noCalls, nil, nil)
	if want := "ldimm64 failed to find the address for kernel symbol 'runqueues'."; vlog.Errno(err) != abi.ENOENT || log.LastLine() != want {
		t.Errorf("%v, %q; want %q", err, log.LastLine(), want)
	}
}

// Control flow, loops and live registers come with the program, in the order that the kernel's steps need.
func TestControlFlow(t *testing.T) {
	k := load(t)
	p := prepare(t, k, image(t, k, "r1 = 3\nagain:\nr1 += -1\nif r1 != 0 goto again\nr0 = r1\nexit"), noCalls)
	if p.SCC[0] != 0 || p.SCC[1] == 0 || p.SCC[1] != p.SCC[2] || p.SCC[3] != 0 {
		t.Errorf("loops %v", p.SCC)
	}
	if !p.Has(1, cfg.PrunePoint) || !p.Has(2, cfg.PrunePoint) || p.Has(0, cfg.PrunePoint) {
		t.Errorf("marks %v", p.Marks)
	}
	if p.LiveRegs[0] != 0 || p.LiveRegs[1] != 1<<insn.R1 || p.LiveRegs[4] != 1<<insn.R0 {
		t.Errorf("live registers %b", p.LiveRegs)
	}
	if len(p.SubprogOrder(0)) != 5 {
		t.Errorf("order %v", p.SubprogOrder(0))
	}
}
