package object

import (
	"cmp"
	"slices"
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
)

// assembler assembles a program: its own instructions, then every subprogram it
// reaches, in the order the calls are met.
type assembler struct {
	l     *linker
	prog  *Program
	insns []insn.Insn
	parts []placedFunc
	at    map[*function]uint32 // where a function begins in insns

	funcs            []FuncInfo
	lines            []LineInfo
	noFuncs, noLines bool
}

// placedFunc is a function and its place in the assembled program.
type placedFunc struct {
	fn *function
	at uint32
}

// assemble appends the subprograms and makes calls relative again.
func (a *assembler) assemble() error {
	switch {
	case a.l.obj.loader.does(ruleByName):
		return a.assembleByName()
	case a.l.obj.loader.does(ruleWholeSection):
		return a.assembleSection()
	}
	if err := a.add(a.prog.fn); err != nil {
		return err
	}
	cb, err := a.exceptionCallback()
	if err != nil || cb == nil {
		return err
	}
	if _, done := a.at[cb]; done {
		return nil // called directly, which the verifier refuses
	}
	return a.add(cb)
}

// add appends a function with what it calls. It recurses as deep as calls nest
// before a function is met again, which the number of functions bounds.
func (a *assembler) add(fn *function) error {
	at, err := a.place(fn)
	if err != nil {
		return err
	}
	return a.callees(fn, at, func(i uint32, sub *function) error {
		if _, done := a.at[sub]; !done {
			if err := a.add(sub); err != nil {
				return err
			}
		}
		a.call(at+i, sub)
		return nil
	})
}

// assembleByName appends, breadth first, what a function calls, by name, before what that calls.
func (a *assembler) assembleByName() error {
	pending := []*function{a.prog.fn}
	for ; len(pending) > 0; pending = pending[1:] {
		fn := pending[0]
		if _, done := a.at[fn]; done {
			continue
		}
		at, err := a.place(fn)
		if err != nil {
			return err
		}
		var subs []*function
		err = a.callees(fn, at, func(_ uint32, sub *function) error {
			if !slices.Contains(subs, sub) {
				subs = append(subs, sub)
			}
			return nil
		})
		if err != nil {
			return err
		}
		slices.SortFunc(subs, func(x, y *function) int { return strings.Compare(x.name, y.name) })
		pending = append(pending, subs...)
	}
	return a.calls()
}

// calls makes what is placed call what is placed.
func (a *assembler) calls() error {
	for _, p := range a.parts {
		err := a.callees(p.fn, p.at, func(i uint32, sub *function) error { a.call(p.at+i, sub); return nil })
		if err != nil {
			return err
		}
	}
	return nil
}

// place appends a function as it is, and returns where.
func (a *assembler) place(fn *function) (at uint32, err error) {
	at = uint32(len(a.insns))
	a.at[fn] = at
	a.parts = append(a.parts, placedFunc{fn, at})
	if p := a.l.patched[fn]; p != nil {
		a.insns = append(a.insns, p...)
	} else {
		a.insns = append(a.insns, fn.insns...)
	}
	return at, a.addInfo(fn, at)
}

// callees calls f for each instruction of fn, placed at at, that calls a function or takes its address.
func (a *assembler) callees(fn *function, at uint32, f func(i uint32, sub *function) error) error {
	rel := 0
	for i := range uint32(len(fn.insns)) {
		for rel < len(fn.relocs) && fn.relocs[rel].insn < i {
			rel++
		}
		var r *reloc
		if rel < len(fn.relocs) && fn.relocs[rel].insn == i {
			r = &fn.relocs[rel]
		}
		sub, err := a.callee(fn, at, i, r)
		if err != nil {
			return err
		}
		if sub == nil {
			continue
		}
		if err := f(i, sub); err != nil {
			return err
		}
	}
	return nil
}

// callee returns the function that instruction i of fn, placed at at, calls or takes the address of; nil for
// other instructions. r is the instruction's relocation, nil for none.
func (a *assembler) callee(fn *function, at, i uint32, r *reloc) (*function, error) {
	in := &a.insns[at+i]
	isAddr := in.IsLdImm64() && (in.Src == insn.PSEUDO_FUNC || r != nil && r.kind == relocFuncAddr)
	isCall := in.IsPseudoCall() && in.Dst == 0 && in.Off == 0
	if !isCall && !isAddr || r != nil && r.kind == relocExternCall {
		return nil, nil
	}
	if r != nil && r.kind == relocNothing {
		return nil, fail(abi.EINVAL, "prog '%s': symbol \"%s\": unsatisfied program reference", a.prog.Name, a.l.obj.elf.symbols[r.idx].name)
	}
	target, err := callTarget(fn, i, r, in)
	if err != nil {
		return nil, err
	}
	section := a.l.obj.elf.text
	if a.l.obj.loader.does(ruleCallAnywhere) {
		if section = fn.elfSection; r != nil {
			section = r.sec
		}
	}
	var sub *function
	if section != 0 && target >= 0 && target < 1<<32 {
		sub = a.l.obj.functionAt(section, uint32(target))
	}
	if sub == nil {
		return nil, fail(abi.LIBBPF_ERRNO__RELOC, "prog '%s': no .text section found yet sub-program call exists", fn.name)
	}
	return sub, nil
}

