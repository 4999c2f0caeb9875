package object

import (
	"testing"

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
