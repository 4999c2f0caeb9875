package kmodel

import (
	"reflect"
	"slices"

	"github.com/bpfverdict/bpfverdict/internal/types"
)

// Asked is what one walk asked of a model. Another model that would have answered all of it alike makes the same walk.
type Asked struct {
	features FeatureSet // that were asked for
	inOrder  []Feature  // the same, as they were asked for first
	// others are models that have answered alike so far.
	others []*Model
	all    bool                  // models are thought of that differ in any feature
	known  map[question]struct{} // questions that they have been asked
}

// question is a method of Model and what it was given.
type question struct {
	method string
	args   [4]any
}

// Listen returns the model as one walk is to ask it, and where it will be noted which of others answer all of that alike. The
// walk's image must name Types of this model.
func (m *Model) Listen(others []*Model) (*Model, *Asked) {
	c := *m
	a := &Asked{known: map[question]struct{}{}}
	for _, o := range others {
		if len(o.modules) == 0 {
			a.others = append(a.others, o)
		}
	}
	c.asked = a
	c.heard = types.Lazy(func() types.Loaded {
		a.others = nil // they have other ids
		return m.types.Load()
	})
	c.heard.Name, c.heard.Kernel = m.types.Name, m.types.Kernel
	return &c, a
}

// HearFeatures notes which features the model is asked for, be it for an answer that depends on them. Among models that differ in
// features alone, one that has those alike answers everything alike.
func HearFeatures(a *Asked) Option {
	a.all = true
	return func(m *Model) { m.asked = a }
}

// Features are the features that were asked for, in the order in which they first were.
func (a *Asked) Features() []Feature { return a.inOrder }

// Alike reports whether another model, which was listened for, answered all that was asked as the model that was asked did.
func (a *Asked) Alike(other *Model) bool { return slices.Contains(a.others, other) }

// Differs reports whether the feature may decide for somebody who listens: a model that answered alike so far has it, and
// this one lacks it, or the other way round. Who finds then that it decides asks Has.
func (m *Model) Differs(f Feature) bool {
	return m.asked != nil && (m.asked.all && !m.asked.features.Has(f) || slices.ContainsFunc(m.asked.others, func(o *Model) bool { return o.features.Has(f) != m.features.Has(f) }))
}

// DiffersInLiveness is Differs of the way to tell what may still be read.
func (m *Model) DiffersInLiveness() bool {
	return m.asked != nil && slices.ContainsFunc(m.asked.others, func(o *Model) bool { return o.engine.Liveness != m.engine.Liveness })
}

// Heard reports whether somebody listens.
func (m *Model) Heard() bool { return m.asked != nil }

// Matters reports whether it is worth finding out if the feature decides: this model has it, or somebody listens for one that has.
func (m *Model) Matters(f Feature) bool { return m.features.Has(f) || m.Differs(f) }

// hears notes that a feature was asked for, for the first time.
func (a *Asked) hears(f Feature, has bool) {
	a.features, a.inOrder = a.features.Union(Of(f)), append(a.inOrder, f)
	a.keep(func(o *Model) bool { return o.features.Has(f) == has })
}

// keep keeps those of the other models that answer alike.
func (a *Asked) keep(alike func(*Model) bool) {
	a.others = slices.DeleteFunc(a.others, func(o *Model) bool { return !alike(o) })
}

// notes reports whether there is still somebody to whom it makes a difference what is asked.
func (m *Model) notes() bool { return m.asked != nil && len(m.asked.others) > 0 }

// note notes a question and its answer.
func (m *Model) note(method string, args ...any) {
	q := question{method: method}
	copy(q.args[:], args)
	if _, known := m.asked.known[q]; known {
		return
	}
	m.asked.known[q] = struct{}{}
	silent := *m
	silent.asked, silent.heard = nil, nil
	answers := q.ask(&silent)
	m.asked.keep(func(o *Model) bool { return same(answers, q.ask(o)) })
}

// ask puts a question to a model.
func (q question) ask(m *Model) []reflect.Value {
	f := reflect.ValueOf(questions[q.method])
	in := []reflect.Value{reflect.ValueOf(m)}
	for i := 1; i < f.Type().NumIn(); i++ {
		in = append(in, reflect.ValueOf(q.args[i-1]))
	}
	return f.Call(in)
}

