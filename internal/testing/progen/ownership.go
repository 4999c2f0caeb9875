package progen

import (
	"sync"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/object"
)

// Helpers that ownership programs call, by id.
const (
	helperLookup = 1
	helperRandom = 7
	helperLock   = 93
	helperUnlock = 94
	helperXchg   = 194
)

// Stack slots ownership programs use, in bytes below the frame pointer.
const (
	slotKey  = -4
	slotIRQ  = -16
	slotIter = -32
)

// holding is what the generator believes one of r7-r9 to hold.
type holding struct {
	typ      *ownedType
	owned    bool // else borrowed from a container, until unlock
	borrowed bool
}

type owner struct {
	gen
	types  *typeInfo
	kfunc  func(name string) int32
	held   [3]holding // r7, r8, r9
	locked bool
	rcu    int
	preempt,
	irq, iter int
	less, help []int // loads and calls of subprograms, to be resolved
}

var ownershipInfo = sync.OnceValues(ownershipTypes)

// GenerateOwnership makes a program that allocates objects, keeps them in trees, lists and kptrs under
// a lock, opens RCU, preemption and IRQ sections, and iterates; usually right, now and then wrong. Its
// map is OwnershipValueSize large; kfunc gives a kernel function's BTF id.
func GenerateOwnership(src []byte, kfunc func(name string) int32) (*object.RawProgram, error) {
	types, err := ownershipInfo()
	if err != nil {
		return nil, err
	}
	o := &owner{gen: gen{src: src}, types: types, kfunc: kfunc}
	code := &object.RawProgram{
		Name: "owner", License: "GPL", BTF: types.raw, Type: abi.PROG_TYPE_SCHED_CLS,
		Maps: []object.Map{{
			Name: "values", Type: abi.MAP_TYPE_ARRAY, KeySize: 4, ValueSize: OwnershipValueSize, MaxEntries: 1,
			KeyTypeID: types.key, ValueTypeID: types.value,
		}},
	}
	if o.n(2) == 0 {
		code.Type, code.Sleepable = abi.PROG_TYPE_SYSCALL, true
	}
	o.value()
	for steps := 3 + o.n(25); steps > 0 && len(o.out) < 400; steps-- {
		o.act()
	}
	o.cleanUp()
	o.ret()
	code.Funcs = []object.FuncInfo{{Insn: 0, TypeID: types.main}}
	if len(o.less) > 0 {
		code.Funcs = append(code.Funcs, object.FuncInfo{Insn: uint32(len(o.out)), TypeID: types.less})
		o.comparator()
	}
	if len(o.help) > 0 {
		code.Funcs = append(code.Funcs, object.FuncInfo{Insn: uint32(len(o.out)), TypeID: types.help})
		o.helper()
	}
	code.Insns = o.out
	return code, nil
}

func (o *owner) call(helper int32) { o.emit(insn.JMP|insn.CALL, 0, 0, 0, helper) }
func (o *owner) callKfunc(n string) {
	o.emit(insn.JMP|insn.CALL, 0, insn.PSEUDO_KFUNC_CALL, 0, o.kfunc(n))
}
func (o *owner) imm(r uint8, n int32) {
	o.emit(insn.ALU64|insn.MOV, r, 0, 0, n)
}

// addr makes r = base + off.
func (o *owner) addr(r, base uint8, off int32) {
	o.emit(insn.ALU64|insn.MOV|insn.X, r, base, 0, 0)
	if off != 0 {
		o.emit(insn.ALU64|insn.ADD, r, 0, 0, off)
	}
}

func (o *owner) ret() {
	o.imm(insn.R0, 0)
	o.emit(insn.JMP|insn.EXIT, 0, 0, 0, 0)
}

