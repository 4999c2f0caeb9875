package kmodel

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kdata"
	"github.com/bpfverdict/bpfverdict/internal/kdata/kernels"
	"github.com/bpfverdict/bpfverdict/internal/types"
)

// The types of each kernel that has a model show its release, and of each mark whether it is there.
func TestReleaseOfTypes(t *testing.T) {
	for _, name := range Names() {
		m, err := Load(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := releaseOf(m.Types()); got != name {
			t.Errorf("the types of %s are taken for those of %s", name, got)
		}
		for _, r := range releases {
			for _, k := range r.marks {
				if want := either(compareVersions(r.name, name) <= 0); k.in(m.Types()) != want {
					t.Errorf("%s: %s, of release %s, is shown as %d, want %d", name, k, r.name, k.in(m.Types()), want)
				}
			}
		}
	}
}

// Of each kernel its types alone, without its model, give its features, but for corrections that updates brought.
func TestDetectedFeatures(t *testing.T) {
	for _, name := range Names() {
		m, err := Load(name)
		if err != nil {
			t.Fatal(err)
		}
		d, err := Detect(m.Types(), "", name)
		if err != nil {
			t.Error(err)
			continue
		}
		for _, f := range Features() {
			if d.Has(f.Feature) != m.Has(f.Feature) && !slices.Contains(updatesOf(name), f.Name) {
				t.Errorf("%s: %s is detected as %v", name, f.Name, d.Has(f.Feature))
			}
		}
		if (m.Measured() != "" || name == "6.1") && d.Engine() != m.Engine() {
			t.Errorf("%s: walks by %+v, not %+v", name, d.Engine(), m.Engine())
		}
		if near := d.Detection().Nearest; near == name || d.Name() != name+"-derived" {
			t.Errorf("%s: %s, by the tables of %s", name, d.Name(), near)
		}
	}
}

// updatesOf are features of later releases that a kernel has.
func updatesOf(name string) []string {
	return kernels.All[slices.IndexFunc(kernels.All, func(k *kdata.Kernel) bool { return k.Release == name })].Updates
}

func TestMarksAreUnderstood(t *testing.T) {
	for _, f := range Features() {
		if f.BTF != "" && f.BTF.check() != nil {
			t.Errorf("%s: %v", f.Name, f.BTF.check())
		}
	}
	for i, r := range releases {
		if i > 0 && compareVersions(releases[i-1].name, r.name) >= 0 || len(r.marks) == 0 {
			t.Errorf("%s: not in order, or without marks", r.name)
		}
		for _, k := range r.marks {
			if err := k.check(); err != nil {
				t.Errorf("%s: %v", r.name, err)
			}
		}
	}
	for _, r := range loopRules {
		if err := r.by.check(); err != nil {
			t.Error(err)
		}
	}
	for _, r := range precisionRules {
		if err := r.by.check(); err != nil {
			t.Error(err)
		}
	}
	for _, r := range livenessRules {
		if err := r.by.check(); err != nil {
			t.Error(err)
		}
	}
	for _, bad := range []mark{"", "func", "func a b", "func a.b", "member a", "value a", "type a", "no"} {
		if bad.check() == nil {
			t.Errorf("%q passes for a mark", bad)
		}
	}
}

// someTypes is a kernel of few types.
func someTypes(t *testing.T, list ...btf.Type) *types.Set {
	t.Helper()
	b, err := btf.NewBuilder(list, nil)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := b.Marshal(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	set, err := parseBTF(raw)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func TestMarks(t *testing.T) {
	u32 := &btf.Int{Name: "u32", Size: 4}
	set := someTypes(t,
		&btf.Func{Name: "f", Type: &btf.FuncProto{Return: &btf.Void{}}, Linkage: btf.StaticFunc},
		&btf.Struct{Name: "s", Size: 8, Members: []btf.Member{
			{Name: "a", Type: u32},
			{Type: &btf.Union{Size: 4, Members: []btf.Member{{Name: "b", Type: u32}}}, Offset: 32},
		}},
		&btf.Enum{Name: "e", Size: 4, Values: []btf.EnumValue{{Name: "V", Value: 1}}},
	)
	for m, want := range map[mark]shown{
		"func f": present, "func g": absent, "func s": absent, "no func f": absent, "no func g": present,
		"inlined f": present, "inlined g": unknown, "no inlined f": absent, "no inlined g": unknown,
		"member s.a": present, "member s.b": present, "member s.c": absent, "member r.a": absent,
		"value e.V": present, "value e.W": absent, "no value e.W": present, "": unknown,
	} {
		if got := m.in(set); got != want {
			t.Errorf("%q is shown as %d, want %d", m, got, want)
		}
	}
}

// What a vendor took from newer releases, or left out, moves a kernel to no other release, and shows in its features.
func TestBackports(t *testing.T) {
	m, err := Load("6.12")
	if err != nil {
		t.Fatal(err)
	}
	var list []btf.Type
	for typ, err := range m.Types().Spec().All() {
		if err != nil {
			t.Fatal(err)
		}
		if name := types.Name(typ); len(name) > 4 && name[:4] == "bpf_" && name != "bpf_wq_init" || name == "btf_field_type" {
			list = append(list, typ)
		}
	}
	taken := &btf.Func{Name: "bpf_res_spin_lock", Type: &btf.FuncProto{Return: &btf.Void{}}, Linkage: btf.GlobalFunc}
	d, err := Detect(someTypes(t, append(list, taken)...), "", "6.12")
	if err != nil {
		t.Fatal(err)
	}
	if d.Name() != "6.12-derived" || !d.Has(ResSpinLock) || d.Has(GraphPeek) || !d.Has(KptrXchgLocal) {
		t.Errorf("%s: %v", d.Name(), d.Features())
	}
	seen := d.Detection().Seen
	if !seen.HasAll(Of(ResSpinLock, GraphPeek, KptrXchgLocal)) || seen.Has(RawTPNullArgs) {
		t.Errorf("seen: %v", seen)
	}
	id, _ := d.Types().FindFunc("bpf_res_spin_lock")
	if d.Kfunc(d.Types(), id) == nil {
		t.Error("bpf_res_spin_lock can't be called")
	}
}

// An older kernel has fewer helpers and maps than the model whose tables it takes.
func TestFitsOlderKernel(t *testing.T) {
	set := someTypes(t,
		&btf.Enum{Name: "bpf_func_id", Size: 4, Values: []btf.EnumValue{{Name: "BPF_FUNC_redirect_peer", Value: 155}, {Name: "__BPF_FUNC_MAX_ID", Value: 156}}},
		&btf.Enum{Name: "bpf_map_type", Size: 4, Values: []btf.EnumValue{{Name: "BPF_MAP_TYPE_TASK_STORAGE", Value: 29}, {Name: "__MAX_BPF_MAP_TYPE", Value: 30}}},
	)
	m, err := Detect(set, "")
	if err != nil {
		t.Fatal(err)
	}
	if m.Name() != "5.10-derived" || !m.KnownHelper(155) || m.KnownHelper(156) {
		t.Errorf("%s: helpers 155, 156: %v %v", m.Name(), m.KnownHelper(155), m.KnownHelper(156))
	}
	_, ring := m.MapRule(abi.MAP_TYPE_RINGBUF)
	_, arena := m.MapRule(abi.MAP_TYPE_ARENA)
	if !ring || arena {
		t.Errorf("ring buffers %v, arenas %v", ring, arena)
	}
	for _, h := range m.HelpersOf(xdp) {
		if h != nil && h.ID >= 156 {
			t.Errorf("helper %s of id %d can be called", h.Name, h.ID)
		}
	}
	if v, _ := m.Kconfig("LINUX_KERNEL_VERSION"); v != "330240" {
		t.Errorf("LINUX_KERNEL_VERSION is %s, want that of 5.10.0", v)
	}
}

// A kernel that somebody else built, for tests of their own, is told by its types: all marks of releases up to its own are
// there, and none of later ones.
func TestForeignKernel(t *testing.T) {
	set := foreignTypes(t)
	const release = "7.1"
	for _, r := range releases {
		for _, m := range r.marks {
			if want := compareVersions(r.name, release) <= 0; (m.in(set) == present) != want {
				t.Errorf("%s, of Linux %s: %v, want %v", m, r.name, !want, want)
			}
		}
	}
	m, err := Detect(set, "", release)
	if err != nil {
		t.Fatal(err)
	}
	if d := m.Detection(); d.Release != release || d.Nearest != "7.2" || m.Measured() != "" || m.Config() != kdata.Debian {
		t.Errorf("%+v, measured against %q, on %+v", d, m.Measured(), m.Config())
	}
	for _, f := range features {
		if s := f.BTF.in(set); s != unknown && (s == present) != (compareVersions(f.Since, release) <= 0) {
			t.Errorf("%s, since %s: %v", f.Name, f.Since, s == present)
		}
	}
}

// foreignTypes are the types of a kernel that comes with the module cilium/ebpf.
func foreignTypes(t *testing.T) *types.Set {
	t.Helper()
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/cilium/ebpf").Output()
	if err != nil {
		t.Skipf("no module to take types from: %v", err)
	}
	packed, err := os.Open(filepath.Join(strings.TrimSpace(string(dir)), "btf", "testdata", "vmlinux.btf.gz"))
	if err != nil {
		t.Skip(err)
	}
	defer packed.Close()
	z, err := gzip.NewReader(packed)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	set, err := ReadTypes(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func TestDetectErrors(t *testing.T) {
	old := someTypes(t, &btf.Struct{Name: "task_struct", Size: 8})
	for _, name := range []string{"", "6.81", "4.19"} {
		if _, err := Detect(old, name); !errors.Is(err, ErrUnknownModel) {
			t.Errorf("%q: %v", name, err)
		}
	}
	if _, err := Detect(old, "6.6+magic"); !errors.As(err, new(*UnknownFeatureError)) {
		t.Error(err)
	}
	m, err := Detect(old, "6.6-derived+kptr-xchg-locked")
	if err != nil || m.Name() != "6.6-derived+kptr-xchg-locked" || !m.Has(KptrXchgUnderLock) {
		t.Errorf("%v, %v", m, err)
	}
}
