package object

import (
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/types"
	"github.com/bpfverdict/bpfverdict/kernel"
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
func (o *Object) Link(m *kernel.Model) []Linked {
	l := newLinker(o, m)
	out := make([]Linked, len(o.progs))
	for i, p := range o.progs {
		out[i].Program = p
		img, err := l.link(p)
		if err != nil {
			r := asReason(err)
			out[i].Err = &LinkError{o.Name, p.Name, r.text, r.errno}
			continue
		}
		out[i].Image = img
	}
	return out
}

// linker holds what all programs of an object share for one kernel.
type linker struct {
	obj     *Object
	model   *kernel.Model
	core    *coreLinker
	relos   []placedRelo
	err     error // refuses every program: an extern, struct_ops type
	syms    []resolved
	kconfig []byte
	ops     map[*function]opsTarget
	opsMaps map[*mapDef]opsMap
	skipped map[*function]bool

	mapsErr error  // a map is refused
	btfErr  string // why the kernel refuses the BTF
	maps    []*Map
	types   []*types.Set
	btf     *types.Set // as the kernel has it; nil where it refused it
	records *recordParser
}

// placedRelo is a CO-RE relocation with the function it belongs to.
type placedRelo struct {
	coreRelo
	fn  *function
	idx int // in its section
}

func newLinker(o *Object, m *kernel.Model) *linker {
	l := &linker{obj: o, model: m}
	l.types = []*types.Set{m.Types, o.types}
	l.types = append(l.types, m.Modules...)
	l.core = newCoreLinker(o.types, m)
	l.placeRelos()
	steps := []func() error{l.resolveExterns, l.resolveStructOps}
	for _, step := range steps {
		if l.err = step(); l.err != nil {
			return l
		}
	}
	l.records = &recordParser{b: o.btf, model: m}
	if o.types != nil {
		errno, why := l.checkBTF()
		if errno == 0 {
			l.btf = o.types
		} else if l.btfErr = why; o.structOps {
			l.err = fail(errno, "BTF loading error: -%d", errno)
			return l
		}
	}
	l.mapsErr = l.createMaps()
	return l
}

// placeRelos finds each relocation's function; those of replaced weak functions are dropped.
func (l *linker) placeRelos() {
	if l.obj.ext == nil {
		return
	}
	for _, s := range l.obj.ext.relos {
		for i, rec := range s.records {
			r := decodeCoreRelo(l.obj.btf, rec)
			if fn := l.obj.functionAt(s.section, r.insn/insnSize); fn != nil {
				l.relos = append(l.relos, placedRelo{r, fn, i})
			}
		}
	}
}

// link prepares one program.
func (l *linker) link(p *Program) (*Image, error) {
	if l.err != nil {
		return nil, l.err
	}
	c := &code{l: l, prog: p, at: map[*function]uint32{}, patched: map[*function][]insn.Insn{}}
	if err := c.relocateCore(); err != nil {
		return nil, err
	}
	if err := c.assemble(); err != nil {
		return nil, err
	}
	img := &Image{
		Object: l.obj.Name, Name: p.Name, Section: p.Section, Type: p.Type, Attach: p.Attach,
		License: l.obj.License, BTF: l.btf, BTFRefused: l.btfErr, Types: l.types,
	}
	if err := c.relocateData(img); err != nil {
		return nil, err
	}
	if l.mapsErr != nil {
		return nil, l.mapsErr
	}
	if err := l.attach(p, img); err != nil {
		return nil, err
	}
	img.Insns = c.insns
	if l.btf != nil {
		img.Funcs, img.Lines, img.StructMetas = c.funcs, c.lines, l.records.structs
	}
	return img, nil
}
