package object

import (
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/insn"
)

// code assembles a program: its own instructions, then every subprogram it
// reaches, in the order the calls are met.
type code struct {
	l     *linker
	prog  *Program
	insns []insn.Insn
	parts []codePart
	at    map[*function]uint32 // where a function begins in insns

	funcs            []FuncInfo
	lines            []LineInfo
	noFuncs, noLines bool
}

// codePart is a function's place in the assembled program.
type codePart struct {
	fn *function
	at uint32
}

// assemble appends the subprograms and makes calls relative again.
func (c *code) assemble() error {
	if err := c.add(c.prog.fn); err != nil {
		return err
	}
	cb, err := c.exceptionCallback()
	if err != nil || cb == nil {
		return err
	}
	if _, done := c.at[cb]; done {
		return nil // called directly, which the verifier refuses
	}
	return c.add(cb)
}

// add appends a function with what it calls. It recurses as deep as calls nest
// before a function is met again, which the number of functions bounds.
func (c *code) add(fn *function) error {
	at := uint32(len(c.insns))
	c.at[fn] = at
	c.parts = append(c.parts, codePart{fn, at})
	if p := c.l.patched[fn]; p != nil {
		c.insns = append(c.insns, p...)
	} else {
		c.insns = append(c.insns, fn.insns...)
	}
	if err := c.addInfo(fn, at); err != nil {
		return err
	}
	rel := 0
	for i := range uint32(len(fn.insns)) {
		in := &c.insns[at+i]
		for rel < len(fn.relocs) && fn.relocs[rel].insn < i {
			rel++
		}
		var r *reloc
		if rel < len(fn.relocs) && fn.relocs[rel].insn == i {
			r = &fn.relocs[rel]
		}
		isAddr := in.IsLdImm64() && (in.Src == insn.PSEUDO_FUNC || r != nil && r.kind == relocFuncAddr)
		isCall := in.IsPseudoCall() && in.Dst == 0 && in.Off == 0
		if !isCall && !isAddr || r != nil && r.kind == relocExternCall {
			continue
		}
		if r != nil && r.kind != relocCall && r.kind != relocFuncAddr {
			return c.relocFail("prog '%s': unexpected relo for insn #%d, type %d", fn.name, i, r.kind)
		}
		var target int64
		switch {
		case r == nil && isAddr:
			return c.relocFail("prog '%s': missing subprog addr relo for insn #%d", fn.name, i)
		case r == nil:
			target = int64(fn.start) + int64(i) + int64(in.Imm) + 1
		case r.kind == relocCall:
			target = int64(r.off/insnSize) + int64(in.Imm) + 1
		default:
			target = (int64(r.off) + int64(in.Imm)) / insnSize
		}
		var sub *function
		if c.l.obj.elf.text != 0 && target >= 0 && target < 1<<32 {
			sub = c.l.obj.functionAt(c.l.obj.elf.text, uint32(target))
		}
		if sub == nil {
			return c.relocFail("prog '%s': no .text section found yet sub-program call exists", fn.name)
		}
		if _, done := c.at[sub]; !done {
			if err := c.add(sub); err != nil {
				return err
			}
		}
		in = &c.insns[at+i]
		if isAddr {
			in.Src = insn.PSEUDO_FUNC
		}
		in.Imm = int32(int64(c.at[sub]) - int64(at+i) - 1)
	}
	return nil
}

// relocFail is an error of this step; libbpf puts the program's name before it in a second line.
func (c *code) relocFail(format string, args ...any) error { return fail(errReloc, format, args...) }

// addInfo appends a function's func_info and line_info, moved to its place.
// Where the main program has none, subprograms' are dropped too.
func (c *code) addInfo(fn *function, at uint32) error {
	ext := c.l.obj.ext
	if ext == nil {
		return nil
	}
	main := fn == c.prog.fn
	if !c.noFuncs {
		recs := of(ext.funcs, fn.elfSection, fn.start, fn.end())
		if recs == nil {
			if !main {
				return fail(errNoent, "prog '%s': missing .BTF.ext function info.", fn.name)
			}
			c.noFuncs = true
		}
		for _, r := range recs {
			c.funcs = append(c.funcs, FuncInfo{le.Uint32(r)/insnSize - fn.start + at, le.Uint32(r[4:])})
		}
	}
	if c.noLines {
		return nil
	}
	recs := of(ext.lines, fn.elfSection, fn.start, fn.end())
	if recs == nil {
		if !main {
			return fail(errNoent, "prog '%s': missing .BTF.ext line info.", fn.name)
		}
		c.noLines = true
	}
	b := c.l.obj.btf
	for _, r := range recs {
		pos := le.Uint32(r[12:])
		c.lines = append(c.lines, LineInfo{
			Insn: le.Uint32(r)/insnSize - fn.start + at,
			File: b.str(le.Uint32(r[4:])), Text: strings.TrimSpace(b.str(le.Uint32(r[8:]))),
			Line: pos >> 10, Col: pos & 0x3ff,
			FileOffset: le.Uint32(r[4:]), LineOffset: le.Uint32(r[8:]),
		})
	}
	return nil
}
