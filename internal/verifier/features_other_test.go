package verifier_test

import (
	"slices"
	"testing"

	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/verifier"
)

func featureModel(t *testing.T, name string) *kmodel.Model {
	t.Helper()
	m, err := kmodel.Load(name)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// patched is a program of an object with something changed.
func patched(t *testing.T, m *kmodel.Model, file, program string, change func(img *object.Image)) *object.Image {
	t.Helper()
	img := *linkOwnership(t, m, file)[program].Image
	img.Insns = slices.Clone(img.Insns)
	change(&img)
	return &img
}

// Functions whose last arguments the verifier adds are named without "_impl".
func TestImplicitArgs(t *testing.T) {
	for model, want := range map[string]string{"6.18": "arg#0 expected for bpf_obj_drop_impl()", "6.18+kfunc-implicit-args": "arg#0 expected for bpf_obj_drop()"} {
		m := featureModel(t, model)
		img := patched(t, m, "testdata/graph.bpf.o", "drop_twice", func(img *object.Image) {
			drop, _ := m.Types().FindFunc("bpf_obj_drop_impl")
			other, _ := m.Types().FindFunc("bpf_percpu_obj_drop_impl")
			for i := range img.Insns {
				if in := &img.Insns[i]; in.Code == insn.JMP|insn.CALL && in.Src == insn.PSEUDO_KFUNC_CALL && in.Imm == int32(drop) {
					in.Imm = int32(other)
				}
			}
		})
		if out := verifier.Verify(t.Context(), img, m, verifier.Options{}); out.Message != want {
			t.Errorf("%s: %q, want %q", model, out.Message, want)
		}
	}
}

// An object that owns another is not dropped by programs that may interrupt the allocator.
func TestObjDropNMI(t *testing.T) {
	for model, want := range map[string]string{"6.18": "", "6.18+obj-drop-nmi": "bpf_obj_drop_impl cannot be used in tracing programs on types with NMI unsafe fields"} {
		m := featureModel(t, model)
		img := patched(t, m, "testdata/kptr_xchg.bpf.o", "into_local", func(img *object.Image) {
			img.Type, img.Attach, img.Sleepable = abi.PROG_TYPE_TRACING, abi.ATTACH_TRACE_FENTRY, false
			img.AttachBTFID, _ = m.Types().FindFunc("bpf_fentry_test1")
		})
		if out := verifier.Verify(t.Context(), img, m, verifier.Options{}); out.Message != want {
			t.Errorf("%s: %q, want %q", model, out.Message, want)
		}
	}
}

// How many bytes a kernel function gives may be an argument of it.
func TestResultSizes(t *testing.T) {
	for _, c := range []struct{ model, size, want string }{
		{"6.18", "8", ""}, {"6.18+result-sizes", "8", ""},
		{"6.18", "0", ""}, // as if it were not an argument: what it points to has 4
		{"6.18+result-sizes", "0", "R0 min value is outside of the allowed memory range"},
		{"6.18", "0x100000008 ll", ""},
		{"6.18+result-sizes", "0x100000008 ll", "R1 allocation size exceeds u32 max"},
	} {
		m, err := featureModel(t, c.model).WithKfuncs([]kmodel.KfuncOverlay{
			{Name: "example_memory", Module: "example", Prototype: "u32 *example_memory(u64 rdonly_buf_size)"}})
		if err != nil {
			t.Fatal(err)
		}
		tb := table{typ: abi.PROG_TYPE_SCHED_CLS}
		q := tb.question(t, m, &testCase{code: "r1 = " + c.size + "\ncall kfunc:bpf_rcu_read_lock\nr0 = *(u8 *)(r0 +0)"})
		q.img.Types = append(q.img.Types, m.Modules()[0])
		id, _ := m.Modules()[0].FindFunc("example_memory")
		for i := range q.img.Insns {
			if in := &q.img.Insns[i]; in.Src == insn.PSEUDO_KFUNC_CALL && in.Code == insn.JMP|insn.CALL {
				in.Imm, in.Off = int32(id), int16(len(q.img.Types)-1)
			}
		}
		if out := verifier.Verify(t.Context(), q.img, m, verifier.Options{}); out.Message != c.want {
			t.Errorf("%s, %s bytes: %q, want %q", c.model, c.size, out.Message, c.want)
		}
	}
}

// A tag on the program names the function that runs when it throws.
func TestExceptionTag(t *testing.T) {
	for model, want := range map[string]string{"6.18": "exception callback 'nobody' could not be found in BTF", "6.18-exceptions": ""} {
		m := featureModel(t, model)
		tb := table{}
		q := tb.question(t, m, &testCase{code: "call f\nexit\nf: r0 = 0\nexit", funcs: []string{"static"}})
		q.img.BTF.ByID(q.img.Funcs[0].TypeID).(*btf.Func).Tags = []string{"exception_callback:nobody"}
		if out := verifier.Verify(t.Context(), q.img, m, verifier.Options{}); out.Message != want {
			t.Errorf("%s: %q, want %q", model, out.Message, want)
		}
	}
}