func same(a, b []reflect.Value) bool {
	for i := range a {
		if !reflect.DeepEqual(a[i].Interface(), b[i].Interface()) {
			return false
		}
	}
	return true
}

// sawTypes notes that the kernel's types were asked; so no other model answers alike.
func (m *Model) sawTypes() {
	if m.asked != nil {
		m.asked.others = nil
	}
}

// machineConfig is what a walk may ask of a machine; lockdown shows in helpers.
func (m *Model) machineConfig() Config {
	c := m.config
	c.Lockdown = ""
	return c
}

// helperOf is the prototype by which a program may call a helper, by value; ok is false where it may not.
func (m *Model) helperOf(p Prog, id int32) (h Helper, ok bool) {
	if found := m.HelpersOf(p).Get(id); found != nil {
		return *found, true
	}
	return h, false
}

// questions are the methods of Model that a walk asks and that are noted, but for Has. What depends on them alone needs no note.
var questions map[string]any

func init() { // because these methods note themselves by their names
	questions = map[string]any{
		"config": (*Model).machineConfig, "CtxType": (*Model).CtxType, "kernCtxName": (*Model).kernCtxName, "helper": (*Model).helperOf,
		"LSMHook":             (*Model).LSMHook,
		"LSMHookDisabled":     (*Model).LSMHookDisabled,
		"LSMHookSleepable":    (*Model).LSMHookSleepable,
		"LSMHookTrusted":      (*Model).LSMHookTrusted,
		"LSMReturnRange":      (*Model).LSMReturnRange,
		"NeverReturns":        (*Model).NeverReturns,
		"TraceDenied":         (*Model).TraceDenied,
		"TraceSleepable":      (*Model).TraceSleepable,
		"ReturnModifiable":    (*Model).ReturnModifiable,
		"TracepointSleepable": (*Model).TracepointSleepable,
		"MayBeSleepable":      (*Model).MayBeSleepable,
		"GPLCompatible":       (*Model).GPLCompatible,
		"TraceLimits":         (*Model).TraceLimits,
		"StructOpsArg":        (*Model).StructOpsArg,
		"StructOpsSeen":       (*Model).StructOpsSeen,
		"StructOps":           (*Model).StructOps,
		"StoresKnown":         (*Model).StoresKnown,
		"StructOpsMember":     (*Model).StructOpsMember,
		"CtxAccess":           (*Model).CtxAccess,
		"PlainContext":        (*Model).PlainContext,
		"MayAccessPacket":     (*Model).MayAccessPacket,
		"PacketToAnyHelper":   (*Model).PacketToAnyHelper,
		"IterArgs":            (*Model).IterArgs,
		"RawTracepointArg":    (*Model).RawTracepointArg,
		"KnownHelper":         (*Model).KnownHelper,
		"HelperName":          (*Model).HelperName,
		"HelperID":            (*Model).HelperID,
		"HelperFits":          (*Model).HelperFits,
		"LockSafeKfunc":       (*Model).LockSafeKfunc,
		"MapRule":             (*Model).MapRule,
		"MapHelperCompatible": (*Model).MapHelperCompatible,
		"MayUpdateSockmap":    (*Model).MayUpdateSockmap,
		"SleepableMap":        (*Model).SleepableMap,
		"MapStruct":           (*Model).MapStruct,
		"Arch":                (*Model).Arch,
		"Unrolled":            (*Model).Unrolled,
		"Loops":               (*Model).Loops,
		"Liveness":            (*Model).Liveness,
		"Log":                 (*Model).Log,
		"Precision":           (*Model).Precision,
		"InlinesHelper":       (*Model).InlinesHelper,
		"SpecialField":        (*Model).SpecialField,
		"TaggedField":         (*Model).TaggedField,
		"Destructor":          (*Model).Destructor,
		"RCUProtected":        (*Model).RCUProtected,
		"ParamMarks":          (*Model).ParamMarks,
		"PointeeMark":         (*Model).PointeeMark,
		"FuncTag":             (*Model).FuncTag,
		"Projection":          (*Model).Projection,
		"Loads":               (*Model).Loads,
		"AttachKnown":         (*Model).AttachKnown,
		"PointerMoves":        (*Model).PointerMoves,
		"SockField":           (*Model).SockField,
		"FlowKeysSize":        (*Model).FlowKeysSize,
		"RetRange":            (*Model).RetRange,
	}
}
