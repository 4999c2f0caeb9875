package object

import (
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
	at := uint32(len(a.insns))
	a.at[fn] = at
	a.parts = append(a.parts, placedFunc{fn, at})
	if p := a.l.patched[fn]; p != nil {
		a.insns = append(a.insns, p...)
	} else {
		a.insns = append(a.insns, fn.insns...)
	}
	if err := a.addInfo(fn, at); err != nil {
		return err
	}
	rel := 0
	for i := range uint32(len(fn.insns)) {
		for rel < len(fn.relocs) && fn.relocs[rel].insn < i {
			rel++
		}
		var r *reloc
		if rel < len(fn.relocs) && fn.relocs[rel].insn == i {
			r = &fn.relocs[rel]
		}
		if err := a.addCallee(fn, at, i, r); err != nil {
			return err
		}
	}
	return nil
}

// addCallee appends the function that instruction i of fn, placed at at, calls or takes the address of,
// and makes the instruction name its place. Other instructions are left alone. r is the instruction's
// relocation, nil for none.
func (a *assembler) addCallee(fn *function, at, i uint32, r *reloc) error {
	in := &a.insns[at+i]
	isAddr := in.IsLdImm64() && (in.Src == insn.PSEUDO_FUNC || r != nil && r.kind == relocFuncAddr)
	isCall := in.IsPseudoCall() && in.Dst == 0 && in.Off == 0
	if !isCall && !isAddr || r != nil && r.kind == relocExternCall {
		return nil
	}
	target, err := callTarget(fn, i, r, in)
	if err != nil {
		return err
	}
	var sub *function
	if text := a.l.obj.elf.text; text != 0 && target >= 0 && target < 1<<32 {
		sub = a.l.obj.functionAt(text, uint32(target))
	}
	if sub == nil {
		return fail(abi.LIBBPF_ERRNO__RELOC, "prog '%s': no .text section found yet sub-program call exists", fn.name)
	}
	if _, done := a.at[sub]; !done {
		if err := a.add(sub); err != nil {
			return err
		}
	}
	in = &a.insns[at+i] // add may have moved it
	if isAddr {
		in.Src = insn.PSEUDO_FUNC
	}
	in.Imm = int32(int64(a.at[sub]) - int64(at+i) - 1)
	return nil
}

// callTarget returns where the function that an instruction calls or takes the address of begins in
// .text, in instructions.
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
	b := a.l.obj.btf
	for _, r := range recs {
		pos := le.Uint32(r[12:])
		a.lines = append(a.lines, LineInfo{
			Insn: le.Uint32(r)/insnSize - fn.start + at,
			File: b.str(le.Uint32(r[4:])), Text: b.str(le.Uint32(r[8:])),
			Line: pos >> 10, Col: pos & 0x3ff,
			FileOffset: le.Uint32(r[4:]), LineOffset: le.Uint32(r[8:]),
		})
	}
	return nil
}
