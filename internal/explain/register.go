package explain

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/lazyregexp"
	"github.com/bpfverdict/bpfverdict/internal/state"
	"github.com/bpfverdict/bpfverdict/internal/trace"
	"github.com/bpfverdict/bpfverdict/internal/vlog"
)

// subject returns the register that a message is about: its first argument that is one.
func (s *story) subject() (int, bool) {
	if reg, ok := subjectOf(&s.said); ok {
		return reg, true
	}
	if s.last < 0 {
		return 0, false
	}
	switch in := s.insnAt(s.last); in.Class() {
	case insn.ST, insn.STX:
		return int(in.Dst), true
	case insn.LDX:
		return int(in.Src), true
	default: // what a call is about is mostly its first argument
		return insn.R1, in.IsKfuncCall() || in.IsHelperCall()
	}
}

// integer is a number among the arguments of a message, whatever its type.
func integer(a any) (int, bool) {
	switch v := reflect.ValueOf(a); {
	case v.CanInt():
		return int(v.Int()), true
	case v.CanUint():
		return int(v.Uint()), true
	}
	return 0, false
}

// named is an argument of a message that names a register: "arg#0", "args#1", "R2", "arg #1".
var named = lazyregexp.New(`^(arg|args|R) ?#?(\d)$`)

func subjectOf(said *vlog.Said) (int, bool) {
	f, n := said.Format, 0
	for i := 0; i+1 < len(f); i++ {
		if f[i] == 'R' && f[i+1] >= '0' && f[i+1] <= '9' && (i == 0 || f[i-1] == ' ') { // "the register R0"
			return int(f[i+1] - '0'), true
		}
		if f[i] != '%' {
			continue
		}
		i++
		if f[i] == '%' || n >= len(said.Args) {
			continue
		}
		if v, ok := integer(said.Args[n]); ok {
			switch before := f[:i-1]; {
			case strings.HasSuffix(before, "R"):
				return v, true
			case strings.HasSuffix(before, "arg#"), strings.HasSuffix(before, "args#"):
				return v + 1, true
			case strings.HasSuffix(before, "arg "):
				return v, true
			}
		}
		if v, ok := said.Args[n].(string); ok {
			if m := named().FindStringSubmatch(v); m != nil {
				reg := int(m[2][0] - '0')
				if m[1] != "R" {
					reg++
				}
				return reg, true
			}
		}
		n++
	}
	return 0, false
}

// here is a register just before the refused instruction.
func (s *story) here(reg int) at {
	if s.last < 0 {
		return at{step: -1, n: reg}
	}
	return at{s.last, s.steps[s.last].Depth, false, reg}
}

// tellRegister tells where the value of the register came from that a message is about.
func (s *story) tellRegister() {
	reg, ok := s.subject()
	if !ok || s.last < 0 || reg < 0 || reg >= insn.MaxReg {
		s.primary(s.Insn, s.plain())
		return
	}
	name := s.nameHere(reg)
	v, _ := s.value(s.here(reg))
	s.primary(s.Insn, fmt.Sprintf("%s is %s", quoted(name, s.regName(reg)), s.words(v)))
	s.tellHistory(s.here(reg), name)
}

// regName is a register for those that have no name: what a call takes in it, or, where the source is assembly or another
// instruction is refused, its number.
func (s *story) regName(reg int) string {
	if l := s.lineOf(s.Insn); l != nil && !strings.Contains(l.Text, "asm") && s.Insn >= 0 && s.Insn < len(s.Image.Insns) {
		in := &s.Image.Insns[s.Insn]
		switch name := s.takes(in, reg); {
		case in.Code != insn.JMP|insn.CALL || reg < insn.R1 || reg > insn.R5:
		case name != "":
			return "its argument `" + name + "`"
		default:
			return fmt.Sprintf("its argument %d", reg)
		}
	}
	return fmt.Sprintf("R%d", reg)
}

// takes is the name of the parameter that a function of the kernel or the program takes in a register, "" where that is not
// known.
func (s *story) takes(in *insn.Insn, reg int) string {
	if in.IsPseudoCall() {
		return s.paramName(s.Insn+int(in.Imm)+1, reg)
	}
	if !in.IsKfuncCall() {
		return ""
	}
	fn, _ := s.typeIn(int(in.Off), uint32(in.Imm)).(*btf.Func)
	return param(fn, reg)
}

