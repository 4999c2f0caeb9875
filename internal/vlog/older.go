package vlog

import (
	"strconv"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kdata"
	"github.com/bpfverdict/bpfverdict/internal/state"
	"github.com/bpfverdict/bpfverdict/internal/types"
)

// How kernels before 6.8 show values: all attributes that a type has, in decimals, and less of what is spilled.

// rules are those by which the kernel shows states.
func (l *Log) rules() kdata.LogRules {
	if l.Kernel == nil {
		return kdata.LogMeaningful
	}
	return l.Kernel.Log()
}

// Whole reports that whole states are shown.
func (l *Log) Whole() bool { return l.rules() == kdata.LogWhole }

// TracesPrecision reports that walks back for precision are shown.
func (l *Log) TracesPrecision() bool { return l.Level > 1 || l.Level == 1 && l.Whole() }

// boundNames are the names of bounds, 64 and 32 bits wide.
var boundNames = map[kdata.LogRules][8]string{
	kdata.LogChanges: {"smin=", "smax=", "umin=", "umax=", "s32_min=", "s32_max=", "u32_min=", "u32_max="},
	kdata.LogWhole: {
		"smin_value=", "smax_value=", "umin_value=", "umax_value=",
		"s32_min_value=", "s32_max_value=", "u32_min_value=", "u32_max_value=",
	},
}

// appendOlderName appends the type of a register, and whether it is a number that is precise. Where changes are shown, numbers are
// named only if they are to be.
func (p *Printer) appendOlderName(b []byte, r *state.Reg, named bool) []byte {
	number, whole := r.Type == abi.SCALAR_VALUE, p.Whole()
	precise := number && r.Precise
	if precise && !whole {
		b = append(b, 'P')
	}
	if !number || whole || named {
		b = append(b, p.Kernel.TypeNames(r.Type.String())...)
	}
	if precise && whole {
		b = append(b, 'P')
	}
	return b
}

func (p *Printer) appendOlderReg(b []byte, r *state.Reg) []byte {
	t, fixed := r.Type, r.Var.Mask == 0
	b = p.appendOlderName(b, r, !fixed)
	if fixed && (t == abi.SCALAR_VALUE || t == abi.PTR_TO_STACK) {
		return strconv.AppendInt(b, int64(r.Var.Value)+int64(r.Off), 10)
	}
	if t.Base() == abi.PTR_TO_BTF_ID && int(r.BTF) < len(p.img.Types) {
		b = append(b, types.Name(p.img.Types[r.BTF].ByID(r.BTFID))...)
	}
	a := attributes{b: append(b, '(')}
	p.olderAttributes(&a, r, p.Whole())
	return append(a.b, ')')
}

// olderAttributes adds what belongs to a register's type; whole has ids that are 0, too.
func (p *Printer) olderAttributes(a *attributes, r *state.Reg, whole bool) {
	base := r.Type.Base()
	if whole || r.ID != 0 {
		a.decimal("id=", int64(r.ID))
	}
	switch base {
	case abi.PTR_TO_BTF_ID:
		if !whole {
			a.number("ref_obj_id=", r.RefObjID)
		}
	case abi.PTR_TO_SOCKET, abi.PTR_TO_TCP_SOCK, abi.PTR_TO_MEM:
		if whole || r.RefObjID != 0 {
			a.decimal("ref_obj_id=", int64(r.RefObjID))
		}
	}
	if r.Type != abi.SCALAR_VALUE {
		a.decimal("off=", int64(r.Off))
	}
	switch base {
	case abi.PTR_TO_PACKET, abi.PTR_TO_PACKET_META:
		a.decimal("r=", int64(r.Range))
	case abi.CONST_PTR_TO_MAP, abi.PTR_TO_MAP_KEY, abi.PTR_TO_MAP_VALUE:
		if m := p.mapOf(r); m != nil {
			a.mapSizes(m)
		}
	}
	if r.Var.Mask == 0 {
		a.add("imm=")
		a.b = strconv.AppendUint(a.b, r.Var.Value, 16)
		return
	}
	names := boundNames[p.rules()]
	signed := func(name string, n, same, least int64) {
		if n != same && n != least {
			a.decimal(name, n)
		}
	}
	unsigned := func(name string, n, least uint64) {
		if n != least {
			a.add(name)
			a.b = strconv.AppendUint(a.b, n, 10)
		}
	}
	signed(names[0], r.Smin, int64(r.UMin()), -1<<63)
	signed(names[1], r.Smax, int64(r.UMax()), 1<<63-1)
	unsigned(names[2], r.UMin(), 0)
	unsigned(names[3], r.UMax(), 1<<64-1)
	if r.Var.Mask != ^uint64(0) || r.Var.Value != 0 {
		a.add("var_off=")
		a.b = appendTnum(a.b, r.Var)
	}
	signed(names[4], int64(r.S32Min), r.Smin, -1<<31)
	signed(names[5], int64(r.S32Max), r.Smax, 1<<31-1)
	// Those of 32 bits are shown as signed numbers, whatever they are.
	if n := r.UMin32(); uint64(n) != r.UMin() && n != 0 {
		a.decimal(names[6], int64(int32(n)))
	}
	if n := r.UMax32(); uint64(n) != r.UMax() && n != 1<<32-1 {
		a.decimal(names[7], int64(int32(n)))
	}
}

// appendOlderSpill appends what a slot holds of a register: its type, or the number that it is known to be.
func (p *Printer) appendOlderSpill(b []byte, r *state.Reg) []byte {
	b = p.appendOlderName(b, r, false)
	if r.Type == abi.SCALAR_VALUE && r.Var.Mask == 0 {
		b = strconv.AppendInt(b, int64(r.Var.Value)+int64(r.Off), 10)
	}
	return b
}
