package object

import (
	"iter"
	"slices"
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/near"
)

// setType gives programs a type that their section doesn't tell.
type setType struct {
	glob   string
	def    *sectionDef
	attach bool // def says what expected attach type to use
	target string
}

// SetType gives the programs a type whose name or section fits the glob: a type as bpftool writes it,
// sched_cls, or a section name that libbpf knows, tcx/ingress.
func SetType(glob, typ string) (Preset, error) {
	if err := checkGlob(glob); err != nil {
		return nil, err
	}
	s := &setType{glob: glob}
	if t, ok := abi.ProgTypeNamed(typ); ok && t != abi.PROG_TYPE_UNSPEC {
		s.def = &sectionDef{typ: t}
	} else if s.def = findSection(typ); s.def != nil {
		s.attach = true
		if s.def.flags&secAttachBTF != 0 {
			_, s.target, _ = strings.Cut(typ, "/")
		}
	} else {
		return nil, fail(abi.EINVAL, "no program type %q: use one such as sched_cls, or a section name that libbpf knows, such as tcx/ingress", typ)
	}
	return s, nil
}

func (s *setType) apply(o *Object) (found bool, err error) {
	for _, p := range o.progs {
		if !matches(s.glob, p.Name) && !matches(s.glob, p.fn.section) {
			continue
		}
		found = true
		p.def, p.Type = s.def, s.def.typ
		if s.attach {
			p.Attach = s.def.attach
		}
		if s.target != "" {
			p.target = s.target
		}
	}
	return found, nil
}

func (s *setType) named() string { return s.glob }

func (s *setType) names(o *Object) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, p := range o.progs {
			if !yield(p.Name) || !yield(p.fn.section) {
				return
			}
		}
	}
}

// setTarget makes programs attach to something else than their section says.
type setTarget struct{ glob, target string }

// SetTarget makes the programs whose name fits the glob attach to target, a name of the kernel's.
func SetTarget(glob, target string) (Preset, error) {
	if target == "" {
		return nil, fail(abi.EINVAL, "no target: name a function of the kernel, or what else the program attaches to")
	}
	return &setTarget{glob, target}, checkGlob(glob)
}

func (s *setTarget) apply(o *Object) (found bool, err error) {
	for _, p := range o.progs {
		if !matches(s.glob, p.Name) {
			continue
		}
		p.target, p.into, found = s.target, nil, true
		p.attachByType()
	}
	return found, nil
}

// attachByType makes a program of a kind that can, look for its target among types.
func (p *Program) attachByType() {
	if p.def != nil && (p.Type == abi.PROG_TYPE_TRACING || p.Type == abi.PROG_TYPE_LSM) {
		def := *p.def
		def.flags |= secAttachBTF
		p.def = &def
	}
}

func (s *setTarget) named() string                    { return s.glob }
func (s *setTarget) names(o *Object) iter.Seq[string] { return o.programNames() }

// otherProg is a program of an object that others attach to.
type otherProg struct {
	obj  *Object
	prog *Program
}

// setProgTarget makes programs attach to a function of another program.
type setProgTarget struct {
	setTarget
	into otherProg
}

// SetProgTarget makes the programs whose name fits the glob replace, or trace, a function of program of the object into,
// the one that their section names if function is empty.
func SetProgTarget(glob string, into *Object, program, function string) (Preset, error) {
	i := slices.IndexFunc(into.progs, func(p *Program) bool { return p.Name == program })
	if i < 0 {
		return nil, fail(abi.EINVAL, "%s has no program %q%s", into.Name, program, near.Hint(program, into.programNames()))
	}
	return &setProgTarget{setTarget{glob, function}, otherProg{into, into.progs[i]}}, checkGlob(glob)
}

func (s *setProgTarget) apply(o *Object) (found bool, err error) {
	for _, p := range o.progs {
		if !matches(s.glob, p.Name) {
			continue
		}
		found, p.into = true, &s.into
		switch {
		case s.target != "":
			p.target = s.target
		case p.target == "":
			p.target = s.into.prog.fn.name
		}
		p.attachByType()
	}
	return found, nil
}

// setFlags gives programs flags of BPF_PROG_LOAD.
type setFlags struct {
	glob  string
	flags sectionFlag
}

// progFlags are the flags that a loader may give a program.
var progFlags = map[string]sectionFlag{"sleepable": secSleepable, "xdp_has_frags": secXDPFrags}

// SetFlags gives the programs whose name fits the glob flags of BPF_PROG_LOAD: sleepable, xdp_has_frags.
func SetFlags(glob string, flags ...string) (Preset, error) {
	s := &setFlags{glob: glob}
	for _, name := range flags {
		flag, ok := progFlags[strings.ToLower(name)]
		if !ok {
			return nil, fail(abi.EINVAL, "no flag %q: use sleepable or xdp_has_frags", name)
		}
		s.flags |= flag
	}
	return s, checkGlob(glob)
}

func (s *setFlags) apply(o *Object) (found bool, err error) {
	for _, p := range o.progs {
		if !matches(s.glob, p.Name) {
			continue
		}
		if p.def == nil {
			return true, fail(abi.EINVAL, "prog '%s': flags are for a program whose type is known, and section '%s' tells none", p.Name, p.fn.section)
		}
		def := *p.def
		def.flags |= s.flags
		p.def, found = &def, true
	}
	return found, nil
}

func (s *setFlags) named() string                    { return s.glob }
func (s *setFlags) names(o *Object) iter.Seq[string] { return o.programNames() }
