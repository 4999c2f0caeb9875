package running

import (
	"fmt"
	"slices"
	"strings"
	"syscall"

	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/testing/bpfsys"
	"github.com/bpfverdict/bpfverdict/internal/types"
)

// Survey asks the running kernel what a model's tables say, and reports each difference.
type Survey struct {
	Model  *kmodel.Model
	Report func(format string, args ...any)
	kinds  []kind
}

// Tables are the questions by name.
var Tables = []struct {
	Name string
	Ask  func(*Survey)
}{
	{"helpers", (*Survey).helpers},
	{"kfuncs", (*Survey).kfuncs},
	{"contexts", (*Survey).contexts},
	{"return ranges", (*Survey).returnRanges},
	{"maps of sleepable programs", (*Survey).sleepableMaps},
}

// NewSurvey prepares the questions. Kinds of programs that the kernel can't load are reported and left out.
func NewSurvey(m *kmodel.Model, report func(format string, args ...any)) *Survey {
	s := &Survey{Model: m, Report: report}
	for _, k := range kinds(m.Types()) {
		if k.load("GPL", exit...) == "" {
			report("%v: does not load", k)
			continue
		}
		s.kinds = append(s.kinds, k)
	}
	return s
}

// kind is a way to load programs.
type kind struct {
	kmodel.Prog
	target uint32 // BTF id it attaches to
}

func (k kind) String() string {
	return fmt.Sprintf("%v attach %d sleepable %v %s", k.Type, k.Attach, k.Sleepable, k.AttachName)
}

func (k kind) load(licence string, insns ...asm.Instruction) string {
	text, _ := bpfsys.Load(bpfsys.Prog{
		Type: uint32(k.Type), Attach: uint32(k.Attach), Sleepable: k.Sleepable, AttachBTFID: k.target,
		License: licence, Insns: insns,
	})
	return text
}

// attachTypes are the attach types of program types for which they decide what is allowed.
var attachTypes = map[abi.ProgType][]abi.AttachType{
	abi.PROG_TYPE_KPROBE: {0, abi.ATTACH_TRACE_KPROBE_MULTI, abi.ATTACH_TRACE_UPROBE_MULTI,
		abi.ATTACH_TRACE_KPROBE_SESSION, abi.ATTACH_TRACE_UPROBE_SESSION},
	abi.PROG_TYPE_CGROUP_SKB:       {0, 1},
	abi.PROG_TYPE_CGROUP_SOCK:      {2, 12, 13, 34},
	abi.PROG_TYPE_CGROUP_SOCK_ADDR: {8, 9, 10, 11, 14, 15, 19, 20, 29, 30, 31, 32, 49, 50, 51, 52, 53},
	abi.PROG_TYPE_SK_REUSEPORT:     {39, 40},
	abi.PROG_TYPE_CGROUP_SOCKOPT:   {21, 22},
	abi.PROG_TYPE_SK_LOOKUP:        {36},
	abi.PROG_TYPE_NETFILTER:        {45},
	abi.PROG_TYPE_SOCK_OPS:         {3},
	abi.PROG_TYPE_CGROUP_DEVICE:    {6},
	abi.PROG_TYPE_CGROUP_SYSCTL:    {18},
}

// kinds are the ways to load programs that a kernel with only itself to attach to has.
func kinds(set *types.Set) []kind {
	var all []kind
	for typ := abi.PROG_TYPE_SOCKET_FILTER; typ <= abi.PROG_TYPE_NETFILTER; typ++ {
		switch typ {
		case abi.PROG_TYPE_LIRC_MODE2, abi.PROG_TYPE_TRACING, abi.PROG_TYPE_STRUCT_OPS,
			abi.PROG_TYPE_EXT, abi.PROG_TYPE_LSM, abi.PROG_TYPE_SYSCALL:
			continue
		}
		list := attachTypes[typ]
		if list == nil {
			list = []abi.AttachType{0}
		}
		for _, at := range list {
			all = append(all, kind{kmodel.Prog{Type: typ, Attach: at}, 0})
		}
	}
	all = append(all, kind{kmodel.Prog{Type: abi.PROG_TYPE_SYSCALL, Sleepable: true}, 0},
		kind{kmodel.Prog{Type: abi.PROG_TYPE_KPROBE, Sleepable: true}, 0})
	for _, target := range []string{"task", "tcp", "udp", "unix"} {
		if id, _ := set.FindFunc("bpf_iter_" + target); id != 0 {
			all = append(all, kind{kmodel.Prog{Type: abi.PROG_TYPE_TRACING, Attach: abi.ATTACH_TRACE_ITER, AttachName: target}, id})
		}
	}
	var tp *btf.Typedef
	if set.Spec().TypeByName("btf_trace_sched_switch", &tp) == nil {
		all = append(all, kind{kmodel.Prog{Type: abi.PROG_TYPE_TRACING, Attach: abi.ATTACH_TRACE_RAW_TP}, set.ID(tp)})
	}
	return all
}

