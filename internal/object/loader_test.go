package object

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
)

func TestLoaderSections(t *testing.T) {
	for _, c := range []struct {
		loader  *Loader
		section string
		typ     abi.ProgType // 0 for none
		target  string
	}{
		{libbpf, "classifier/egress", 0, "egress"},
		{libbpf, "fentry/a/b", abi.PROG_TYPE_TRACING, "a/b"},
		{libbpf, "uprobe.session/x", abi.PROG_TYPE_KPROBE, "x"},
		{cilium, "classifier/egress", abi.PROG_TYPE_SCHED_CLS, ""},
		{cilium, "xdp_main", abi.PROG_TYPE_XDP, ""},
		{cilium, "tcx/egress", abi.PROG_TYPE_SCHED_CLS, ""},
		{cilium, "uprobe.session/x", abi.PROG_TYPE_KPROBE, "x"},
		{cilium, "kprobes/x", 0, "x"},
		{cilium, "fsession/x", abi.PROG_TYPE_TRACING, "x"},
		{cilium, "fentry.multi/x", 0, "x"},
		{cilium, "tp_btf.s/x", 0, "x"},
		{libbpf, "fentry.multi/x", abi.PROG_TYPE_TRACING, "x"},
		{aya, "classifier/egress", abi.PROG_TYPE_SCHED_CLS, "egress"},
		{aya, "tc", 0, ""},
		{aya, "xdp/devmap/x", abi.PROG_TYPE_XDP, "x"},
		{aya, "xdp/x", 0, "x"},
		{aya, "cgroup/connect4/x", abi.PROG_TYPE_CGROUP_SOCK_ADDR, "x"},
		{bcc, "sched_act/x", abi.PROG_TYPE_SCHED_ACT, "x"},
		{bcc, "cgroup/sock_create", abi.PROG_TYPE_CGROUP_SOCK, ""},
		{bcc, "fentry/x", 0, "x"},
		{iproute2, "prog", abi.PROG_TYPE_XDP, ""},
		{iproute2, "from-container", abi.PROG_TYPE_SCHED_CLS, ""},
	} {
		def, target := c.loader.sections.find(c.section)
		var typ abi.ProgType
		if def != nil {
			typ = def.typ
		}
		if typ != c.typ || target != c.target {
			t.Errorf("%s: %s: %v %q, want %v %q", c.loader.name, c.section, typ, target, c.typ, c.target)
		}
	}
}

func TestLoaderSizes(t *testing.T) {
	const cpus, page = 8, 4096
	for _, c := range []struct {
		loader *Loader
		m      Map // type, sizes
		typed  bool
		want   [3]uint32 // key, value, entries
	}{
		{cilium, Map{Type: abi.MAP_TYPE_RINGBUF, ValueSize: 12, MaxEntries: page}, true, [3]uint32{0, 0, page}},
		{cilium, Map{Type: abi.MAP_TYPE_RINGBUF, ValueSize: 12, MaxEntries: 100}, false, [3]uint32{0, 12, 100}},
		{cilium, Map{Type: abi.MAP_TYPE_PERF_EVENT_ARRAY}, false, [3]uint32{4, 4, cpus}},
		{cilium, Map{Type: abi.MAP_TYPE_PERF_EVENT_ARRAY, ValueSize: 100, MaxEntries: 2}, true, [3]uint32{4, 4, 2}},
		{cilium, Map{Type: abi.MAP_TYPE_PERF_EVENT_ARRAY, KeySize: 8}, false, [3]uint32{8, 0, cpus}},
		{cilium, Map{Type: abi.MAP_TYPE_CPUMAP, KeySize: 4, ValueSize: 8, MaxEntries: 64}, false, [3]uint32{4, 8, cpus}},
		{cilium, Map{Type: abi.MAP_TYPE_ARRAY_OF_MAPS, KeySize: 4, MaxEntries: 1}, false, [3]uint32{4, 4, 1}},
		{cilium, Map{Type: abi.MAP_TYPE_HASH, KeySize: 1, ValueSize: 2}, true, [3]uint32{1, 2, 0}},
		{aya, Map{Type: abi.MAP_TYPE_RINGBUF, ValueSize: 12, MaxEntries: 100}, false, [3]uint32{0, 0, page}},
		{aya, Map{Type: abi.MAP_TYPE_PERF_EVENT_ARRAY, KeySize: 4, ValueSize: 4}, false, [3]uint32{4, 4, cpus}},
		{aya, Map{Type: abi.MAP_TYPE_PERF_EVENT_ARRAY, MaxEntries: 99}, false, [3]uint32{0, 0, 99}},
		{aya, Map{Type: abi.MAP_TYPE_DEVMAP, KeySize: 4, ValueSize: 4, MaxEntries: 1}, false, [3]uint32{4, 8, 1}},
		{libbpf, Map{Type: abi.MAP_TYPE_PERF_EVENT_ARRAY}, false, [3]uint32{}},
	} {
		m := c.m
		c.loader.fill(&m, c.typed, cpus, page)
		if got := [3]uint32{m.KeySize, m.ValueSize, m.MaxEntries}; got != c.want {
			t.Errorf("%s: %v: %v, want %v", c.loader.name, c.m.Type, got, c.want)
		}
	}
}

