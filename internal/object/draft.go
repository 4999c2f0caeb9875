package object

// RefKind is what an instruction refers to.
type RefKind uint8

// Kinds of what is referred to.
const (
	RefMap    RefKind = iota // a map
	RefData                  // a variable's section, which is a map
	RefExtern                // something of the kernel
)

// Ref is an instruction of an object that refers to something by name.
type Ref struct {
	Kind     RefKind
	Name     string
	Function string    // that the instruction is in
	Insn     int       // in the program, -1 if that doesn't have it
	Line     *LineInfo // nil if unknown
}

// draft is a program as far as it can be told without a kernel.
func (l *linker) draft(p *Program) *Image {
	a := &assembler{l: l, prog: p, at: map[*function]uint32{}}
	if a.assemble() != nil { // what it calls can't be found: alone, then
		a = &assembler{l: l, prog: p, at: map[*function]uint32{}}
		_, _ = a.place(p.fn) // without lines if there are none
	}
	img := a.image()
	img.Insns, img.AttachName = a.insns, p.target
	for _, fn := range l.obj.funcs {
		at, has := a.at[fn]
		for i := range fn.relocs {
			ref, ok := l.obj.ref(fn, &fn.relocs[i])
			if !ok {
				continue
			}
			if has {
				ref.Insn += int(at)
			} else {
				ref.Insn = -1
			}
			img.Refs = append(img.Refs, ref)
		}
	}
	return img
}

// ref tells what a relocation of a function refers to.
func (o *Object) ref(fn *function, r *reloc) (Ref, bool) {
	ref := Ref{Function: fn.name, Insn: int(r.insn), Line: o.lineAt(fn, r.insn)}
	switch r.kind {
	case relocMap, relocData:
		if r.kind == relocData {
			ref.Kind = RefData
		}
		if r.idx < 0 || r.idx >= len(o.maps) {
			return ref, false
		}
		ref.Name = o.maps[r.idx].name
	case relocExternLoad, relocExternCall:
		if r.idx < 0 || r.idx >= len(o.externs) {
			return ref, false
		}
		ref.Kind, ref.Name = RefExtern, o.externs[r.idx].name
	default:
		return ref, false
	}
	return ref, true
}

// lineAt is the line that an instruction of a function comes from, nil if the object doesn't say.
func (o *Object) lineAt(fn *function, at uint32) *LineInfo {
	if o.ext != nil {
		if recs := of(o.ext.lines, fn.elfSection, fn.start, fn.start+at+1); len(recs) > 0 {
			l := o.line(recs[len(recs)-1], -fn.start)
			return &l
		}
	}
	if o.dwarf != nil {
		if lines := o.dwarf.in(fn.elfSection, fn.start, fn.start+at+1); len(lines) > 0 {
			l := lines[len(lines)-1]
			return &LineInfo{Insn: l.insn - fn.start, File: l.file, Line: l.line, Col: l.col}
		}
	}
	return nil
}