func (s *Survey) helpers() {
	m := s.Model
	rcuLock, _ := m.Types().FindFunc("bpf_rcu_read_lock")
	for _, k := range s.kinds {
		for id := int32(1); m.KnownHelper(id); id++ {
			call := append([]asm.Instruction{asm.BuiltinFunc(id).Call()}, exit...)
			text := k.load("GPL", call...)
			refused := strings.Contains(text, "program of this type cannot use helper") || strings.Contains(text, "unknown func")
			h := m.HelpersOf(k.Prog).Get(id)
			if (h == nil) != refused {
				s.Report("%v: %s: kernel refuses %v", k, m.HelperName(id), refused)
			}
			if h == nil || refused {
				continue
			}
			sleeps := strings.Contains(text, "helper call might sleep")
			if k.Sleepable {
				sleeps = strings.Contains(k.load("GPL", append([]asm.Instruction{callKfunc(rcuLock)}, call...)...), "sleepable helper")
			}
			if sleeps != h.MightSleep {
				s.Report("%v: %s: kernel says it sleeps: %v", k, m.HelperName(id), sleeps)
			}
			if gpl := strings.Contains(k.load("Proprietary", call...), "cannot call GPL-restricted"); gpl != h.GPLOnly {
				s.Report("%v: %s: kernel wants GPL: %v", k, m.HelperName(id), gpl)
			}
		}
	}
}

// takesPointer reports whether an argument of a kernel function is a pointer that is looked at and may not be NULL.
func takesPointer(f *btf.Func) bool {
	for _, p := range f.Type.(*btf.FuncProto).Params {
		_, ok := btf.UnderlyingType(p.Type).(*btf.Pointer)
		free := slices.ContainsFunc([]string{"__nullable", "__opt", "__ign", "__prog"}, func(suffix string) bool {
			return strings.HasSuffix(p.Name, suffix)
		})
		if ok && !free {
			return true
		}
	}
	return false
}

func (s *Survey) kfuncs() {
	m := s.Model
	for typ, err := range m.Types().Spec().All() {
		if err != nil {
			s.Report("types: %v", err)
			return
		}
		f, ok := typ.(*btf.Func)
		if !ok || !slices.Contains(f.Tags, "bpf_kfunc") {
			continue
		}
		id := m.Types().ID(f)
		kf := m.Kfunc(m.Types(), id)
		if kf != nil && kf.DeviceBound {
			continue
		}
		for _, k := range s.kinds {
			var insns []asm.Instruction
			for r := asm.R1; r <= asm.R5; r++ {
				insns = append(insns, asm.Mov.Imm(r, 0))
			}
			text := k.load("GPL", append(append(insns, callKfunc(id)), exit...)...)
			refused := notCallable.MatchString(text)
			if m.KfuncAllowed(kf, k.Prog) == refused {
				s.Report("%v: %s: kernel refuses %v", k, f.Name, refused)
			}
			if refused || kf == nil {
				continue
			}
			sleeps := strings.Contains(text, "must be sleepable")
			if !k.Sleepable && sleeps != (kf.Flags&abi.KF_SLEEPABLE != 0) {
				s.Report("%v: %s: kernel says it sleeps: %v", k, f.Name, sleeps)
			}
			trusted := strings.Contains(text, "pointer passed to trusted")
			if !sleeps && trusted != (kf.Flags&(abi.KF_TRUSTED_ARGS|abi.KF_RCU|abi.KF_RELEASE) != 0 && takesPointer(f)) {
				s.Report("%v: %s: kernel wants trusted arguments: %v", k, f.Name, trusted)
			}
		}
	}
}

