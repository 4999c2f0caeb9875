package object

import (
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
)

// A kernel without resilient locks takes their type for any other.
func TestFieldOfAFeature(t *testing.T) {
	r := newRawBuilder()
	lock := r.structure("bpf_res_spin_lock", 4, testMember{"val", r.integer(4), 0})
	value := r.structure("v", 4, testMember{"l", lock, 0})
	r.b.index()
	for m, want := range map[*kmodel.Model]bool{
		model(t): true,
		model(t).With(kmodel.Disable(kmodel.Of(kmodel.ResSpinLock))): false,
	} {
		rec, errno := (&recordParser{b: r.b, model: m}).parse(value, mapFields, 4)
		if has := rec != nil && rec.HasAny(BPF_RES_SPIN_LOCK); errno != 0 || has != want {
			t.Errorf("with the feature %v: a lock is found: %v, errno %v", want, has, errno)
		}
	}
}

// Which fields are found, together or each kind by itself.
func TestFieldsByFeature(t *testing.T) {
	r := newRawBuilder()
	lock := r.structure("bpf_spin_lock", 4, testMember{"val", r.integer(4), 0})
	timer := r.structure("bpf_timer", 16, testMember{"val", r.integer(8), 0})
	twoLocks := r.structure("v", 24, testMember{"t", timer, 0}, testMember{"l", lock, 16}, testMember{"m", lock, 20})
	nested := r.structure("w", 4, testMember{"l", r.structure("in", 4, testMember{"l", lock, 0}), 0})
	locked := r.add("l", kindVar<<24, lock, 1)
	section := r.add(".data.l", kindDatasec<<24|1, 4, locked, 0, 4)
	r.b.index()
	for _, c := range []struct {
		without string
		typ     uint32
		size    uint32
		want    FieldType
		errno   abi.Errno
	}{
		{"", twoLocks, 24, 0, abi.E2BIG},
		{"-field-records", twoLocks, 24, BPF_TIMER, 0},
		{"", nested, 4, BPF_SPIN_LOCK, 0},
		{"-field-records", nested, 4, 0, 0},
		{"", section, 4, BPF_SPIN_LOCK, 0},
		{"-field-records", section, 4, BPF_SPIN_LOCK, 0},
		{"-field-records-global-locks", section, 4, 0, 0},
	} {
		rec, errno := (&recordParser{b: r.b, model: loadModel(t, "6.18"+c.without)}).parse(c.typ, mapFields, c.size)
		got := FieldType(0)
		if rec != nil {
			got = rec.Mask
		}
		if got != c.want || errno != c.errno {
			t.Errorf("6.18%s: type %d has the fields %#x, errno %v; want %#x, %v", c.without, c.typ, got, errno, c.want, c.errno)
		}
	}
}

// Every kind of field is one that some kernel has: a misspelt name would never be found.
func TestFieldKindsExist(t *testing.T) {
	for name := range fieldKinds {
		if f, ok := model(t).SpecialField(name); !ok || f.Size == 0 || f.Align == 0 {
			t.Errorf("%s: %+v, %v", name, f, ok)
		}
	}
	for tag := range tagKinds {
		if f, ok := model(t).TaggedField(tag); !ok || f.Size == 0 || f.Align == 0 {
			t.Errorf("%s: %+v, %v", tag, f, ok)
		}
	}
}