// value makes r6 point to the map's one value.
func (o *owner) value() {
	o.emit(insn.ST|insn.MEM|insn.W, insn.FP, 0, slotKey, 0)
	o.addr(insn.R2, insn.FP, slotKey)
	o.emit(insn.LD|insn.IMM|insn.DW, insn.R1, insn.PSEUDO_MAP_FD, 0, 0)
	o.emit(0, 0, 0, 0, 0)
	o.call(helperLookup)
	o.emit(insn.JMP|insn.JNE, insn.R0, 0, 2, 0)
	o.ret()
	o.emit(insn.ALU64|insn.MOV|insn.X, insn.R6, insn.R0, 0, 0)
	for r := insn.R7; r <= insn.R9; r++ {
		o.imm(uint8(r), 0)
	}
}

// sloppy is true now and then: a check or a release is left out.
func (o *owner) sloppy() bool { return o.byte() > 244 }

func (o *owner) typ() *ownedType { return &o.types.owned[o.n(len(o.types.owned))] }

// pick finds a register that holds what ok asks for.
func (o *owner) pick(ok func(h *holding) bool) (uint8, *holding) {
	at := o.n(3)
	for i := range o.held {
		if k := (at + i) % 3; ok(&o.held[k]) {
			return uint8(insn.R7 + k), &o.held[k]
		}
	}
	return 0, nil
}

// keep puts r0 into a register; what that owned is dropped first.
func (o *owner) keep(h holding) {
	r, old := o.pick(func(h *holding) bool { return !h.owned })
	if old == nil {
		if h.owned && !o.locked {
			o.drop(insn.R0)
		}
		return
	}
	o.emit(insn.ALU64|insn.MOV|insn.X, r, insn.R0, 0, 0)
	*old = h
}

// orLeave follows a call whose result may be NULL: on NULL the program ends, cleaned up.
func (o *owner) orLeave() {
	if o.sloppy() {
		return
	}
	at := len(o.out)
	o.emit(insn.JMP|insn.JNE, insn.R0, 0, 0, 0)
	saved := *o
	o.cleanUp()
	o.ret()
	out, pos := o.out, o.pos
	*o = saved
	o.out, o.pos = out, pos
	o.out[at].Off = int16(len(o.out) - at - 1)
}

// orSkip follows a call whose result may be NULL with steps for when it is not.
func (o *owner) orSkip(then func()) {
	at := len(o.out)
	o.emit(insn.JMP|insn.JEQ, insn.R0, 0, 0, 0)
	then()
	o.out[at].Off = int16(len(o.out) - at - 1)
}

func (o *owner) drop(r uint8) {
	o.addr(insn.R1, r, 0)
	o.imm(insn.R2, 0)
	o.callKfunc("bpf_obj_drop_impl")
}

func (o *owner) act() {
	acts := []func(){
		o.alloc, o.alloc, o.lockUnlock, o.lockUnlock, o.insert, o.insert, o.peek, o.peek, o.take, o.exchange,
		o.exchange, o.field, o.field, o.acquire, o.section, o.iterate, o.loadKptr, o.callHelp, o.dropOne, o.neighbour,
	}
	acts[o.n(len(acts))]()
}

func (o *owner) alloc() {
	if o.locked && !o.sloppy() {
		return
	}
	t := o.typ()
	o.imm(insn.R1, t.id)
	o.imm(insn.R2, 0)
	o.callKfunc("bpf_obj_new_impl")
	o.orLeave()
	o.keep(holding{typ: t, owned: true})
}

func (o *owner) dropOne() {
	if o.locked && !o.sloppy() {
		return
	}
	r, h := o.pick(func(h *holding) bool { return h.owned })
	if h == nil {
		return
	}
	o.drop(r)
	*h = holding{}
}

func (o *owner) lockUnlock() {
	if o.locked {
		o.unlock()
		return
	}
	o.addr(insn.R1, insn.R6, 0)
	o.call(helperLock)
	o.locked = true
}

func (o *owner) unlock() {
	o.addr(insn.R1, insn.R6, 0)
	o.call(helperUnlock)
	o.locked = false
	for i := range o.held {
		if o.held[i].borrowed && !o.sloppy() {
			o.held[i] = holding{}
		}
	}
}

