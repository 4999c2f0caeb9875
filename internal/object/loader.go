package object

import (
	"slices"
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

// Loader is how one loader reads objects, where loaders differ. What none does its own way is libbpf's.
type Loader struct {
	name, title string
	rules       map[rule]string // what it does by a rule that libbpf lacks: "reads them"
	sizes       []*sizeRule     // of maps, filled in
	sections    sectionTable
	legacy      *legacyForm // of map definitions in sections maps; nil where it refuses them
	hints       bool        // a refusal says what other loaders do
}

// rule is something by which other loaders take what libbpf refuses, or make something else of it.
type rule uint8

const (
	ruleNone           rule = iota
	ruleLegacyMaps          // maps defined in a section maps
	ruleStatic              // static functions outside .text are programs
	rulePinning             // any value of pinning
	ruleCallAnywhere        // functions are called across sections
	ruleByName              // functions are appended breadth first, by name
	ruleWholeSection        // a section is a program, and all of .text is appended to one that calls something in it
	ruleNoCalls             // there are no functions
	ruleOnlyKnown           // a section with an unknown name refuses the object
	ruleSkipUnknown         // programs in sections with an unknown name are none
	ruleUnknownFields       // unknown fields of map definitions are passed over
	ruleFreeLicense         // an object without a licence is GPL
	ruleNoTypes             // nothing is told to the kernel of types
	rulePlainData           // nor of those of data sections, whose maps are named as their section
	ruleNoGlobals           // there are no data sections
	ruleMendedTypes         // what Rust names and the kernel doesn't is unnamed; memcpy and its kin are static
	ruleLooseExterns        // symbols that are defined nowhere refuse only programs that call them
	ruleOwnTypes            // programs and maps get only the types they need
	ruleHiddenGlobal        // hidden functions stay global: verified by themselves
	ruleKernelWords         // what can't be resolved leaves the kernel's message, which names no helper that there is
	ruleRawPoison           // it becomes cilium/ebpf's own poison
	ruleSymbolPoison        // a weak kernel function that isn't there is numbered by its symbol
	rulePlainMaps           // definitions of maps in BTF have no initial values, and are not static
	ruleKsymAddress         // kernel functions' addresses are numbers, and kernel variables have no types
	ruleTargetless          // a program without a target is loaded without
	ruleNoAddend            // what an instruction adds to a variable's place is lost
	ruleKeepSize            // CO-RE changes no load's size
	ruleStorageEntries      // per-CPU storage of cgroups keeps no entries, as the kernel wants; tools on libbpf give it one
	ruleNoPercpu            // there are neither variables of each CPU nor jump tables
)

// does reports whether a loader has a rule that libbpf lacks.
func (l *Loader) does(r rule) bool { _, ok := l.rules[r]; return ok }

// Name returns the name that users know it by.
func (l *Loader) Name() string { return l.name }

// libbpf is the reference; auto is libbpf, and tells of others where that refuses.
var (
	libbpf = &Loader{name: "libbpf", title: "libbpf", sections: sectionTable{defs: sectionDefs}}
	auto   = &Loader{name: "auto", title: "libbpf", sections: sectionTable{defs: sectionDefs}, hints: true}
)

// loaders are all there are, in the order in which they are named.
var loaders = []*Loader{auto, libbpf, cilium, aya, bcc, iproute2}

// Loaders returns the names of all loaders.
func Loaders() []string {
	names := make([]string, len(loaders))
	for i, l := range loaders {
		names[i] = l.name
	}
	return names
}

// LoaderNamed returns the loader of a name, nil for none.
func LoaderNamed(name string) *Loader {
	for _, l := range loaders {
		if l.name == name {
			return l
		}
	}
	return nil
}

// others says in one line what other loaders do where libbpf refuses by a rule, empty for nothing.
func (l *Loader) others(does func(*Loader) string) string {
	if !l.hints {
		return ""
	}
	var say []string
	for _, o := range loaders {
		if what := does(o); what != "" {
			say = append(say, o.title+" "+what+": --loader "+o.name)
		}
	}
	return strings.Join(say, ", ")
}

// sizeRule is what a loader makes of sizes that a definition leaves open, or has wrong.
type sizeRule struct {
	types []abi.MapType
	want  string // what the kernel wants: "value_size must be 0 for a ring buffer"
	does  string // what is done about it: "clears it"
	// fill changes m; cpus is how many CPUs the machine has.
	fill func(m *Map, typed bool, cpus, page uint32)
}

// fill makes of a map's sizes what the loader makes of them. typed: the definition gives the value by a type.
func (l *Loader) fill(m *Map, typed bool, cpus, page uint32) {
	for _, r := range l.sizes {
		if slices.Contains(r.types, m.Type) {
			r.fill(m, typed, cpus, page)
		}
	}
}

// sizeHint says what other loaders make of the sizes of a map that the kernel refuses.
func (l *Loader) sizeHint(m *Map) string {
	var found *sizeRule
	say := l.others(func(o *Loader) string {
		for _, r := range o.sizes {
			if slices.Contains(r.types, m.Type) && r.want != "" {
				found = r
				return r.does
			}
		}
		return ""
	})
	if say == "" {
		return ""
	}
	return "libbpf refuses: " + found.want + " (" + m.Name + "); " + say
}

// ruleHint says what other loaders do by a rule, empty for nothing.
func (l *Loader) ruleHint(r rule) string {
	if r == ruleNone {
		return ""
	}
	return l.others(func(o *Loader) string { return o.rules[r] })
}