// TestLoaderOrder: cilium/ebpf appends what a function calls by name, before what that calls; in the object zeta
// comes first.
func TestLoaderOrder(t *testing.T) {
	o, err := cilium.Load("../../testdata/loaders/sections.bpf.o")
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(o.progs, func(p *Program) bool { return p.Name == "main_prog" })
	a := &assembler{l: &linker{obj: o}, prog: o.progs[i], at: map[*function]uint32{}}
	if err := a.assemble(); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, p := range a.parts {
		names = append(names, p.fn.name)
	}
	if got := strings.Join(names, " "); got != "main_prog alpha zeta" {
		t.Error(got)
	}
}

// TestLoadersTakeAnything: what is cut short or has bytes of others refuses, and breaks no loader.
func TestLoadersTakeAnything(t *testing.T) {
	for _, name := range []string{"legacy", "elfmap", "sections", "text"} {
		data, err := os.ReadFile("../../testdata/loaders/" + name + ".bpf.o")
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range loaders {
			for i := range 200 {
				bad := slices.Clone(data)
				bad[(i*7919)%len(bad)] ^= byte(1 + i)
				_, _ = l.LoadBytes(name+".bpf.o", bad)
				_, _ = l.LoadBytes(name+".bpf.o", data[:len(data)*i/200])
			}
		}
	}
}

// Jump tables and variables of each CPU are maps, where the kernel has them.
func TestNewerSections(t *testing.T) {
	o, err := libbpf.Load("../../testdata/loaders/newer.bpf.o")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		kernel string
		errs   [3]string // of the programs, "" for those that are linked
		maps   [3]string
	}{
		{"6.18", [3]string{"relo #0: can't create jump table: sym_off 0", "relo #1: can't create jump table: sym_off 16", ""}, [3]string{"", "", ""}},
		{"7.2", [3]string{}, [3]string{"insn_array [4 6]", "insn_array [6 8]", ""}},
		{"7.3", [3]string{}, [3]string{"insn_array [4 6]", "insn_array [6 8]", "percpu_array []"}},
	} {
		k, err := kmodel.Load(c.kernel)
		if err != nil {
			t.Fatal(err)
		}
		for i, l := range o.Link(k) {
			if msg := fmt.Sprint(l.Err); (l.Err == nil) != (c.errs[i] == "") || !strings.Contains(msg, c.errs[i]) {
				t.Errorf("%s: %s: %v, want %q", c.kernel, l.Program.Name, l.Err, c.errs[i])
			}
			if l.Err != nil {
				continue
			}
			var maps string
			for _, m := range l.Image.Maps {
				maps += fmt.Sprint(m.Type, " ", m.Targets)
			}
			if maps != c.maps[i] {
				t.Errorf("%s: %s: maps %q, want %q", c.kernel, l.Program.Name, maps, c.maps[i])
			}
		}
	}
	if _, err := cilium.Load("../../testdata/loaders/newer.bpf.o"); err == nil || !strings.Contains(err.Error(), "bad map relo") {
		t.Errorf("cilium: %v", err)
	}
}

// TestOwnTypes: cilium/ebpf tells the kernel only of the types that a program needs, so only those can be refused.
func TestOwnTypes(t *testing.T) {
	o, err := cilium.Load("../../testdata/loaders/legacy.bpf.o")
	if err != nil {
		t.Fatal(err)
	}
	o.btf.set(o.btf.find("bpf_map_def", kindStruct), 8, 1) // its members are beyond its end
	if errno, _ := o.btf.accepted(model(t)); errno != abi.EINVAL {
		t.Fatalf("the whole: %v, want EINVAL", errno)
	}
	l := o.Link(model(t))[0]
	if l.Err != nil || l.Image.BTFRefused != "" || len(l.Image.Funcs) != 1 {
		t.Fatalf("%v, %+v", l.Err, l.Image)
	}
	o.types.ByID(l.Image.Funcs[0].TypeID).(*btf.Func).Type = &btf.Int{Name: "int", Size: 4}
	l = o.Link(model(t))[0]
	if l.Err == nil || !strings.Contains(l.Err.Error(), "load BTF: ") {
		t.Errorf("a needed type: %v", l.Err)
	}
}
