package object

import (
	"bytes"
	"debug/dwarf"
	"sync"
)

// Variables names what registers hold, as the object's DWARF has it. Nil tells nothing.
type Variables struct {
	dwarf *dwarfVars
	parts []placedFunc
}

// In names the variable that is in a register before an instruction of the image, "" for none.
func (v *Variables) In(insn, reg int) string {
	if v == nil || insn < 0 {
		return ""
	}
	for _, p := range v.parts {
		if at := uint32(insn); at >= p.at && at < p.at+p.fn.end()-p.fn.start {
			return v.dwarf.find(p.fn.elfSection, at-p.at+p.fn.start, reg)
		}
	}
	return ""
}

// dwarfVar is a variable that is in a register before the instructions [from, to) of its section.
type dwarfVar struct {
	name     string
	from, to uint32
	reg      int
}

// dwarfVars are the variables that DWARF tells of, read when the first is asked for.
type dwarfVars struct {
	lines *dwarfLines
	once  sync.Once
	of    map[int][]dwarfVar // by ELF section, those of inner blocks behind those of outer ones
}

// find returns the name of the innermost variable.
func (d *dwarfVars) find(section int, insn uint32, reg int) string {
	d.once.Do(d.read)
	vars := d.of[section]
	for i := len(vars) - 1; i >= 0; i-- {
		if v := &vars[i]; insn >= v.from && insn < v.to && v.reg == reg {
			return v.name
		}
	}
	return ""
}

// What is read of DWARF is bounded, as damage, or somebody, can make much of little: a table of abbreviations that each entry
// goes through, and a string that each refers to.
const (
	maxDWARFVars   = 1 << 18 // variables' places
	maxDWARFAbbrev = 1 << 18 // bytes of abbreviations
	maxDWARFString = 1 << 12 // bytes of the longest string
	maxDWARFFields = 1 << 23 // fields of entries and of lists; 16 bytes of a string count as one
)

// varReader reads the variables of one object.
type varReader struct {
	of                  map[int][]dwarfVar
	loc, loclists, addr []byte
	room, fields        int
}

// read reads all variables. What is damaged, or too much, tells nothing.
func (d *dwarfVars) read() {
	defer func() {
		if recover() != nil { // debug/dwarf is not hardened against hostile files
			d.of = nil
		}
	}()
	data, parts, units := d.lines.open()
	if data == nil || len(parts["abbrev"]) > maxDWARFAbbrev || longest(parts["str"]) > maxDWARFString || longest(parts["line_str"]) > maxDWARFString {
		return
	}
	r := &varReader{
		of: map[int][]dwarfVar{}, loc: d.lines.section(".debug_loc"), loclists: parts["loclists"], addr: parts["addr"],
		room: maxDWARFVars, fields: maxDWARFFields,
	}
	entries := data.Reader()
	for _, at := range units {
		entries.Seek(at)
		r.unit(entries)
	}
	d.of = r.of
}

// longest is the length of the longest string in a section of them.
func longest(strings []byte) (n int) {
	for len(strings) > 0 {
		end := bytes.IndexByte(strings, 0)
		if end < 0 {
			end = len(strings) - 1
		}
		n, strings = max(n, end), strings[end+1:]
	}
	return n
}

// varUnit is what places of variables of a unit are relative to.
type varUnit struct {
	low                uint64
	addrBase, listBase int64
	scopes             []scope // of the blocks that the next entry is in
}

// scope are the addresses of a block, none if they aren't one stretch.
type scope struct{ from, to uint64 }

// scopeOf is the scope of an entry within another.
func scopeOf(e *dwarf.Entry, outer scope) scope {
	low, ok := e.Val(dwarf.AttrLowpc).(uint64)
	switch high := e.Val(dwarf.AttrHighpc).(type) {
	case int64:
		return scope{low, low + uint64(high)}
	case uint64:
		return scope{low, high}
	}
	if ok || e.Val(dwarf.AttrRanges) != nil {
		return scope{}
	}
	return outer
}

// unit reads the unit that begins with the next entry.
func (r *varReader) unit(entries *dwarf.Reader) {
	head, err := entries.Next()
	if err != nil || head == nil || head.Tag != dwarf.TagCompileUnit {
		return
	}
	var u varUnit
	u.low, _ = head.Val(dwarf.AttrLowpc).(uint64)
	u.addrBase, _ = head.Val(dwarf.AttrAddrBase).(int64)
	u.listBase, _ = head.Val(dwarf.AttrLoclistsBase).(int64)
	u.scopes = []scope{{}}
	names := map[dwarf.Offset]string{}
	type unnamed struct {
		origin  dwarf.Offset
		section int
		at      int
	}
	var later []unnamed // of functions that were inlined: the name is elsewhere
	for len(u.scopes) > 0 {
		e, err := entries.Next()
		if err != nil || e == nil {
			break
		}
		if r.spend(e); r.fields < 0 {
			break
		}
		switch {
		case e.Tag == 0:
			u.scopes = u.scopes[:len(u.scopes)-1]
			continue
		case e.Children:
			u.scopes = append(u.scopes, scopeOf(e, u.scopes[len(u.scopes)-1]))
		}
		if e.Tag != dwarf.TagVariable && e.Tag != dwarf.TagFormalParameter {
			continue
		}
		name, _ := e.Val(dwarf.AttrName).(string)
		names[e.Offset] = name
		origin, _ := e.Val(dwarf.AttrAbstractOrigin).(dwarf.Offset)
		for _, v := range r.places(&u, e) {
			if r.room--; r.room < 0 {
				return
			}
			section := int(v.from >> 32)
			if name == "" && origin != 0 {
				later = append(later, unnamed{origin, section, len(r.of[section])})
			}
			r.of[section] = append(r.of[section], dwarfVar{name, uint32(v.from) / insnSize, (uint32(v.to) + insnSize - 1) / insnSize, v.reg})
		}
	}
	for _, l := range later {
		r.of[l.section][l.at].name = names[l.origin]
	}
}

