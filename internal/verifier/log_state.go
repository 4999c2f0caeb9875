package verifier

import (
	"strconv"
	"strings"

	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/scalar"
	"github.com/bpfverdict/bpfverdict/internal/state"
)

var regTypeNames = [...]string{
	abi.NOT_INIT:            "?",
	abi.SCALAR_VALUE:        "scalar",
	abi.PTR_TO_CTX:          "ctx",
	abi.CONST_PTR_TO_MAP:    "map_ptr",
	abi.PTR_TO_MAP_VALUE:    "map_value",
	abi.PTR_TO_MAP_KEY:      "map_key",
	abi.PTR_TO_STACK:        "fp",
	abi.PTR_TO_PACKET_META:  "pkt_meta",
	abi.PTR_TO_PACKET:       "pkt",
	abi.PTR_TO_PACKET_END:   "pkt_end",
	abi.PTR_TO_FLOW_KEYS:    "flow_keys",
	abi.PTR_TO_SOCKET:       "sock",
	abi.PTR_TO_SOCK_COMMON:  "sock_common",
	abi.PTR_TO_TCP_SOCK:     "tcp_sock",
	abi.PTR_TO_TP_BUFFER:    "tp_buffer",
	abi.PTR_TO_XDP_SOCK:     "xdp_sock",
	abi.PTR_TO_BTF_ID:       "ptr_",
	abi.PTR_TO_MEM:          "mem",
	abi.PTR_TO_ARENA:        "arena",
	abi.PTR_TO_BUF:          "buf",
	abi.PTR_TO_FUNC:         "func",
	abi.PTR_TO_INSN:         "insn",
	abi.CONST_PTR_TO_DYNPTR: "dynptr_ptr",
}

// regTypePrefixes are the flags that show in a type's name, in order.
var regTypePrefixes = [...]struct {
	flag abi.RegType
	name string
}{
	{abi.MEM_RDONLY, "rdonly_"},
	{abi.MEM_RINGBUF, "ringbuf_"},
	{abi.MEM_USER, "user_"},
	{abi.MEM_PERCPU, "percpu_"},
	{abi.MEM_RCU, "rcu_"},
	{abi.PTR_UNTRUSTED, "untrusted_"},
	{abi.PTR_TRUSTED, "trusted_"},
}

// regTypeStr is the kernel's name of a register type.
func (v *verifier) regTypeStr(t abi.RegType) string {
	var b strings.Builder
	for _, p := range regTypePrefixes {
		if t&p.flag != 0 {
			b.WriteString(p.name)
		}
	}
	if base := int(t.Base()); base < len(regTypeNames) {
		b.WriteString(regTypeNames[base])
	}
	switch {
	case !t.MaybeNull():
	case t.Base() == abi.PTR_TO_BTF_ID:
		b.WriteString("or_null_")
	default:
		b.WriteString("_or_null")
	}
	return b.String()
}

var dynptrTypeNames = [...]string{
	state.DYNPTR_TYPE_INVALID:  "<invalid>",
	state.DYNPTR_TYPE_LOCAL:    "local",
	state.DYNPTR_TYPE_RINGBUF:  "ringbuf",
	state.DYNPTR_TYPE_SKB:      "skb",
	state.DYNPTR_TYPE_XDP:      "xdp",
	state.DYNPTR_TYPE_SKB_META: "skb_meta",
	state.DYNPTR_TYPE_FILE:     "file",
}

func dynptrTypeStr(t state.DynptrType) string {
	if int(t) < len(dynptrTypeNames) {
		return dynptrTypeNames[t]
	}
	return "<unknown>"
}

// iterTypeStr is an iterator's name: that of its struct less the prefix all have.
func (v *verifier) iterTypeStr(set uint8, id uint32) string {
	if id == 0 || int(set) >= len(v.typesets) || v.typesets[set] == nil {
		return "<invalid>"
	}
	return strings.TrimPrefix(typeName(v.typesets[set].ByID(id)), "bpf_iter_")
}

