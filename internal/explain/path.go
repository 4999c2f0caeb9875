package explain

import (
	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/trace"
	"github.com/bpfverdict/bpfverdict/internal/types"
)

// at is a register or stack slot before a step of the path.
type at struct {
	step  int
	depth int
	slot  bool
	n     int // register, or slot: 0 for fp-8
}

func (a at) reg(step, n int) at { return at{step, a.depth, false, n} }

// originKind says where a value comes from.
type originKind uint8

const (
	unknown    originKind = iota
	fromEntry             // an argument of the program, or of a global function
	fromCaller            // an argument of a callback
	fromCall              // what a helper or kernel function returned
	fromGlobal            // what a global function returned
	fromLoad              // read from memory
	fromConst             // a number in the code
	fromMap               // a map, or a variable in one
	fromMath              // computed
	fromCallee            // written by what a call was passed
)

// origin is where a value was made.
type origin struct {
	kind originKind
	step int // -1 for none
	name string
	at   at // the register or slot it was made in, after the step
}

func (s *story) insnAt(step int) *insn.Insn { return &s.Image.Insns[s.steps[step].Insn] }

// origin follows a value back over copies, spills and arguments. seen is told of each step on the way that gave it
// another name.
func (s *story) origin(a at) origin { return s.follow(a, false) }

// numberOrigin follows a number back over what is computed from it and constants, too.
func (s *story) numberOrigin(a at) origin { return s.follow(a, true) }

func (s *story) follow(a at, numbers bool) origin {
	o := origin{step: -1, at: a}
	for {
		i := s.definedBy(a)
		if i < 0 {
			if s.Trace.Earlier == 0 && !a.slot {
				o.kind = fromEntry
				o.at = a
				if o.name == "" {
					o.name = s.paramName(s.Trace.Entry, a.n)
				}
			}
			return o
		}
		step, in := &s.steps[i], s.insnAt(i)
		o.step, o.at = i, at{i + 1, a.depth, a.slot, a.n}
		if o.name == "" {
			o.name = s.nameAt(i)
		}
		if o.name == "" { // asked last, as all of DWARF is read for the first
			o.name = s.variable(o.at)
		}
		switch {
		case i == s.async && !a.slot && a.n <= insn.R5:
			o.kind = fromCaller
			return o
		case step.Depth == a.depth-1: // the call that entered the function
			if in.IsPseudoCall() && !a.slot {
				if o.name == "" {
					o.name = s.paramName(s.steps[i+1].Insn, a.n)
				}
				a = at{i, a.depth - 1, false, a.n}
				continue
			}
			o.kind = fromCaller
			return o
		case step.Depth == a.depth+1: // a function of the program returned it
			a = at{i, a.depth + 1, false, insn.R0}
			continue
		case a.slot:
			if in.Class() == insn.STX && in.Mode() == insn.MEM {
				a = at{i, step.Depth, false, int(in.Src)}
				continue
			}
			o.kind = fromCallee
			if in.Class() == insn.ST {
				o.kind = fromConst
			}
			return o
		}
		switch in.Class() {
		case insn.ALU, insn.ALU64:
			next, ok := s.throughMath(i, in, a)
			if !ok && numbers && in.Op() != insn.MOV && in.SrcKind() == insn.K {
				next, ok = a.reg(i, a.n), true
			}
			if ok {
				a = next
				continue
			}
			o.kind = fromMath
			if in.Op() == insn.MOV && in.SrcKind() == insn.K {
				o.kind = fromConst
			}
		case insn.LDX:
			if n, depth, ok := s.filled(i, in); ok {
				a = at{i, depth, true, n}
				continue
			}
			o.kind = fromLoad
		case insn.LD:
			o.kind = fromLoad
			if in.IsLdImm64() {
				o.kind = fromConst
				if in.Src != 0 {
					o.kind = fromMap
				}
			}
		case insn.JMP:
			o.kind = fromCall
			if in.IsPseudoCall() {
				o.kind = fromGlobal
			}
		}
		return o
	}
}

// throughMath follows a copy, and a pointer through sums.
func (s *story) throughMath(i int, in *insn.Insn, a at) (at, bool) {
	switch in.Op() {
	case insn.MOV:
		if in.SrcKind() == insn.X {
			return a.reg(i, int(in.Src)), true
		}
	case insn.ADD, insn.SUB:
		for _, c := range s.steps[i].Changes {
			if c.Kind != trace.Reg || c.Depth != a.depth || c.N != a.n || c.After.Type == abi.SCALAR_VALUE {
				continue
			}
			if c.Before.Type == abi.SCALAR_VALUE && in.SrcKind() == insn.X {
				return a.reg(i, int(in.Src)), true
			}
			return a.reg(i, a.n), true
		}
	}
	return at{}, false
}

// filled returns the stack slot that a load reads.
func (s *story) filled(i int, in *insn.Insn) (slot, depth int, ok bool) {
	if in.Src != insn.FP {
		return 0, 0, false
	}
	off := int(in.Off)
	if off >= 0 {
		return 0, 0, false
	}
	return (-off - 1) / 8, s.steps[i].Depth, true
}