// spend counts what was read of an entry.
func (r *varReader) spend(e *dwarf.Entry) {
	r.fields -= 1 + len(e.Field)
	for i := range e.Field {
		if s, ok := e.Field[i].Val.(string); ok {
			r.fields -= len(s) / 16
		}
	}
}

// located is where a variable is between two addresses.
type located struct {
	from, to uint64
	reg      int
}

// places are where a variable is.
func (r *varReader) places(u *varUnit, e *dwarf.Entry) (list []located) {
	f := e.AttrField(dwarf.AttrLocation)
	if f == nil {
		return nil
	}
	switch at := f.Val.(type) {
	case []byte: // all of the block
		if block := u.scopes[len(u.scopes)-1]; block.to > block.from && !e.Children {
			if reg, ok := register(at); ok {
				return []located{{block.from, block.to, reg}}
			}
		}
	case uint64: // an index
		if at := u.listBase + int64(4*at); at >= 0 && at < int64(len(r.loclists))-4 {
			return r.lists5(u, u.listBase+int64(le.Uint32(r.loclists[at:])))
		}
	case int64:
		if len(r.loc) == 0 {
			return r.lists5(u, at)
		}
		return r.lists4(u, at)
	}
	return nil
}

// register is the register that an expression says a variable is in; ok is false for all else.
func register(expr []byte) (reg int, ok bool) {
	const dw_OP_reg0 = 0x50
	if len(expr) != 1 || expr[0] < dw_OP_reg0 || expr[0] > dw_OP_reg0+10 {
		return 0, false
	}
	return int(expr[0] - dw_OP_reg0), true
}

// lists4 reads a list of DWARF 4, of pairs of addresses relative to a base.
func (r *varReader) lists4(u *varUnit, at int64) (list []located) {
	if at < 0 || at > int64(len(r.loc)) {
		return nil
	}
	base := u.low
	for d := (decoder{data: r.loc[at:]}); ; {
		from, to := d.u64(), d.u64()
		r.fields--
		switch {
		case d.bad || r.fields < 0 || from == 0 && to == 0:
			return list
		case from == 1<<64-1:
			base = to
			continue
		}
		if reg, ok := register(d.bytes(uint64(d.u16()))); ok && len(list) < r.room {
			list = append(list, located{base + from, base + to, reg})
		}
	}
}

// Kinds of entries of a list of DWARF 5.
const (
	dw_LLE_base_addressx    = 1
	dw_LLE_startx_endx      = 2
	dw_LLE_startx_length    = 3
	dw_LLE_offset_pair      = 4
	dw_LLE_default_location = 5
	dw_LLE_base_address     = 6
	dw_LLE_start_end        = 7
	dw_LLE_start_length     = 8
)

// lists5 reads a list of DWARF 5.
func (r *varReader) lists5(u *varUnit, at int64) (list []located) {
	if at < 0 || at > int64(len(r.loclists)) {
		return nil
	}
	base := u.low
	for d := (decoder{data: r.loclists[at:]}); ; {
		var from, to uint64
		if r.fields--; r.fields < 0 {
			return list
		}
		switch kind := d.u8(); kind {
		case dw_LLE_base_addressx:
			base = r.address(u, d.uleb())
			continue
		case dw_LLE_base_address:
			base = d.u64()
			continue
		case dw_LLE_startx_endx:
			from, to = r.address(u, d.uleb()), r.address(u, d.uleb())
		case dw_LLE_startx_length:
			from = r.address(u, d.uleb())
			to = from + d.uleb()
		case dw_LLE_offset_pair:
			from, to = base+d.uleb(), base+d.uleb()
		case dw_LLE_default_location:
		case dw_LLE_start_end:
			from, to = d.u64(), d.u64()
		case dw_LLE_start_length:
			from = d.u64()
			to = from + d.uleb()
		default: // the end, or what is not known
			return list
		}
		reg, ok := register(d.bytes(d.uleb()))
		if d.bad {
			return list
		}
		if ok && len(list) < r.room {
			list = append(list, located{from, to, reg})
		}
	}
}

// address is one of the unit's addresses, 0 if it is not there.
func (r *varReader) address(u *varUnit, n uint64) uint64 {
	if at := u.addrBase + int64(n*8); n < 1<<32 && at >= 0 && at+8 <= int64(len(r.addr)) {
		return le.Uint64(r.addr[at:])
	}
	return 0
}

// decoder reads numbers. Behind the end all are 0, and bad is set.
type decoder struct {
	data []byte
	bad  bool
}

func (d *decoder) bytes(n uint64) []byte {
	if n > uint64(len(d.data)) {
		d.bad, d.data = true, nil
		return nil
	}
	b := d.data[:n]
	d.data = d.data[n:]
	return b
}

func (d *decoder) u8() byte {
	if b := d.bytes(1); b != nil {
		return b[0]
	}
	return 0
}

func (d *decoder) u16() uint16 {
	if b := d.bytes(2); b != nil {
		return le.Uint16(b)
	}
	return 0
}

func (d *decoder) u64() uint64 {
	if b := d.bytes(8); b != nil {
		return le.Uint64(b)
	}
	return 0
}

func (d *decoder) uleb() (n uint64) {
	for shift := uint(0); ; shift += 7 {
		b := d.u8()
		n |= uint64(b&0x7f) << shift
		if b&0x80 == 0 {
			return n
		}
	}
}