func iterStateStr(s state.IterState) string {
	switch s {
	case state.ITER_STATE_ACTIVE:
		return "active"
	case state.ITER_STATE_DRAINED:
		return "drained"
	}
	return "<invalid>"
}

// typeName is a BTF type's name, "" without one.
func typeName(t btf.Type) string {
	if t == nil {
		return ""
	}
	return t.TypeName()
}

var slotKindChars = [...]byte{
	state.STACK_INVALID:  '?',
	state.STACK_SPILL:    'r',
	state.STACK_MISC:     'm',
	state.STACK_ZERO:     '0',
	state.STACK_DYNPTR:   'd',
	state.STACK_ITER:     'i',
	state.STACK_IRQ_FLAG: 'f',
}

// printState logs the registers and stack slots of a frame and the references held;
// all = false leaves out those not touched since the last print.
func (v *verifier) printState(frame uint32, all bool) {
	v.printStateOf(v.st, frame, all)
}

// printStateOf is printState for any state.
func (v *verifier) printStateOf(st *state.State, frame uint32, all bool) {
	f := st.Frames[frame]
	v.Append(func(b []byte) []byte { return v.appendState(b, st, f, all) })
	if !all {
		v.clearScratched()
	}
}

func (v *verifier) appendState(b []byte, st *state.State, f *state.Frame, all bool) []byte {
	if f.Frameno != 0 {
		b = append(b, " frame"...)
		b = strconv.AppendUint(b, uint64(f.Frameno), 10)
		b = append(b, ':')
	}
	for i := range f.Regs {
		r := &f.Regs[i]
		if r.Type == abi.NOT_INIT || !all && !v.regScratched(i) {
			continue
		}
		b = append(b, " R"...)
		b = strconv.AppendInt(b, int64(i), 10)
		b = append(b, '=')
		b = v.appendReg(b, f, r)
	}
	for spi := 0; spi < len(f.Stack); spi++ {
		if all || v.slotScratched(spi) {
			b, spi = v.appendSlot(b, f, spi)
		}
	}
	b = appendRefs(b, st)
	if f.InCallback {
		b = append(b, " cb"...)
	}
	if f.InAsyncCallback {
		b = append(b, " async_cb"...)
	}
	return append(b, '\n')
}

// appendRefs appends the ids of what is held: references, locks, saved IRQ flags.
func appendRefs(b []byte, st *state.State) []byte {
	if len(st.Refs) == 0 || st.Refs[0].ID == 0 {
		return b
	}
	sep := " refs="
	for _, r := range st.Refs {
		if r.ID != 0 {
			b = append(b, sep...)
			b = strconv.AppendUint(b, uint64(r.ID), 10)
			sep = ","
		}
	}
	return b
}

// appendSlot appends a stack slot and returns its index, or that of the last slot of
// an object that takes several.
func (v *verifier) appendSlot(b []byte, f *state.Frame, spi int) ([]byte, int) {
	s := &f.Stack[spi]
	if s.Kind == [8]state.SlotKind{} {
		return b, spi
	}
	slotAt := func(spi int) {
		b = append(b, " fp"...)
		b = strconv.AppendInt(b, int64(-spi-1)*8, 10)
		b = append(b, '=')
	}
	switch s.Kind[7] {
	case state.STACK_SPILL:
		slotAt(spi)
		for _, k := range s.Kind {
			if k == state.STACK_SPILL {
				break
			}
			b = append(b, slotKindChars[k])
		}
		b = v.appendReg(b, f, &s.Reg)
	case state.STACK_DYNPTR:
		if spi+1 < len(f.Stack) {
			spi++
		}
		s = &f.Stack[spi]
		slotAt(spi)
		b = append(b, "dynptr_"...)
		b = append(b, dynptrTypeStr(s.Dynptr)...)
		b = append(b, '(')
		a := attributes{b: b}
		a.number("id=", s.ID)
		a.number("ref_id=", s.RefObjID)
		if s.First {
			a.number("dynptr_id=", 1) // the kernel keeps both in one place
		}
		b = append(a.b, ')')
	case state.STACK_ITER:
		if s.RefObjID == 0 { // only the first slot has it
			return b, spi
		}
		slotAt(spi)
		b = append(b, "iter_"...)
		b = append(b, v.iterTypeStr(s.BTF, s.BTFID)...)
		b = append(b, "(ref_id="...)
		b = strconv.AppendUint(b, uint64(s.RefObjID), 10)
		b = append(b, ",state="...)
		b = append(b, iterStateStr(s.IterState)...)
		b = append(b, ",depth="...)
		b = strconv.AppendUint(b, uint64(s.IterDepth), 10)
		b = append(b, ')')
	default:
		slotAt(spi)
		for _, k := range s.Kind {
			b = append(b, slotKindChars[k])
		}
	}
	return b, spi
}

