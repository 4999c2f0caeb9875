package object

import (
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/kmodel"
)

// TestEmptySection: clang lists .rodata as a section without variables where strings are all it has.
func TestEmptySection(t *testing.T) {
	r := newRawBuilder()
	r.add(".rodata", kindDatasec<<24, 8)
	r.b.index()
	for kernel, want := range map[string]string{"5.10": "[1] datasec .rodata: vlen == 0", "6.1": ""} {
		if _, why := r.b.accepted(loadModel(t, kernel)); why != want {
			t.Errorf("%s: %q, want %q", kernel, why, want)
		}
	}
}

// TestExceptionCallbackByKernel: libbpf adds no callback for a kernel that does not know the tag that names it.
func TestExceptionCallbackByKernel(t *testing.T) {
	r := newRawBuilder()
	proto := r.add("", kindFuncProto<<24, 0)
	prog := r.add("p", kindFunc<<24|linkGlobal, proto)
	r.add("exception_callback:cb", kindDeclTag<<24, prog, ^uint32(0))
	r.b.index()
	cb := &function{name: "cb", global: true}
	for kernel, want := range map[string]*function{"5.10": nil, "6.1": cb} {
		o := &Object{btf: r.b, elf: &elfFile{}, exceptions: r.b.exceptionTags(), funcs: []*function{cb}}
		a := &assembler{l: &linker{obj: o, model: loadModel(t, kernel)}, prog: &Program{fn: &function{name: "p", global: true}}}
		if got, err := a.exceptionCallback(); got != want || err != nil {
			t.Errorf("%s: %+v, %v", kernel, got, err)
		}
	}
}

// TestWeakVariableWithoutType: a variable that the kernel has and its types lack is found where libbpf looks for addresses.
func TestWeakVariableWithoutType(t *testing.T) {
	for _, c := range []struct {
		name    string
		untyped bool
		want    bool
	}{
		{"vfs_read", true, true}, {"vfs_read", false, false}, {"nosuch", true, false},
	} {
		l := &linker{obj: &Object{}, model: model(t), readsSymbols: c.untyped}
		var r resolved
		if err := l.findVar(&extern{name: c.name, typeID: 1, weak: true}, &r); err != nil || r.set != c.want || r.id != 0 {
			t.Errorf("%+v: %+v, %v", c, r, err)
		}
	}
}

func loadModel(t *testing.T, name string) *kmodel.Model {
	t.Helper()
	m, err := kmodel.Load(name)
	if err != nil {
		t.Fatal(err)
	}
	return m
}