func (s *Survey) contexts() {
	m := s.Model
	sizes := []asm.Size{asm.Byte, asm.Half, asm.Word, asm.DWord}
	seen := map[string]bool{}
	for _, k := range s.kinds {
		if k.Type == abi.PROG_TYPE_TRACING || seen[fmt.Sprint(k.Type, k.Attach)] {
			continue
		}
		seen[fmt.Sprint(k.Type, k.Attach)] = true
		for off := 0; off < 240; off++ {
			for i, size := range sizes {
				n := 1 << i
				try := func(in asm.Instruction) bool {
					text := k.load("GPL", append([]asm.Instruction{asm.Mov.Imm(asm.R0, 0), in}, exit...)...)
					return !strings.Contains(text, "invalid bpf_context access") && !strings.Contains(text, "misaligned")
				}
				f, ok := m.CtxAccess(k.Prog, off, n, false)
				if got := try(asm.LoadMem(asm.R2, asm.R1, int16(off), size)); got != ok {
					s.Report("%v: load of %d at %d: kernel allows %v", k, n, off, got)
				}
				if n < 8 {
					if got := try(asm.LoadMemSX(asm.R2, asm.R1, int16(off), size)); got != (ok && !f.NoSext) {
						s.Report("%v: sign-extending load of %d at %d: kernel allows %v", k, n, off, got)
					}
				}
				_, ok = m.CtxAccess(k.Prog, off, n, true)
				if got := try(asm.StoreMem(asm.R1, int16(off), asm.R0, size)); got != ok {
					s.Report("%v: store of %d at %d: kernel allows %v", k, n, off, got)
				}
			}
		}
	}
}

func (s *Survey) returnRanges() {
	m := s.Model
	for _, k := range s.kinds {
		want := m.RetRange(k.Prog, false)
		for v := int32(-1); v <= 4; v++ {
			text := k.load("GPL", asm.Mov.Imm(asm.R0, v), asm.Return())
			refused := strings.Contains(text, "has ")
			if refused != (want.Checked && (v < want.Min || v > want.Max)) {
				s.Report("%v: return %d: kernel refuses %v", k, v, refused)
			}
		}
	}
}

// MapShape are a map's sizes of key and value in bytes, number of entries, and flags.
type MapShape struct{ Key, Value, Entries, Flags uint32 }

// MapShapes are such as one map type or another takes.
var MapShapes = []MapShape{
	{4, 4, 1, 0}, {4, 8, 1, 0}, {4, 16, 1, 0}, {0, 8, 4, 0}, {0, 0, 4096, 0}, {16, 4, 0, 0},
	{8, 4, 1, abi.BPF_F_NO_PREALLOC}, {4, 4, 0, abi.BPF_F_NO_PREALLOC}, {4, 4, 1, abi.BPF_F_NO_PREALLOC}, {0, 0, 1, abi.BPF_F_MMAPABLE},
}

// make has the kernel make a map of that shape without types.
func (s MapShape) make(mt abi.MapType) (int, syscall.Errno) {
	return bpfsys.CreateMap("", uint32(mt), s.Key, s.Value, s.Entries, s.Flags, 0, 0, 0)
}

func (s *Survey) sleepableMaps() {
	i := slices.IndexFunc(s.kinds, func(k kind) bool { return k.Type == abi.PROG_TYPE_SYSCALL })
	for mt := abi.MAP_TYPE_HASH; mt < abi.MAP_TYPE_ARENA; mt++ {
		for _, shape := range MapShapes {
			fd, errno := shape.make(mt)
			if errno != 0 {
				continue
			}
			text := s.kinds[i].load("GPL", append([]asm.Instruction{asm.LoadMapPtr(asm.R1, fd)}, exit...)...)
			bpfsys.Close(fd)
			if refused := strings.Contains(text, "Sleepable programs can only use"); refused == s.Model.SleepableMap(mt) {
				s.Report("map type %d: kernel refuses %v", mt, refused)
			}
			break
		}
	}
}