// plain is the refusal in the kernel's words, for a label.
func (s *story) plain() string {
	if len(s.Lines) == 0 {
		return "refused here"
	}
	return s.Lines[len(s.Lines)-1]
}

// nameHere is the source's name for a register at the refused instruction: what the line says of it, what its value was
// called where it was made, or what it points to.
func (s *story) nameHere(reg int) string {
	in := &s.Image.Insns[s.Insn]
	if l := s.lineOf(s.Insn); l != nil {
		isBase := in.Class() == insn.LDX && int(in.Src) == reg || (in.Class() == insn.STX || in.Class() == insn.ST) && int(in.Dst) == reg
		if isBase {
			column, width := span(l.Text, int(l.Col))
			if b := base(l.Text, column, width); b != "" {
				return b
			}
			if from, to := assignedTo(l.Text, int(l.Col)); in.Class() != insn.LDX && to > from {
				if b := base(l.Text, from+1, to-from); b != "" {
					return b
				}
			}
		}
		if name := s.argText(s.Insn, reg); name != "" {
			return name
		}
	}
	if name := s.Image.Debug.Vars.In(s.Insn, reg); name != "" {
		return name
	}
	name := s.origin(s.here(reg)).name
	v, _ := s.value(s.here(reg))
	switch to := s.pointee(v); {
	case to == "":
		return name
	case name != "" && v.Type.Base() == abi.PTR_TO_BTF_ID:
		return name + "->" + to
	default:
		return to
	}
}

// tellHistory marks where a value was made, and where on the way its type changed though nobody wrote it.
func (s *story) tellHistory(a at, name string) {
	o := s.origin(a)
	if o.name != "" && !plainName().MatchString(name) { // what is made of it is passed on, such as a member's address
		name = o.name
	}
	for step := s.last - 1; step > o.step && step >= 0; step-- {
		s.tellTypeChange(step, a, name)
	}
	if o.kind == fromEntry {
		s.tellEntry(a, o, name)
		return
	}
	if o.kind == fromMap && s.sameLine(s.steps[o.step].Insn, s.Insn) && !s.owning() {
		return // the line says it
	}
	s.secondary(o.step, s.originLabel(o, name))
}

// owning reports that the refusal is about what is owned, borrowed or held, so that where it came from is of interest
// even if that is where programs begin.
func (s *story) owning() bool {
	return len(s.d.Code) > 4 && s.d.Code[2:4] >= "03" && s.d.Code[2:4] <= "08"
}

// tellEntry marks where a value came in that the program did not make: as an argument, or as the frame's address.
func (s *story) tellEntry(a at, o origin, name string) {
	v, _ := s.value(o.at)
	if o.at.n == insn.FP {
		s.secondary(s.definedBy(a), fmt.Sprintf("%s is the address of a variable on the stack", quoted(name, "it")))
		return
	}
	if v.Type == abi.NOT_INIT { // nothing changed it
		v, _ = s.value(a)
	}
	start := s.Trace.Entry
	switch {
	case v.Type == abi.NOT_INIT, v.Type == abi.PTR_TO_CTX && !s.owning():
		return
	case s.told[start]:
		s.d.Notes = append(s.d.Notes, fmt.Sprintf("%s is an argument, and as it came: nothing on this path has changed what it is", quoted(name, "it")))
		return
	}
	s.told[start] = true
	called := "the program"
	if start != 0 {
		called = "the function"
	}
	p := s.place(start, fmt.Sprintf("%s is what %s is called with: %s", quoted(name, "it"), called, s.words(v)))
	if l := s.declared(start); l != nil {
		p = lined(p, l)
	}
	s.marks = append(s.marks, mark{-1, p})
}

// tellTypeChange marks a step that changed what a register is without writing it.
func (s *story) tellTypeChange(step int, a at, name string) {
	for _, c := range s.steps[step].Changes {
		further := c.Before.Type.Base() == abi.PTR_TO_PACKET && c.After.Range > c.Before.Range
		if c.Kind != trace.Reg && c.Kind != trace.Slot || c.Before.Type == c.After.Type && !further || c.Before.Type == abi.NOT_INIT ||
			c.After.Type == abi.NOT_INIT || c.Before.Type == abi.SCALAR_VALUE {
			continue
		}
		if c.Kind == trace.Reg && s.steps[step].Depth == c.Depth && s.sets(step, c.N) || c.Kind == trace.Slot && s.writes(step) {
			continue
		}
		if !s.sameValue(step, c, a) {
			continue
		}
		label, e := s.typeChangeLabel(step, c, name)
		if s.secondary(step, label) && e != notEnded {
			s.endings = append(s.endings, e)
		}
		return
	}
}

