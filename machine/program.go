package machine

import (
	"errors"
	"fmt"
	"sort"
	"strings"

	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict"
	"github.com/bpfverdict/bpfverdict/internal/attach"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/types"
	"github.com/bpfverdict/bpfverdict/internal/verifier"
	"github.com/bpfverdict/bpfverdict/report"
)

// Program is a program loaded into a machine.
type Program struct {
	machine *Machine
	img     *object.Image
	ops     []op
	base    int      // instructions of the programs before it
	leaks   []bool   // of functions, by their first instruction
	alone   []uint16 // by instruction: how many run before schedules decide again
	maps    []*Map
	callees []*callee

	args    []argument // that the user may leave out; nil until they are wanted
	params  int        // how many the function has that the program is attached to, once args are there
	returns bool       // an object, which its caller owns then

	asked bool            // the verifier was
	known []verifier.Fact // what it said; nil if it refused

	fast        []*compiled // by CPU; nil: not compiled, or not yet
	notCompiled error
}

// Name returns the program's name.
func (p *Program) Name() string { return p.img.Name }

// Len returns how many instructions the program has. A 64-bit immediate load counts as two.
func (p *Program) Len() int { return len(p.img.Insns) }

// Insn returns an instruction as the kernel's log spells it; "" for one that the program has not.
func (p *Program) Insn(i int) string {
	if i < 0 || i >= len(p.img.Insns) {
		return ""
	}
	return string(insn.AppendText(nil, p.img.Insns, i, insn.Names{Call: p.calleeName}))
}

func (p *Program) calleeName(in *insn.Insn) (string, bool) {
	if in.Src == insn.PSEUDO_KFUNC_CALL {
		return p.typeName(int(in.Off), uint32(in.Imm)), true
	}
	return "bpf_" + p.machine.k.HelperName(in.Imm), true
}

// Section returns the section it was in.
func (p *Program) Section() string { return p.img.Section }

// Load links an object's programs for the machine's kernel and loads those that keep wants; nil wants all. The
// programs of one object share its maps. The error joins those of single programs; the others are loaded.
func (m *Machine) Load(o *bpfverdict.Object, keep func(program string) bool) ([]*Program, error) {
	var out []*Program
	var errs []error
	images := map[string]*Program{}
	for _, l := range (*object.File)(o).Object().Link(m.k) {
		if keep != nil && !keep(l.Program.Name) {
			continue
		}
		if l.Err != nil {
			errs = append(errs, l.Err)
			continue
		}
		p, err := m.load(l.Image)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: program %s: %w", l.Image.Object, l.Image.Name, err))
			continue
		}
		images[p.Name()] = p
		out = append(out, p)
	}
	for _, p := range out {
		p.fillProgArrays(images)
	}
	return out, errors.Join(errs...)
}

// Verified is a program that is linked for a kernel and accepted by the verifier, with what that knows of it. It is for
// this module's own tools, as LoadVerified is.
type Verified struct {
	Image *object.Image
	Facts []verifier.Fact
}

// LoadVerified loads programs of one object that are linked for the machine's kernel: nothing is linked or verified again.
func (m *Machine) LoadVerified(progs []Verified) (out []*Program, err error) {
	images := map[string]*Program{}
	for _, v := range progs {
		p, err := m.load(v.Image)
		if err != nil {
			return nil, err
		}
		p.known, p.asked = v.Facts, true
		images[p.Name()] = p
		out = append(out, p)
	}
	for _, p := range out {
		p.fillProgArrays(images)
	}
	return out, nil
}

func (m *Machine) load(img *object.Image) (*Program, error) {
	p := &Program{machine: m, img: img, base: m.codes}
	for _, def := range img.Maps {
		mp, err := m.mapOf(def)
		if err != nil {
			return nil, err
		}
		p.maps = append(p.maps, mp)
	}
	if err := p.decode(img.Insns); err != nil {
		return nil, err
	}
	m.code = append(m.code, p)
	m.codes += len(p.ops)
	return p, nil
}

// fillProgArrays puts programs where the object's program arrays name them.
func (p *Program) fillProgArrays(named map[string]*Program) {
	for _, m := range p.maps {
		a, ok := m.impl.(*progArray)
		if !ok {
			continue
		}
		for _, s := range m.def.Slots {
			if q := named[s.Program]; q != nil && s.Index < uint64(len(a.progs)) {
				a.progs[s.Index] = q
			}
		}
	}
}

// typeName is the name of a type that an instruction names.
func (p *Program) typeName(set int, id uint32) string {
	if set < 0 || set >= len(p.img.Types) {
		return fmt.Sprintf("#%d of type set %d", id, set)
	}
	return types.Name(p.img.Types[set].ByID(id))
}

// Source returns the line of source that an instruction is from, nil if unknown.
func (p *Program) Source(i int) *report.Source {
	lines := p.img.Lines
	n := sort.Search(len(lines), func(k int) bool { return int(lines[k].Insn) > i }) - 1
	if n < 0 {
		return nil
	}
	return &report.Source{File: lines[n].File, Line: int(lines[n].Line), Text: strings.TrimSpace(lines[n].Text)}
}

// variableType returns name and size in bytes of a variable.
func variableType(t btf.Type) (string, uint32) {
	v, ok := t.(*btf.Var)
	if !ok {
		return types.Name(t), 0
	}
	n, err := btf.Sizeof(v.Type)
	if err != nil {
		n = 0
	}
	return v.Name, uint32(n)
}

// TakesPacket reports whether the program is run on a packet.
func (p *Program) TakesPacket() bool { return entries[attach.Rules(p.machine.k, p.img).Type].packet }
