package object

import (
	"slices"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/types"
)

// RawProgram is a program that was made elsewhere than in an ELF object: what a loader would
// give to the kernel itself.
type RawProgram struct {
	Name      string
	Type      abi.ProgType
	Attach    abi.AttachType
	Sleepable bool
	License   string
	Insns     []insn.Insn // linked, as package insn describes it
	BTF       []byte      // the program's type information; may be empty
	Funcs     []FuncInfo
	Maps      []Map // KeyTypeID and ValueTypeID are ids in BTF
}

// Image checks the BTF and the maps as the kernel would when they are created, and
// makes an image of them. The error is a *LinkError.
func (p *RawProgram) Image(m *kmodel.Model) (*Image, error) {
	img, err := p.image(m)
	if err != nil {
		r := asReason(err)
		return nil, &LinkError{Program: p.Name, Reason: r.text, Errno: r.errno, Format: r.format, Args: r.args}
	}
	return img, nil
}

func (p *RawProgram) image(m *kmodel.Model) (*Image, error) {
	o := &Object{loader: libbpf}
	if len(p.BTF) > 0 {
		var err error
		if o.btf, err = parseRawBTF(p.BTF); err != nil {
			return nil, err
		}
		if err := o.finishBTF(); err != nil {
			return nil, err
		}
	}
	l := &linker{obj: o, model: m, records: &recordParser{b: o.btf, model: m}}
	if o.btf != nil {
		if errno, why := l.checkBTF(); errno != 0 {
			return nil, fail(errno, "BTF is refused: %s", why)
		}
	}
	img := &Image{
		Name: p.Name, Type: p.Type, Attach: p.Attach, Sleepable: p.Sleepable, License: p.License,
		Insns: slices.Clone(p.Insns), Funcs: p.Funcs, BTF: o.types, Debug: Debug{Types: o.types}, StructMetas: l.records.structs,
		Types: append([]*types.Set{m.Types(), o.types}, m.Modules()...),
	}
	if o.types != nil {
		for _, f := range p.Funcs {
			img.Debug.Funcs = append(img.Debug.Funcs, DebugFunc{f.Insn, types.Name(o.types.ByID(f.TypeID)), f.TypeID})
		}
	}
	for i := range p.Maps {
		def := p.Maps[i]
		if def.ValueTypeID != 0 {
			def.BTF = o.types
		}
		if f := l.admit(&def); f != nil {
			return nil, fail(f.errno, "map '%s': failed to create: -%d", def.Name, f.errno)
		}
		img.Maps = append(img.Maps, &def)
	}
	return img, nil
}