// definedBy returns the step before a that gave it its value; -1 if it came with the path's beginning.
func (s *story) definedBy(a at) int {
	for i := a.step - 1; i >= 0; i-- {
		step := &s.steps[i]
		switch {
		case i == s.async:
			return i // what came before is of another run
		case step.Depth < a.depth:
			return i // entered the function
		case a.slot:
			for _, c := range step.Changes {
				if c.Kind == trace.Slot && c.Depth == a.depth && c.N == a.n && s.writes(i) {
					return i
				}
			}
		case step.Depth == a.depth+1:
			if a.n == insn.R0 && s.insnAt(i).Code == insn.JMP|insn.EXIT && i+1 < len(s.steps) && s.steps[i+1].Depth == a.depth {
				if s.callbackReturn(i) {
					continue
				}
				return i
			}
		case step.Depth == a.depth && s.sets(i, a.n):
			return i
		}
	}
	return -1
}

// callbackReturn reports that the exit at step i goes back to a call that runs the function as a callback.
func (s *story) callbackReturn(i int) bool {
	in := s.insnAt(i + 1)
	return in.Code == insn.JMP|insn.CALL && !in.IsPseudoCall()
}

// writes reports that a step stores, or calls what may.
func (s *story) writes(i int) bool {
	in := s.insnAt(i)
	switch in.Class() {
	case insn.ST, insn.STX:
		return true
	}
	return in.Code == insn.JMP|insn.CALL
}

// sets reports that the instruction of a step gives the register another value.
func (s *story) sets(i, reg int) bool {
	in := s.insnAt(i)
	switch in.Class() {
	case insn.ALU, insn.ALU64, insn.LDX:
		return int(in.Dst) == reg
	case insn.LD:
		if in.IsLdImm64() {
			return int(in.Dst) == reg
		}
		return reg <= insn.R5
	case insn.STX:
		r, ok := in.AtomicLoads()
		return ok && int(r) == reg
	case insn.JMP:
		return in.Op() == insn.CALL && reg <= insn.R5
	}
	return false
}

// variable is the variable that is in a register before a step, as DWARF has it; "" for none.
func (s *story) variable(a at) string {
	if a.slot || a.step < 0 || a.step >= len(s.steps) || s.steps[a.step].Depth != a.depth {
		return ""
	}
	return s.Image.Debug.Vars.In(s.steps[a.step].Insn, a.n)
}

// nameAt is the name that the source gives to what a step makes, "" for none.
func (s *story) nameAt(step int) string {
	l := s.lineOf(s.steps[step].Insn)
	if l == nil {
		return ""
	}
	in := s.insnAt(step)
	if in.Code == insn.JMP|insn.CALL {
		callee := s.called(s.steps[step].Insn)
		if callee == "" {
			return ""
		}
		return assigned(l.Text, callee)
	}
	if in.Class() == insn.LDX {
		return assigned(l.Text, "")
	}
	return ""
}

// paramName is the name of the parameter that a function gets in a register.
func (s *story) paramName(start, reg int) string {
	f := s.Image.Debug.FuncAt(start)
	if f == nil || s.Image.Debug.Types == nil || int(f.Insn) != start || reg < insn.R1 || reg > insn.R5 {
		return ""
	}
	fn, _ := s.Image.Debug.Types.ByID(f.TypeID).(*btf.Func)
	return param(fn, reg)
}

// param is the name of the parameter that a function takes in a register, "" for none.
func param(fn *btf.Func, reg int) string {
	if fn == nil {
		return ""
	}
	proto, _ := fn.Type.(*btf.FuncProto)
	if proto == nil || reg < insn.R1 || reg-insn.R1 >= len(proto.Params) {
		return ""
	}
	return proto.Params[reg-insn.R1].Name
}

// value is what was known of a register or slot before a step: the last change tells, or the end.
func (s *story) value(a at) (trace.Value, bool) {
	if !a.slot && s.Trace != nil && a.step >= s.last && a.depth < len(s.Trace.Frames) {
		return s.Trace.Frames[a.depth].Regs[a.n], true
	}
	for i := a.step - 1; i >= 0; i-- {
		for _, c := range s.steps[i].Changes {
			if c.Depth == a.depth && c.N == a.n && (c.Kind == trace.Slot) == a.slot && (c.Kind == trace.Reg) != a.slot {
				return c.After, true
			}
		}
	}
	for i := max(a.step, 0); i < len(s.steps); i++ {
		for _, c := range s.steps[i].Changes {
			if c.Depth == a.depth && c.N == a.n && (c.Kind == trace.Slot) == a.slot && (c.Kind == trace.Reg) != a.slot {
				return c.Before, true
			}
		}
	}
	return trace.Value{}, false
}

// typeIn is a type of one of the sets that the program may name, nil for none.
func (s *story) typeIn(set int, id uint32) btf.Type {
	if id == 0 || set < 0 || set >= len(s.Image.Types) || s.Image.Types[set] == nil {
		return nil
	}
	return s.Image.Types[set].ByID(id)
}

// typeName names a type of one of the sets that the program may name.
func (s *story) typeName(set int, id uint32) string { return types.Name(s.typeIn(set, id)) }