// sameValue reports that the register or slot that changed at a step holds the value that a has later.
func (s *story) sameValue(step int, c trace.Change, a at) bool {
	numbers := c.Before.Type == abi.SCALAR_VALUE
	x := s.follow(a, numbers)
	y := s.follow(at{step, c.Depth, c.Kind == trace.Slot, c.N}, numbers)
	return x.step == y.step && x.kind == y.kind && x.at.n == y.at.n
}

// ending is why a pointer can't be used any more.
type ending uint8

const (
	notEnded ending = iota
	givenAway
	packetMoved
	unlocked // it was borrowed
)

func (s *story) typeChangeLabel(step int, c trace.Change, name string) (label string, e ending) {
	who := quoted(name, "the pointer")
	at := s.steps[step].Insn
	in := &s.Image.Insns[at]
	callee := s.called(at)
	was, is := c.Before.Type, c.After.Type
	switch {
	case was == is:
		return fmt.Sprintf("after this, %d bytes of the packet are known to be there", c.After.Range), notEnded
	case is == abi.SCALAR_VALUE && was.MaybeNull() && in.Op() != insn.CALL:
		return who + " is NULL on this path", notEnded
	case was.MaybeNull() && !is.MaybeNull() && is&abi.PTR_UNTRUSTED == 0:
		return who + " is not NULL from here on", notEnded
	case is&abi.NON_OWN_REF != 0 && was&abi.NON_OWN_REF == 0:
		return fmt.Sprintf("%s is given to the container here: from now on it is borrowed, as long as the lock is held", who), notEnded
	case is&abi.PTR_UNTRUSTED != 0:
		return fmt.Sprintf("the RCU section ends here: %s may be stale from now on", who), notEnded
	case is != abi.SCALAR_VALUE:
		return fmt.Sprintf("%s becomes %s here", who, s.words(c.After)), notEnded
	case was&abi.NON_OWN_REF != 0:
		return fmt.Sprintf("the lock is given back here, and with it the borrowed %s", who), unlocked
	case was.Base() == abi.PTR_TO_PACKET || was.Base() == abi.PTR_TO_PACKET_END || was.Base() == abi.PTR_TO_PACKET_META:
		return fmt.Sprintf("%s may move the packet: pointers into it are stale from here on", quoted(callee, "this call")), packetMoved
	case callee != "":
		return fmt.Sprintf("%s ends what %s was: it must not be used any more", quoted(callee, "this call"), who), givenAway
	}
	return who + " is no pointer from here on", notEnded
}

// originLabel says what a value is, at the place where it was made.
func (s *story) originLabel(o origin, name string) string {
	who := quoted(name, "it")
	if o.step < 0 {
		return ""
	}
	v, known := s.value(o.at)
	is := ""
	if known && v.Type != abi.NOT_INIT {
		is = s.words(v)
	}
	callee := s.called(s.steps[o.step].Insn)
	switch o.kind {
	case fromCall, fromGlobal:
		if callee == "" || is == "" {
			return who + " is made here"
		}
		return fmt.Sprintf("%s is what `%s` returns: %s", who, callee, is)
	case fromCaller:
		return fmt.Sprintf("%s is passed to the callback by `%s`", who, callee)
	case fromLoad:
		if is == "" {
			return who + " is read here"
		}
		return fmt.Sprintf("%s is read here: %s", who, is)
	case fromConst:
		if is == "" {
			return who + " is set here"
		}
		return fmt.Sprintf("%s is %s", who, is)
	case fromMap:
		if is != "" {
			return fmt.Sprintf("%s is %s", who, is)
		}
	case fromMath:
		if is == "" {
			return who + " is computed here"
		}
		return fmt.Sprintf("%s is computed here: %s", who, is)
	case fromCallee:
		return fmt.Sprintf("%s is filled in by %s", who, quoted(callee, "this instruction"))
	}
	return ""
}

// tookStep is the step at which the path took the reference or lock with an id, -1 for none.
func (s *story) tookStep(id uint32, kind state.RefType) int {
	for i := s.last; i >= 0; i-- {
		for _, c := range s.steps[i].Changes {
			if c.Kind == trace.Took && c.Held.ID == id && (kind == 0 || c.Held.Kind&kind != 0) {
				return i
			}
		}
	}
	return -1
}