// attributes appends a list separated by commas.
type attributes struct {
	b    []byte
	some bool
}

func (a *attributes) add(name string) {
	if a.some {
		a.b = append(a.b, ',')
	}
	a.some = true
	a.b = append(a.b, name...)
}

// number adds a number if it is not 0.
func (a *attributes) number(name string, n uint32) {
	if n != 0 {
		a.add(name)
		a.b = strconv.AppendUint(a.b, uint64(n), 10)
	}
}

// appendReg appends a register's value as seen from frame f.
func (v *verifier) appendReg(b []byte, f *state.Frame, r *state.Reg) []byte {
	t := r.Type
	if t == abi.SCALAR_VALUE {
		if r.Precise {
			b = append(b, 'P')
		}
		if r.Var.Mask == 0 {
			return appendSigned(b, int64(r.Var.Value))
		}
	}
	b = append(b, v.regTypeStr(t)...)
	switch t.Base() {
	case abi.PTR_TO_ARENA:
		if t == abi.PTR_TO_ARENA {
			return b
		}
	case abi.PTR_TO_STACK:
		if t != abi.PTR_TO_STACK {
			break
		}
		if uint32(r.Frame) != f.Frameno {
			b = append(b, '[')
			b = strconv.AppendUint(b, uint64(r.Frame), 10)
			b = append(b, ']')
		}
		if r.Var.Mask == 0 {
			return appendSigned(b, int64(r.Var.Value)+int64(r.Off))
		}
	case abi.PTR_TO_BTF_ID:
		if int(r.BTF) < len(v.typesets) {
			b = append(b, typeName(v.typesets[r.BTF].ByID(r.BTFID))...)
		}
	}
	a := attributes{b: append(b, '(')}
	v.regAttributes(&a, r)
	return append(a.b, ')')
}

func (v *verifier) regAttributes(a *attributes, r *state.Reg) {
	base := r.Type.Base()
	a.number("id=", r.ID&^state.ADD_CONST)
	if r.ID&state.ADD_CONST != 0 {
		if r.ID&^state.ADD_CONST == 0 {
			a.add("id=0")
		}
		if r.Off >= 0 {
			a.b = append(a.b, '+')
		}
		a.b = strconv.AppendInt(a.b, int64(r.Off), 10)
	}
	a.number("ref_obj_id=", r.RefObjID)
	if r.Type&abi.NON_OWN_REF != 0 && r.Type&abi.MEM_ALLOC != 0 {
		a.add("non_own_ref")
	}
	if m := v.mapOf(r); m != nil && (base == abi.CONST_PTR_TO_MAP || base == abi.PTR_TO_MAP_KEY || base == abi.PTR_TO_MAP_VALUE) {
		if m.Name != "" && int(r.Map) <= len(v.img.Maps) { // descriptions of inner maps have no name
			a.add("map=" + mapName(m))
		}
		a.add("ks=")
		a.b = strconv.AppendInt(a.b, int64(int32(m.KeySize)), 10)
		a.add("vs=")
		a.b = strconv.AppendInt(a.b, int64(int32(m.ValueSize)), 10)
	}
	if r.Type != abi.SCALAR_VALUE && r.Off != 0 {
		a.add("off=")
		a.b = appendSigned(a.b, int64(r.Off))
	}
	switch base {
	case abi.PTR_TO_PACKET, abi.PTR_TO_PACKET_META:
		a.add("r=")
		a.b = appendUnsigned(a.b, uint64(int64(r.Range)))
	case abi.PTR_TO_MEM:
		a.add("sz=")
		a.b = appendUnsigned(a.b, uint64(r.MemSize))
	case abi.CONST_PTR_TO_DYNPTR:
		a.add("type=" + dynptrTypeStr(r.Dynptr))
	}
	if r.Var.Mask == 0 {
		if r.Var.Value != 0 {
			a.add("imm=")
			a.b = appendSigned(a.b, int64(r.Var.Value))
		}
		return
	}
	a.ranges(&r.Scalar)
	if r.Var.Mask != ^uint64(0) || r.Var.Value != 0 {
		a.add("var_off=")
		a.b = appendTnum(a.b, r.Var)
	}
}