// call makes the instruction at at call a function that is placed, or load its address.
func (a *assembler) call(at uint32, sub *function) {
	in := &a.insns[at]
	if in.IsLdImm64() {
		in.Src = insn.PSEUDO_FUNC
	}
	in.Imm = int32(int64(a.at[sub]) - int64(at) - 1)
}

// callTarget returns where the function that an instruction calls or takes the address of begins in
// its section, in instructions.
func callTarget(fn *function, i uint32, r *reloc, in *insn.Insn) (int64, error) {
	switch {
	case r == nil && in.IsLdImm64():
		return 0, fail(abi.LIBBPF_ERRNO__RELOC, "prog '%s': missing subprog addr relo for insn #%d", fn.name, i)
	case r == nil:
		return int64(fn.start) + int64(i) + int64(in.Imm) + 1, nil
	case r.kind == relocCall:
		return int64(r.off/insnSize) + int64(in.Imm) + 1, nil
	case r.kind == relocFuncAddr:
		return (int64(r.off) + int64(in.Imm)) / insnSize, nil
	}
	return 0, fail(abi.LIBBPF_ERRNO__RELOC, "prog '%s': unexpected relo for insn #%d, type %d", fn.name, i, r.kind)
}

// lostFunc: with the first instruction of a function a loader has poisoned away what says where it begins.
func (a *assembler) lostFunc(fn *function) bool {
	p := a.l.patched[fn]
	return p != nil && p[0].Imm == badRelo && fn.insns[0].Imm != badRelo && a.l.obj.loader.does(ruleRawPoison)
}

// addInfo appends a function's func_info and line_info, moved to its place.
// Where the main program has none, subprograms' are dropped too.
func (a *assembler) addInfo(fn *function, at uint32) error {
	ext := a.l.obj.ext
	if ext == nil {
		return nil
	}
	main := fn == a.prog.fn
	if !a.noFuncs {
		recs := of(ext.funcs, fn.elfSection, fn.start, fn.end())
		if recs == nil {
			if !main {
				return fail(abi.ENOENT, "prog '%s': missing .BTF.ext function info.", fn.name)
			}
			a.noFuncs = true
		}
		if a.lostFunc(fn) {
			recs = nil
		}
		for _, r := range recs {
			a.funcs = append(a.funcs, FuncInfo{le.Uint32(r)/insnSize - fn.start + at, le.Uint32(r[4:])})
		}
	}
	if a.noLines {
		return nil
	}
	recs := of(ext.lines, fn.elfSection, fn.start, fn.end())
	if recs == nil {
		if !main {
			return fail(abi.ENOENT, "prog '%s': missing .BTF.ext line info.", fn.name)
		}
		a.noLines = true
	}
	a.lines = slices.Grow(a.lines, len(recs))
	for _, r := range recs {
		a.lines = append(a.lines, a.l.obj.line(r, at-fn.start))
	}
	return nil
}

// debug is what the object says of the assembled instructions.
func (a *assembler) debug() Debug {
	d := Debug{Types: a.l.obj.types, Lines: a.lines}
	for _, p := range a.parts {
		f := DebugFunc{Insn: p.at, Name: p.fn.name}
		if i, ok := slices.BinarySearchFunc(a.funcs, p.at, func(f FuncInfo, at uint32) int { return cmp.Compare(f.Insn, at) }); ok {
			f.TypeID = a.funcs[i].TypeID
		}
		d.Funcs = append(d.Funcs, f)
	}
	if dw := a.l.obj.dwarf; len(d.Lines) == 0 && dw != nil {
		for _, p := range a.parts {
			for _, l := range dw.in(p.fn.elfSection, p.fn.start, p.fn.end()) {
				d.Lines = append(d.Lines, LineInfo{Insn: l.insn - p.fn.start + p.at, File: l.file, Line: l.line, Col: l.col})
			}
		}
	}
	if vars := a.l.obj.vars; vars != nil {
		d.Vars = &Variables{dwarf: vars, parts: a.parts}
	}
	return d
}

// line decodes a record of line_info; delta is added to its instruction.
func (o *Object) line(r []byte, delta uint32) LineInfo {
	pos := le.Uint32(r[12:])
	return LineInfo{
		Insn: le.Uint32(r)/insnSize + delta,
		File: o.btf.str(le.Uint32(r[4:])), Text: o.btf.str(le.Uint32(r[8:])),
		Line: pos >> 10, Col: pos & 0x3ff,
		FileOffset: le.Uint32(r[4:]), LineOffset: le.Uint32(r[8:]),
	}
}