// needLock takes the lock where it is missing, usually.
func (o *owner) needLock() {
	if !o.locked && !o.sloppy() {
		o.lockUnlock()
	}
}

// insert gives an owned object to a container.
func (o *owner) insert() {
	r, h := o.pick(func(h *holding) bool { return h.owned && h.typ.root+h.typ.head > 0 })
	if h == nil {
		return
	}
	o.needLock()
	t := h.typ
	if t.root >= 0 && (t.head < 0 || o.n(2) == 0) {
		o.addr(insn.R1, insn.R6, t.root)
		o.addr(insn.R2, r, t.rb)
		o.less = append(o.less, len(o.out))
		o.emit(insn.LD|insn.IMM|insn.DW, insn.R3, insn.PSEUDO_FUNC, 0, 0)
		o.emit(0, 0, 0, 0, 0)
		o.imm(insn.R4, 0)
		o.imm(insn.R5, 0)
		o.callKfunc("bpf_rbtree_add_impl")
	} else {
		o.addr(insn.R1, insn.R6, t.head)
		o.addr(insn.R2, r, t.list)
		o.imm(insn.R3, 0)
		o.imm(insn.R4, 0)
		o.callKfunc([]string{"bpf_list_push_front_impl", "bpf_list_push_back_impl"}[o.n(2)])
	}
	h.owned, h.borrowed = false, true
}

// peek borrows an object from a container.
func (o *owner) peek() {
	t := o.typ()
	if t.root < 0 && t.head < 0 {
		return
	}
	o.needLock()
	if t.root >= 0 && (t.head < 0 || o.n(2) == 0) {
		o.addr(insn.R1, insn.R6, t.root)
		o.callKfunc([]string{"bpf_rbtree_first", "bpf_rbtree_root"}[o.n(2)])
		o.orLeave()
	} else {
		o.addr(insn.R1, insn.R6, t.head)
		o.callKfunc([]string{"bpf_list_front", "bpf_list_back"}[o.n(2)])
		o.orLeave()
		if t.list != 0 {
			o.emit(insn.ALU64|insn.ADD, insn.R0, 0, 0, -t.list)
		}
	}
	o.keep(holding{typ: t, borrowed: true})
}

// neighbour goes from a borrowed tree node to its child.
func (o *owner) neighbour() {
	r, h := o.pick(func(h *holding) bool { return h.borrowed && h.typ.root >= 0 })
	if h == nil {
		return
	}
	t := h.typ
	o.addr(insn.R1, insn.R6, t.root)
	o.addr(insn.R2, r, t.rb)
	o.callKfunc([]string{"bpf_rbtree_left", "bpf_rbtree_right"}[o.n(2)])
	o.orLeave()
	o.keep(holding{typ: t, borrowed: true})
}

// take removes an object from a container and owns it.
func (o *owner) take() {
	o.needLock()
	r, h := o.pick(func(h *holding) bool { return h.borrowed && h.typ.root >= 0 })
	if h != nil && o.n(2) == 0 {
		t := h.typ
		o.addr(insn.R1, insn.R6, t.root)
		o.addr(insn.R2, r, t.rb)
		o.callKfunc("bpf_rbtree_remove")
		o.orLeave()
		o.keep(holding{typ: t, owned: true})
		return
	}
	t := &o.types.owned[2+o.n(2)]
	o.addr(insn.R1, insn.R6, t.head)
	o.callKfunc([]string{"bpf_list_pop_front", "bpf_list_pop_back"}[o.n(2)])
	o.orLeave()
	if t.list != 0 {
		o.emit(insn.ALU64|insn.ADD, insn.R0, 0, 0, -t.list)
	}
	o.keep(holding{typ: t, owned: true})
}