// mapName is a map's name as the kernel keeps it.
func mapName(m *object.Map) string { return m.Name[:min(len(m.Name), 15)] }

// ranges adds the bounds that say something. Equal ones are named together: "smin=umin=3".
// Signed and unsigned bounds alternate in kind, lower and upper ones in place.
func (a *attributes) ranges(s *scalar.Scalar) {
	bound32 := func(n int32) uint64 {
		if decimalSigned(int64(n)) {
			return uint64(int64(n))
		}
		return uint64(uint32(n))
	}
	bounds := [...]struct {
		name   string
		val    uint64
		signed bool
		omit   bool
	}{
		{"smin=", uint64(s.Smin), true, s.Smin == -1<<63},
		{"smax=", uint64(s.Smax), true, s.Smax == 1<<63-1},
		{"umin=", s.Umin, false, s.Umin == 0},
		{"umax=", s.Umax, false, s.Umax == 1<<64-1},
		{"smin32=", bound32(s.S32Min), true, s.S32Min == -1<<31},
		{"smax32=", bound32(s.S32Max), true, s.S32Max == 1<<31-1},
		{"umin32=", uint64(s.U32Min), false, s.U32Min == 0},
		{"umax32=", uint64(s.U32Max), false, s.U32Max == 1<<32-1},
	}
	for i := range bounds {
		b := &bounds[i]
		if b.omit {
			continue
		}
		a.add(b.name)
		negative := b.signed && int64(b.val) < 0
		for j := i + 2; j < len(bounds); j += 2 {
			c := &bounds[j]
			if !c.omit && c.val == b.val && (c.signed && int64(c.val) < 0) == negative {
				c.omit = true
				a.b = append(a.b, c.name...)
			}
		}
		if b.signed {
			a.b = appendSigned(a.b, int64(b.val))
		} else {
			a.b = appendUnsigned(a.b, b.val)
		}
	}
}

// Numbers that fit 16 bits are shown as decimals, others in hex.
func decimalSigned(n int64) bool { return n >= -1<<15 && n < 1<<15 }

func appendSigned(b []byte, n int64) []byte {
	if decimalSigned(n) {
		return strconv.AppendInt(b, n, 10)
	}
	return strconv.AppendUint(append(b, "0x"...), uint64(n), 16)
}

func appendUnsigned(b []byte, n uint64) []byte {
	if n < 1<<16 {
		return strconv.AppendUint(b, n, 10)
	}
	return strconv.AppendUint(append(b, "0x"...), n, 16)
}

// appendTnum appends known bits: a number if all are known, else "(value; mask)".
func appendTnum(b []byte, t scalar.Tnum) []byte {
	if t.Mask == 0 {
		return appendUnsigned(b, t.Value)
	}
	b = append(b, "(0x"...)
	b = strconv.AppendUint(b, t.Value, 16)
	b = append(b, "; 0x"...)
	b = strconv.AppendUint(b, t.Mask, 16)
	return append(b, ')')
}
