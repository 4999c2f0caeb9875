// Package kernel has the Linux kernels that programs are judged by.
//
// A kernel is a [Model]: loaded by name, and changed by options where the machine in question
// is built or set up otherwise, runs modules, or has a change to the verifier that no release has:
//
//	k, err := kernel.Load("6.18+kptr-xchg-locked")
//	...
//	k, err = k.With(kernel.WithBTF(vmlinux), kernel.Disable("private-stack"))
package kernel

import (
	"errors"
	"fmt"
	"io"

	"github.com/bpfverdict/bpfverdict/internal/kmodel"
)

// A Model is one kernel. It is immutable and safe for concurrent use.
type Model kmodel.Model

// ErrUnknownModel is what Load's error is for a name that no model has.
var ErrUnknownModel = kmodel.ErrUnknownModel

// Names lists the models that Load knows, the oldest first.
func Names() []string { return kmodel.Names() }

// Default is the name of the newest model whose tables are all its own kernel's.
func Default() string { return kmodel.Default() }

// Load returns the model of that name, such as "6.18", with features switched if wanted:
// "6.18+kptr-xchg-locked", "6.18-iter-num-under-lock+sleepable-messages". A model is decoded once and
// shared. The error is ErrUnknownModel or an [UnknownFeatureError].
func Load(name string) (*Model, error) {
	m, err := kmodel.Load(name)
	return (*Model)(m), err
}

// String returns the name the model was loaded by.
func (k *Model) String() string { return k.internal().Name() }

// Derived is the name of the model that some of this one's tables are taken from, for want of its kernel's own; "" where
// all were asked of that kernel. Answers of a derived model may be wrong where the kernels differ.
func (k *Model) Derived() string { return k.internal().Borrowed() }

// Measured is the build of a real kernel whose recorded answers the model is held to, such as "6.18.44"; "" where none were
// recorded yet.
func (k *Model) Measured() string { return k.internal().Measured() }

// Has reports whether the kernel has the feature, or every feature of the group, of that name.
func (k *Model) Has(feature string) bool {
	set, err := kmodel.ParseFeature(feature)
	return err == nil && k.internal().Features().HasAll(set)
}

func (k *Model) internal() *kmodel.Model { return (*kmodel.Model)(k) }

// An Option changes a model; see [Model.With].
type Option struct {
	apply func(*kmodel.Model) (*kmodel.Model, error)
}

// With returns a copy of the model with changes, made in the given order. The error is the first option's
// that could not be followed.
func (k *Model) With(changes ...Option) (*Model, error) {
	m := k.internal()
	for _, c := range changes {
		var err error
		if m, err = c.apply(m); err != nil {
			return nil, err
		}
	}
	return (*Model)(m), nil
}

// change is an Option that cannot fail.
func change(o kmodel.Option) Option {
	return Option{func(m *kmodel.Model) (*kmodel.Model, error) { return m.With(o), nil }}
}

// Enable switches features, or groups of them, on. The error is an [UnknownFeatureError].
func Enable(features ...string) Option { return switched(features, kmodel.Enable) }

// Disable switches features, or groups of them, off. The error is an [UnknownFeatureError].
func Disable(features ...string) Option { return switched(features, kmodel.Disable) }

func switched(names []string, option func(kmodel.FeatureSet) kmodel.Option) Option {
	return Option{func(m *kmodel.Model) (*kmodel.Model, error) {
		for _, name := range names {
			set, err := kmodel.ParseFeature(name)
			if err != nil {
				return nil, err
			}
			m = m.With(option(set))
		}
		return m, nil
	}}
}

// WithConfig replaces the facts about the machine.
func WithConfig(c Config) Option { return change(kmodel.WithConfig(kmodel.Config(c))) }

// WithBTF replaces the kernel's types by those of a vmlinux or of raw BTF, such as a Linux machine's
// /sys/kernel/btf/vmlinux. A BPF object's own types are refused.
func WithBTF(vmlinux io.ReaderAt) Option {
	return Option{func(m *kmodel.Model) (*kmodel.Model, error) {
		set, err := kmodel.ReadTypes(vmlinux)
		if err != nil {
			return nil, err
		}
		return m.With(kmodel.WithTypes(set)), nil
	}}
}

// WithModule adds a kernel module of that name: its .ko file, with what it registers for programs if it is for amd64, or
// raw BTF alone, such as a Linux machine's /sys/kernel/btf/NAME. It must have been made for the model's kernel.
func WithModule(ko io.ReaderAt, name string) Option {
	return Option{func(m *kmodel.Model) (*kmodel.Model, error) {
		mod, err := kmodel.ReadModule(ko, name, m.Types())
		if err != nil {
			return nil, err
		}
		return m.With(kmodel.WithModule(mod)), nil
	}}
}

// WithKfuncs adds kernel functions, or changes what is known of them, as a YAML text describes
// (docs/OVERLAYS.md). The error is an [OverlayError].
func WithKfuncs(yaml []byte) Option {
	return Option{func(m *kmodel.Model) (*kmodel.Model, error) {
		list, err := kmodel.ParseKfuncOverlay(yaml)
		if err == nil {
			m, err = m.WithKfuncs(list)
		}
		if e := new(kmodel.OverlayError); errors.As(err, &e) {
			return nil, &OverlayError{Line: e.Line, Text: e.Text}
		}
		return m, err
	}}
}

// An OverlayError says what is wrong with a text given to WithKfuncs, and in which line of it.
type OverlayError struct {
	Line int // from 1
	Text string
}

func (e *OverlayError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Text) }
