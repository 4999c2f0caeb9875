package kernel

import (
	"io"
	"slices"

	"github.com/bpfverdict/bpfverdict/internal/kmodel"
)

// Detect derives a model of a kernel that has none from its types: a vmlinux, or raw BTF such as a Linux machine's
// /sys/kernel/btf/vmlinux. The features of the model are what the types show, else those of its mainline release; its tables
// are the nearest model's, less what the types lack. The name is that of the release, such as "6.6" or "6.6+kptr-xchg-locked",
// or "" where the types are to tell it. [Model.Detection] says what came of it. The error is ErrUnknownModel, an
// [UnknownFeatureError], or what WithBTF returns.
func Detect(vmlinux io.ReaderAt, name string) (*Model, error) {
	set, err := kmodel.ReadTypes(vmlinux)
	if err != nil {
		return nil, err
	}
	m, err := kmodel.Detect(set, name)
	return (*Model)(m), err
}

// A Detection says how a model was derived from types.
type Detection struct {
	Release string // the mainline release that the types fit best, or that was named: "6.6"
	Nearest string // the model whose tables were taken
	// Seen are the features that the types show to be there, or to be missing. What else the model has is assumed, as
	// its release has it.
	Seen []string
}

// Detection says how the model was derived by [Detect]; nil for models that were not.
func (k *Model) Detection() *Detection {
	d := k.internal().Detection()
	if d == nil {
		return nil
	}
	out := &Detection{Release: d.Release, Nearest: d.Nearest}
	for _, f := range Features() {
		if set, err := kmodel.ParseFeature(f.Name); err == nil && d.Seen.HasAll(set) {
			out.Seen = append(out.Seen, f.Name)
		}
	}
	return out
}

// IsSeen reports whether the types show if the kernel has the feature of that name.
func (d *Detection) IsSeen(feature string) bool { return slices.Contains(d.Seen, feature) }

// IsRelease reports whether a name is that of a mainline release that [Detect] knows, such as "6.6".
func IsRelease(name string) bool { return kmodel.IsRelease(name) }
