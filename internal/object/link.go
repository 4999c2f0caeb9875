package object

import (
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/types"
)

// Linked is the outcome of linking one program: an image, or the reason why there is none.
type Linked struct {
	Program *Program
	Image   *Image
	Err     error // *LinkError, nil if there is an Image
}

// Link prepares every program for the kernel as libbpf does when each is loaded
// alone: maps of the whole object first, externs, CO-RE and calls after that.
// The model and the object are only read.
func (o *Object) Link(m *kmodel.Model) []Linked { return o.LinkOnly(m, o.progs) }

// LinkOnly links some of the object's programs.
func (o *Object) LinkOnly(m *kmodel.Model, progs []*Program) []Linked {
	l := newLinker(o, m)
	out := make([]Linked, len(progs))
	for i, p := range progs {
		out[i].Program = p
		img, err := l.link(p)
		if err != nil {
			r := asReason(err)
			hint := r.hint
			if hint == "" {
				hint = o.loader.ruleHint(r.rule)
			}
			out[i].Err = &LinkError{
				Object: o.Name, Program: p.Name, Reason: r.text, Errno: r.errno, Format: r.format, Hint: hint, Args: r.args, Why: r.why, Draft: l.draft(p),
			}
			continue
		}
		out[i].Image = img
	}
	return out
}

// linker holds what all programs of an object share for one kernel.
type linker struct {
	obj      *Object
	model    *kmodel.Model
	core     *coreLinker
	patched  map[*function][]insn.Insn // functions after CO-RE, where it changed them
	coreErrs map[*function]coreErr     // by function; nil: the first of a subprogram
	err      error                     // refuses every program: an extern, struct_ops type
	syms     []resolved
	kconfig  []byte
	ops      map[*function]opsTarget
	opsMaps  map[*mapDef]opsMap
	skipped  map[*function]bool
	others   map[*Object]*linker // of objects whose programs are attached to

	mapsErr error  // a map is refused
	btfErr  string // why the kernel refuses the BTF
	maps    []*Map
	types   []*types.Set
	btf     *types.Set // as the kernel has it; nil where it refused it
	records *recordParser
	// readsSymbols: some externs are untyped, for whose addresses the kernel's symbol table is read.
	readsSymbols bool
}

func newLinker(o *Object, m *kmodel.Model) *linker {
	l := &linker{obj: o, model: m}
	l.types = []*types.Set{m.Types(), o.types}
	l.types = append(l.types, m.Modules()...)
	l.core = newCoreLinker(o.loader, o.types, m)
	steps := []func() error{l.resolveExterns, l.resolveStructOps}
	for _, step := range steps {
		if l.err = step(); l.err != nil {
			return l
		}
	}
	l.relocateCore()
	l.records = &recordParser{b: o.btf, model: m}
	if o.types != nil {
		errno, why := l.checkBTF()
		l.btfErr = why
		if errno == 0 || o.loader.does(ruleOwnTypes) {
			l.btf = o.types
		} else if o.structOps {
			l.err = fail(errno, "BTF loading error: -%d", errno)
			return l
		}
	}
	l.mapsErr = l.createMaps()
	return l
}

// link prepares one program.
func (l *linker) link(p *Program) (*Image, error) {
	if l.err != nil {
		return nil, l.err
	}
	if err := l.coreError(p.fn); err != nil {
		return nil, err
	}
	a := &assembler{l: l, prog: p, at: map[*function]uint32{}}
	if err := a.assemble(); err != nil {
		return nil, err
	}
	img := a.image()
	if l.btfErr != "" && l.obj.loader.does(ruleOwnTypes) {
		if err := a.checkOwnTypes(); err != nil {
			return nil, err
		}
		img.BTFRefused = ""
	}
	if err := a.relocateData(img); err != nil {
		return nil, err
	}
	if l.mapsErr != nil {
		return nil, l.mapsErr
	}
	if err := l.attach(p, img); err != nil {
		return nil, err
	}
	img.Insns, img.Unresolved = a.insns, a.unresolved()
	img.Constants = a.unsetConstants()
	if l.btf != nil {
		img.Funcs, img.Lines, img.StructMetas = a.funcs, a.lines, l.records.structs
		for _, f := range img.Funcs {
			img.BTF.ByID(f.TypeID) // read now, once an object, as the kernel reads types before it sees a program
		}
	}
	return img, nil
}

// image is what is known of the assembled program without the kernel.
func (a *assembler) image() *Image {
	l, p := a.l, a.prog
	return &Image{
		Object: l.obj.Name, Name: p.Name, Section: p.Section, Type: p.Type, Attach: p.Attach,
		License: l.obj.License, BTF: l.btf, BTFRefused: l.btfErr, Types: l.types,
		Debug: a.debug(),
	}
}
