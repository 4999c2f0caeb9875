package object

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
)

func model(t testing.TB) *kmodel.Model {
	t.Helper()
	m, err := kmodel.Load("6.18")
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestExamples links the project's own examples.
func TestExamples(t *testing.T) {
	m := model(t)
	for _, name := range seeds(t) {
		o, err := Load(name)
		if err != nil {
			t.Error(err)
			continue
		}
		if len(o.Programs()) == 0 {
			t.Errorf("%s: no programs", name)
		}
		for _, l := range o.Link(m) {
			if l.Err != nil {
				// One example calls a function of a module that is given as an overlay only, two have to be
				// finished by their loader.
				finished := o.Name != "unfinished.bpf.o" && o.Name != "replace.bpf.o"
				if finished && !strings.Contains(l.Err.Error(), "not found in kernel or module BTFs") {
					t.Error(l.Err)
				}
				continue
			}
			if len(l.Image.Insns) < l.Program.Insns || l.Image.BTF == nil || len(l.Image.Funcs) == 0 {
				t.Errorf("%s/%s: incomplete image", name, l.Program.Name)
			}
		}
	}
}

// TestLinkParallel links one object from several goroutines; the race detector watches.
func TestLinkParallel(t *testing.T) {
	m := model(t)
	o, err := Load(seeds(t)[0])
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() { o.Link(m) })
	}
	wg.Wait()
}

// TestTruncated cuts an object at every length: each is refused in one line or read.
func TestTruncated(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("..", "..", "examples", "lookup.bpf.o"))
	if err != nil {
		t.Fatal(err)
	}
	m := model(t)
	for n := range data {
		o, err := LoadBytes("cut.bpf.o", data[:n:n])
		if err == nil {
			o.Link(m)
			continue
		}
		checkLine(t, err)
		var le *LoadError
		if !errors.As(err, &le) || le.Errno == 0 {
			t.Fatalf("%d bytes: %#v", n, err)
		}
	}
}

func TestNoObject(t *testing.T) {
	for _, c := range []struct{ data, want string }{
		{"", "is not a proper ELF object"},
		{"int main() {}", "is not a proper ELF object"},
		{"\x7fELF\x02\x01\x01", "is not a proper ELF object"},
	} {
		_, err := LoadBytes("x.o", []byte(c.data))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v", c.data, err)
		}
	}
	for _, path := range []string{t.TempDir(), filepath.Join(t.TempDir(), "missing.o")} {
		_, err := Load(path)
		var le *LoadError
		if err == nil || errors.As(err, &le) {
			t.Errorf("%s: %v, which says that its content is wrong", path, err)
		}
	}
}

func TestSections(t *testing.T) {
	for _, c := range []struct {
		section string
		typ     abi.ProgType
		attach  abi.AttachType
		flags   sectionFlag
	}{
		{"xdp", abi.PROG_TYPE_XDP, abi.ATTACH_XDP, 0},
		{"xdp.frags", abi.PROG_TYPE_XDP, abi.ATTACH_XDP, secXDPFrags},
		{"kprobe/do_exit", abi.PROG_TYPE_KPROBE, 0, 0},
		{"kprobe", abi.PROG_TYPE_KPROBE, 0, 0},
		{"fentry.s/do_exit", abi.PROG_TYPE_TRACING, abi.ATTACH_TRACE_FENTRY, secAttachBTF | secSleepable},
		{"lsm_cgroup/socket_bind", abi.PROG_TYPE_LSM, abi.ATTACH_LSM_CGROUP, secAttachBTF},
		{"cgroup/connect4", abi.PROG_TYPE_CGROUP_SOCK_ADDR, abi.ATTACH_CGROUP_INET4_CONNECT, 0},
		{"syscall", abi.PROG_TYPE_SYSCALL, 0, secSleepable},
	} {
		d := findSection(c.section)
		if d == nil || d.typ != c.typ || d.attach != c.attach || d.flags != c.flags {
			t.Errorf("%s: %+v", c.section, d)
		}
	}
	for _, s := range []string{"", "xdpx", "kprobes/x", "socket1", "tc/other", "?xdp"} {
		if d := findSection(s); d != nil {
			t.Errorf("%q is %s", s, d.name)
		}
	}
}

func TestEssentialName(t *testing.T) {
	for name, want := range map[string]string{
		"task_struct": "task_struct", "task_struct___v2": "task_struct", "a___b___c": "a___b",
		"___x": "___x", "x____y": "x____y", "": "", "a___": "a___",
	} {
		if got := essentialName(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

// A kernel variable may be declared with a type that no variable can have.
func TestKsymWithoutType(t *testing.T) {
	l := &linker{obj: &Object{}, model: model(t)}
	err := l.findVar(&extern{name: "bpf_prog_active", typeID: 9}, &resolved{})
	if err == nil || !strings.Contains(err.Error(), "extern (var ksym) 'bpf_prog_active': incompatible types, expected [9]") {
		t.Error(err)
	}
}

// The kernel forbids writing to the values of device maps by itself, whoever creates them.
func TestMapFlags(t *testing.T) {
	m := model(t)
	for typ, want := range map[abi.MapType]uint32{
		abi.MAP_TYPE_ARRAY: 0, abi.MAP_TYPE_DEVMAP: abi.BPF_F_RDONLY_PROG, abi.MAP_TYPE_DEVMAP_HASH: abi.BPF_F_RDONLY_PROG,
	} {
		l := &linker{obj: &Object{loader: libbpf}, model: m}
		got, fault, _ := l.createMap(&mapDef{name: "m", typ: typ, key: 4, value: 4, entries: 2, create: true})
		if fault != nil || got.Flags != want {
			t.Errorf("%v: %+v, %v", typ, got, fault)
		}
		raw := &RawProgram{Maps: []Map{{Name: "m", Type: typ, KeySize: 4, ValueSize: 4, MaxEntries: 2}}}
		if img, err := raw.image(m); err != nil || img.Maps[0].Flags != want {
			t.Errorf("%v of a raw program: %+v, %v", typ, img, err)
		}
	}
}

func TestRingbufSize(t *testing.T) {
	for n, want := range map[uint32]uint32{0: 0, 1: 4096, 4096: 4096, 4097: 8192, 12288: 16384, 1 << 31: 1 << 31, 1<<32 - 1: 1<<32 - 1} {
		if got := ringbufSize(n); got != want {
			t.Errorf("%d: %d, want %d", n, got, want)
		}
	}
}

func TestDataMapName(t *testing.T) {
	for _, c := range [][3]string{
		{"my_object_name.bpf.o", ".rodata", "my_objec.rodata"},
		{"my_object_name.bpf.o", ".bss", "my_objec.bss"},
		{"x.bpf.o", ".kconfig", "x.kconfig"},
		{"x.bpf.o", ".rodata.abracadabra", ".rodata.abracad"},
		{"a-b.o", ".data", "a_b.data"},
	} {
		if got := libbpf.dataMapName(c[0], c[1]); got != c[2] {
			t.Errorf("%s %s: %s, want %s", c[0], c[1], got, c[2])
		}
	}
}