// exchange swaps a kptr of the map's value or of an object.
func (o *owner) exchange() {
	if o.locked && o.n(4) != 0 {
		return
	}
	t := &o.types.owned[0]
	r, h := o.pick(func(h *holding) bool { return h.typ != nil && h.typ.data >= 0 })
	if h != nil && o.n(2) == 0 {
		o.addr(insn.R1, r, h.typ.data)
	} else {
		if t = o.typ(); t.ptr < 0 {
			return
		}
		o.addr(insn.R1, insn.R6, t.ptr)
	}
	if r, h := o.pick(func(h *holding) bool { return h.owned && h.typ == t }); h != nil && o.n(3) != 0 {
		o.addr(insn.R2, r, 0)
		*h = holding{}
	} else {
		o.imm(insn.R2, 0)
	}
	o.call(helperXchg)
	o.orSkip(func() {
		if o.sloppy() {
			return
		}
		o.drop(insn.R0)
	})
}

// field reads or writes a plain field.
func (o *owner) field() {
	r, h := o.pick(func(h *holding) bool { return h.typ != nil })
	if h == nil {
		return
	}
	off := int16(h.typ.key)
	if o.sloppy() {
		off = int16(o.n(80))
	}
	if o.n(2) == 0 {
		o.emit(insn.LDX|insn.MEM|insn.DW, insn.R1, r, off, 0)
	} else {
		o.emit(insn.ST|insn.MEM|insn.DW, r, 0, off, 7)
	}
}

func (o *owner) acquire() {
	r, h := o.pick(func(h *holding) bool { return h.typ != nil && h.typ.refcount })
	if h == nil {
		return
	}
	t, owned := h.typ, h.owned
	o.addr(insn.R1, r, 0)
	o.imm(insn.R2, 0)
	o.callKfunc("bpf_refcount_acquire_impl")
	if !owned {
		o.orLeave()
	}
	o.keep(holding{typ: t, owned: true})
}

// section opens or closes an RCU, preemption or IRQ section.
func (o *owner) section() {
	if o.locked && !o.sloppy() {
		return
	}
	toggle := func(n *int, open, shut string) {
		if *n > 0 && o.n(3) != 0 {
			o.callKfunc(shut)
			*n--
		} else if *n < 2 {
			o.callKfunc(open)
			*n++
		}
	}
	switch o.n(3) {
	case 0:
		toggle(&o.rcu, "bpf_rcu_read_lock", "bpf_rcu_read_unlock")
	case 1:
		toggle(&o.preempt, "bpf_preempt_disable", "bpf_preempt_enable")
	case 2:
		if o.irq > 0 {
			o.irqRestore()
		} else {
			o.addr(insn.R1, insn.FP, slotIRQ)
			o.callKfunc("bpf_local_irq_save")
			o.irq++
		}
	}
}

func (o *owner) irqRestore() {
	o.addr(insn.R1, insn.FP, slotIRQ)
	o.callKfunc("bpf_local_irq_restore")
	o.irq--
}

// iterate runs a counted loop with the number iterator around a few steps.
func (o *owner) iterate() {
	if o.iter > 0 {
		return
	}
	o.iter++
	o.addr(insn.R1, insn.FP, slotIter)
	o.imm(insn.R2, 0)
	o.imm(insn.R3, int32(1+o.n(9)))
	o.callKfunc("bpf_iter_num_new")
	top := len(o.out)
	o.addr(insn.R1, insn.FP, slotIter)
	o.callKfunc("bpf_iter_num_next")
	exit := len(o.out)
	o.emit(insn.JMP|insn.JEQ, insn.R0, 0, 0, 0)
	before := *o
	for n := o.n(4); n > 0; n-- {
		o.act()
	}
	// Leave the body as it was entered, usually.
	if !o.sloppy() {
		for i := range o.held {
			if o.held[i].owned && !before.held[i].owned && !o.locked {
				o.drop(uint8(insn.R7 + i))
				o.held[i] = holding{}
			}
		}
		if o.locked != before.locked {
			o.lockUnlock()
		}
	}
	o.emit(insn.JMP|insn.JA, 0, 0, int16(top-len(o.out)-1), 0)
	o.out[exit].Off = int16(len(o.out) - exit - 1)
	o.destroyIter()
}

