package object

import (
	"fmt"
	"strings"

	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/insn"
)

// Unresolved is an instruction in place of one for which the loader found nothing to refer
// to. It calls a helper that does not exist, so a program that reaches it is refused;
// loaders then put these texts in place of the kernel's.
type Unresolved struct {
	Insn int
	What string // instead of the instruction: "<invalid CO-RE relocation>"
	Why  string // instead of the message
}

// unresolved lists what could not be resolved in the assembled program.
func (a *assembler) unresolved() []Unresolved {
	var list []Unresolved
	if a.l.obj.loader.does(ruleKernelWords) {
		return nil
	}
	for _, part := range a.parts {
		for i := range part.fn.insns {
			at := int(part.at) + i
			in := &a.insns[at]
			if in.Code != insn.JMP|insn.CALL || in.Src != 0 {
				continue
			}
			switch {
			case in.Imm == badRelo:
				if why := a.unresolvedRelo(part.fn, uint32(i)); why != "" {
					list = append(list, Unresolved{at, "<invalid CO-RE relocation>", why})
				}
			case in.Imm >= poisonedKfunc && int(in.Imm)-poisonedKfunc < len(a.l.obj.externs):
				name := a.l.obj.externs[in.Imm-poisonedKfunc].name
				list = append(list, Unresolved{at, "<invalid kfunc call>", fmt.Sprintf("kfunc '%s' is referenced but wasn't resolved", name)})
			case in.Imm >= poisonedMap && int(in.Imm)-poisonedMap < len(a.l.obj.maps):
				name := a.l.obj.maps[in.Imm-poisonedMap].name
				list = append(list, Unresolved{at, "<invalid BPF map reference>", fmt.Sprintf("BPF map '%s' is referenced but wasn't created", name)})
			}
		}
	}
	return list
}

// unresolvedRelo says what the relocation of an instruction asked for.
func (a *assembler) unresolvedRelo(fn *function, i uint32) string {
	if a.l.obj.ext == nil {
		return "" // the program calls a helper of that number itself
	}
	for _, rec := range of(a.l.obj.ext.relos, fn.elfSection, fn.start+i, fn.start+i+1) {
		r := decodeCoreRelo(a.l.obj.btf, rec)
		if spec, ok := parseCoreSpec(a.l.core.local, r); ok {
			return "failed to resolve CO-RE relocation " + spec.text(r.access)
		}
	}
	return ""
}

// maxSpecText is how much of an access is shown.
const maxSpecText = 127

// text shows an access: "<byte_off> [12] struct task_struct.pid (0:2 @ offset 8)".
func (s *coreSpec) text(access string) string {
	var b strings.Builder
	t := s.set.ByID(s.rootID)
	name := t.TypeName()
	if name == "" {
		name = "<anon>"
	}
	kind := rawKind(t)
	if e, ok := t.(*btf.Enum); ok && e.Size == 8 {
		kind = kindEnum64
	}
	fmt.Fprintf(&b, "<%s> [%d] %s %s", s.kind, s.rootID, kindName(kind), name)
	switch {
	case s.kind.enum():
		s.enumText(&b)
	case s.kind.field():
		for i, step := range s.steps {
			if step.name != "" {
				b.WriteString("." + step.name)
			} else if i > 0 || step.idx > 0 {
				fmt.Fprintf(&b, "[%d]", step.idx)
			}
		}
		fmt.Fprintf(&b, " (%s @ offset %d", strings.TrimSuffix(access, ":"), s.bitOff/8)
		if bits := s.bitOff % 8; bits != 0 {
			fmt.Fprintf(&b, ".%d", bits)
		}
		b.WriteByte(')')
	}
	if b.Len() > maxSpecText {
		return b.String()[:maxSpecText] + "..."
	}
	return b.String()
}

func (s *coreSpec) enumText(b *strings.Builder) {
	step := s.last()
	e, ok := step.typ.(*btf.Enum)
	if !ok || step.idx >= len(e.Values) {
		return
	}
	v := e.Values[step.idx]
	switch {
	case e.Signed && e.Size < 8:
		fmt.Fprintf(b, "::%s = %d", v.Name, int32(v.Value))
	case e.Signed:
		fmt.Fprintf(b, "::%s = %d", v.Name, int64(v.Value))
	default:
		fmt.Fprintf(b, "::%s = %d", v.Name, v.Value)
	}
}