func (o *owner) destroyIter() {
	o.iter--
	if o.sloppy() {
		return
	}
	o.addr(insn.R1, insn.FP, slotIter)
	o.callKfunc("bpf_iter_num_destroy")
}

// loadKptr reads a kptr of the map's value without taking it.
func (o *owner) loadKptr() {
	t := o.typ()
	if t.ptr < 0 {
		return
	}
	o.emit(insn.LDX|insn.MEM|insn.DW, insn.R0, insn.R6, int16(t.ptr), 0)
	o.orSkip(func() {
		switch o.n(3) {
		case 0:
			o.emit(insn.LDX|insn.MEM|insn.DW, insn.R1, insn.R0, int16(t.key), 0)
		case 1:
			if o.sloppy() {
				o.drop(insn.R0)
			}
		case 2:
			if t.refcount {
				o.addr(insn.R1, insn.R0, 0)
				o.imm(insn.R2, 0)
				o.callKfunc("bpf_refcount_acquire_impl")
				o.orSkip(func() {
					if !o.locked {
						o.drop(insn.R0)
					}
				})
			}
		}
	})
}

func (o *owner) callHelp() {
	o.addr(insn.R1, insn.R6, 0)
	o.help = append(o.help, len(o.out))
	o.emit(insn.JMP|insn.CALL, 0, insn.PSEUDO_CALL, 0, 0)
}

// cleanUp ends all that is open, usually.
func (o *owner) cleanUp() {
	if o.locked && !o.sloppy() {
		o.unlock()
	}
	if o.iter > 0 {
		o.destroyIter()
	}
	for i := range o.held {
		if o.held[i].owned && !o.sloppy() {
			o.drop(uint8(insn.R7 + i))
		}
		o.held[i] = holding{}
	}
	for o.irq > 0 {
		o.irqRestore()
	}
	for ; o.preempt > 0; o.preempt-- {
		o.callKfunc("bpf_preempt_enable")
	}
	for ; o.rcu > 0; o.rcu-- {
		o.callKfunc("bpf_rcu_read_unlock")
	}
}

// comparator is the less() of trees.
func (o *owner) comparator() {
	for _, at := range o.less {
		o.out[at].Imm = int32(len(o.out) - at - 1)
	}
	switch o.n(8) {
	case 0:
		o.emit(insn.LDX|insn.MEM|insn.DW, insn.R3, insn.R1, 64, 0)
	case 1:
		o.emit(insn.ALU64|insn.MOV|insn.X, insn.R2, insn.R1, 0, 0)
	default:
		o.emit(insn.LDX|insn.MEM|insn.DW, insn.R3, insn.R1, 40, 0)
		o.emit(insn.LDX|insn.MEM|insn.DW, insn.R4, insn.R2, 40, 0)
	}
	o.imm(insn.R0, int32(o.n(2)))
	if o.sloppy() {
		o.call(helperRandom)
	}
	o.emit(insn.JMP|insn.EXIT, 0, 0, 0, 0)
}

// helper is a static subprogram that gets the map's value.
func (o *owner) helper() {
	for _, at := range o.help {
		o.out[at].Imm = int32(len(o.out) - at - 1)
	}
	o.emit(insn.ALU64|insn.MOV|insn.X, insn.R6, insn.R1, 0, 0)
	switch o.n(4) {
	case 0:
		o.addr(insn.R1, insn.R6, 72)
		o.imm(insn.R2, 0)
		o.call(helperXchg)
		o.orSkip(func() { o.drop(insn.R0) })
	case 1:
		o.lockUnlock()
		o.unlock()
	case 2:
		o.addr(insn.R1, insn.R6, 0)
		o.call(helperUnlock)
	}
	o.ret()
}
