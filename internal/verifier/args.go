package verifier

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/kproto"
	"github.com/bpfverdict/bpfverdict/internal/state"
)

// arg is one argument under check.
type arg struct {
	i     int // from 0
	regno int
	r     *state.Reg
	typ   abi.ArgType // helpers and functions of the program
	want  uint32      // id in vmlinux of the struct that a typed pointer must be, 0 for any
	size  uint32      // bytes of memory of fixed size
	k     *kproto.Arg // kernel functions
}

// argMatch is what a pointer of an accepted type must satisfy further.
type argMatch uint8

const (
	matchAny    argMatch = iota // nothing here; what is done with the argument may ask for more
	matchMemory                 // a typed pointer taken as memory: it may only be read
	matchStruct                 // its struct is the wanted one or starts with it
	matchKptr                   // fits the kptr field that the exchange's destination names
	matchBroken                 // listed as acceptable, but 6.18 then stops with a "verifier bug"
)

// accepted is one register type an argument takes.
type accepted struct {
	typ    abi.RegType
	match  argMatch
	hidden bool // not named when another type is refused
	// gated types are accepted only where the kernel has the feature.
	gated   bool
	feature kmodel.Feature
}

// argRow is everything about one kind of argument: the register types it takes, in the order in which a
// refusal names them, what each must satisfy, and what happens then.
type argRow struct {
	accepts []accepted
	// do verifies more of an accepted argument and notes in the call what it says; nil for nothing.
	do func(*call, arg) error
	// refuse is the refusal of any other type, with the name, register, type and other name of the argument; "" to
	// name the types.
	refuse string
	// offset: that of a pointer is verified before its type.
	offset bool
	// trusted: kernel functions that are strict about it take only pointers known to be valid.
	trusted bool
	// sockCommon: where the prototype names no struct, struct sock_common is wanted.
	sockCommon bool
	// errHidden: older kernels refuse with EACCES, whatever was wrong.
	errHidden bool
	// exact: nullable registers are rows of their own instead of being folded.
	exact bool
}

const (
	ptrBTF       = abi.PTR_TO_BTF_ID
	ptrAlloc     = abi.PTR_TO_BTF_ID | abi.MEM_ALLOC
	ptrAllocPcpu = ptrAlloc | abi.MEM_PERCPU
	ptrPercpu    = abi.PTR_TO_BTF_ID | abi.MEM_PERCPU
)

var (
	numberArg = []accepted{{typ: abi.SCALAR_VALUE}}
	// What is given to maps was on the stack, in a packet or in a map on older kernels.
	mapArg = []accepted{
		{typ: abi.PTR_TO_STACK},
		{typ: abi.PTR_TO_PACKET},
		{typ: abi.PTR_TO_PACKET_META},
		{typ: abi.PTR_TO_MAP_KEY},
		{typ: abi.PTR_TO_MAP_VALUE},
		{typ: abi.PTR_TO_MEM, gated: true, feature: kmodel.MapArgsAnywhere},
		{typ: abi.PTR_TO_MEM | abi.MEM_RINGBUF, gated: true, feature: kmodel.MapArgsAnywhere},
		{typ: abi.PTR_TO_BUF, gated: true, feature: kmodel.MapArgsAnywhere},
		{typ: ptrBTF | abi.PTR_TRUSTED, match: matchMemory, gated: true, feature: kmodel.MapArgsAnywhere},
		{typ: abi.PTR_TO_CTX, gated: true, feature: kmodel.CtxOffsets},
	}
	memArg = []accepted{
		{typ: abi.PTR_TO_STACK},
		{typ: abi.PTR_TO_PACKET},
		{typ: abi.PTR_TO_PACKET_META},
		{typ: abi.PTR_TO_MAP_KEY},
		{typ: abi.PTR_TO_MAP_VALUE},
		{typ: abi.PTR_TO_MEM},
		{typ: abi.PTR_TO_MEM | abi.MEM_RINGBUF},
		{typ: abi.PTR_TO_BUF},
		{typ: ptrBTF | abi.PTR_TRUSTED, match: matchMemory, gated: true, feature: kmodel.TrustedPointers},
		{typ: abi.PTR_TO_CTX, gated: true, feature: kmodel.CtxOffsets},
	}
	structArg = []accepted{
		{typ: ptrBTF, match: matchStruct},
		{typ: ptrBTF | abi.PTR_TRUSTED, match: matchStruct, gated: true, feature: kmodel.TrustedPointers},
		{typ: ptrBTF | abi.MEM_RCU, match: matchStruct, gated: true, feature: kmodel.TrustedPointers},
	}
)

// argTable says, once, which registers each argument type takes and what is done with them.
var argTable = [abi.ARG_TYPE_COUNT]argRow{
	abi.ARG_PTR_TO_MAP_KEY:           {accepts: mapArg, do: (*call).takeMapKey},
	abi.ARG_PTR_TO_MAP_VALUE:         {accepts: mapArg, do: (*call).takeMapValue},
	abi.ARG_PTR_TO_MEM:               {accepts: memArg, do: (*call).takeMem},
	abi.ARG_SCALAR:                   {accepts: numberArg},
	abi.ARG_CONST_SIZE:               {accepts: numberArg, do: (*call).takeSize},
	abi.ARG_CONST_SIZE_OR_ZERO:       {accepts: numberArg, do: (*call).takeSize},
	abi.ARG_CONST_ALLOC_SIZE_OR_ZERO: {accepts: numberArg, do: (*call).takeAllocSize},
	abi.ARG_CONST_MAP_PTR:            {accepts: []accepted{{typ: abi.CONST_PTR_TO_MAP}}, do: (*call).takeMap},
	abi.ARG_PTR_TO_CTX:               {accepts: []accepted{{typ: abi.PTR_TO_CTX}}},
	abi.ARG_PTR_TO_SOCKET:            {accepts: []accepted{{typ: abi.PTR_TO_SOCKET}}},
	abi.ARG_PTR_TO_SOCK_COMMON: {accepts: []accepted{
		{typ: abi.PTR_TO_SOCK_COMMON},
		{typ: abi.PTR_TO_SOCKET},
		{typ: abi.PTR_TO_TCP_SOCK},
		{typ: abi.PTR_TO_XDP_SOCK},
	}},
	abi.ARG_PTR_TO_BTF_ID_SOCK_COMMON: {sockCommon: true, accepts: []accepted{
		{typ: abi.PTR_TO_SOCK_COMMON},
		{typ: abi.PTR_TO_SOCKET},
		{typ: abi.PTR_TO_TCP_SOCK},
		{typ: abi.PTR_TO_XDP_SOCK},
		{typ: ptrBTF, match: matchStruct},
		{typ: ptrBTF | abi.PTR_TRUSTED, match: matchStruct, gated: true, feature: kmodel.TrustedPointers},
	}},
	abi.ARG_PTR_TO_BTF_ID:      {accepts: structArg},
	abi.ARG_PTR_TO_RINGBUF_MEM: {accepts: []accepted{{typ: abi.PTR_TO_MEM | abi.MEM_RINGBUF}}},
	abi.ARG_PTR_TO_PERCPU_BTF_ID: {do: (*call).takePercpu, accepts: []accepted{
		{typ: ptrPercpu},
		{typ: ptrPercpu | abi.MEM_RCU, gated: true, feature: kmodel.TrustedPointers},
		{typ: ptrPercpu | abi.PTR_TRUSTED, gated: true, feature: kmodel.TrustedPointers},
	}},
	abi.ARG_PTR_TO_SPIN_LOCK: {do: (*call).takeLock, errHidden: true, accepts: []accepted{
		{typ: abi.PTR_TO_MAP_VALUE},
		{typ: ptrAlloc, gated: true, feature: kmodel.FieldRecords},
	}},
	abi.ARG_PTR_TO_FUNC:      {accepts: []accepted{{typ: abi.PTR_TO_FUNC}}, do: (*call).takeFunc},
	abi.ARG_PTR_TO_STACK:     {accepts: []accepted{{typ: abi.PTR_TO_STACK}}},
	abi.ARG_PTR_TO_CONST_STR: {accepts: []accepted{{typ: abi.PTR_TO_MAP_VALUE}}, do: (*call).takeConstStr},
	abi.ARG_PTR_TO_TIMER:     {accepts: []accepted{{typ: abi.PTR_TO_MAP_VALUE}}, do: (*call).takeTimer, errHidden: true},
	abi.ARG_PTR_TO_DYNPTR: {do: (*call).takeDynptr, accepts: []accepted{
		{typ: abi.PTR_TO_STACK},
		{typ: abi.CONST_PTR_TO_DYNPTR},
	}},
	abi.ARG_KPTR_XCHG_DEST: {do: (*call).takeKptrDest, errHidden: true, accepts: []accepted{
		{typ: abi.PTR_TO_MAP_VALUE},
		{typ: ptrAlloc, gated: true, feature: kmodel.KptrXchgLocal},
		{typ: ptrAlloc | abi.NON_OWN_REF, gated: true, feature: kmodel.KptrXchgNonOwning},
		{typ: ptrAlloc | abi.NON_OWN_REF | abi.MEM_RCU, gated: true, feature: kmodel.KptrXchgNonOwningRCU},
	}},
}

// kptrSource is the row of the pointer that bpf_kptr_xchg stores: a kernel object, or one of the program's own.
// The kernel forgets MEM_ALLOC and MEM_PERCPU (of allocated objects) before it looks at the list, so
// nullable and RCU-protected objects of the program pass it and are caught as impossible afterwards.
var kptrSource = argRow{exact: true, accepts: []accepted{
	{typ: ptrBTF, match: matchKptr},
	{typ: ptrBTF | abi.PTR_TRUSTED, match: matchKptr},
	{typ: ptrBTF | abi.MEM_RCU, match: matchKptr},
	{typ: ptrBTF | abi.PTR_MAYBE_NULL, match: matchKptr, hidden: true},
	{typ: ptrBTF | abi.PTR_TRUSTED | abi.PTR_MAYBE_NULL, match: matchKptr, hidden: true},
	{typ: ptrBTF | abi.MEM_RCU | abi.PTR_MAYBE_NULL, match: matchKptr, hidden: true},
	{typ: ptrAlloc, match: matchKptr, hidden: true},
	{typ: ptrAllocPcpu, match: matchKptr, hidden: true},
	{typ: ptrAlloc | abi.PTR_MAYBE_NULL, match: matchBroken, hidden: true},
	{typ: ptrAlloc | abi.PTR_TRUSTED, match: matchBroken, hidden: true},
	{typ: ptrAlloc | abi.PTR_TRUSTED | abi.PTR_MAYBE_NULL, match: matchBroken, hidden: true},
	{typ: ptrAlloc | abi.MEM_RCU, match: matchBroken, hidden: true},
	{typ: ptrAlloc | abi.MEM_RCU | abi.PTR_MAYBE_NULL, match: matchBroken, hidden: true},
	{typ: ptrAllocPcpu | abi.PTR_MAYBE_NULL, match: matchBroken, hidden: true},
	{typ: ptrAllocPcpu | abi.PTR_TRUSTED, match: matchBroken, hidden: true},
	{typ: ptrAllocPcpu | abi.PTR_TRUSTED | abi.PTR_MAYBE_NULL, match: matchBroken, hidden: true},
	{typ: ptrAllocPcpu | abi.MEM_RCU, match: matchBroken, hidden: true},
	{typ: ptrAllocPcpu | abi.MEM_RCU | abi.PTR_MAYBE_NULL, match: matchBroken, hidden: true},
}}

// argRow returns the row of a helper's argument, nil for argument types without one.
func (c *call) argRow(a arg) *argRow {
	base := a.typ.Base()
	if base == abi.ARG_PTR_TO_BTF_ID && c.does(exchangesKptr) {
		return &kptrSource
	}
	if base >= abi.ARG_TYPE_COUNT || argTable[base].accepts == nil {
		return nil
	}
	return &argTable[base]
}

// find returns the entry that takes a register of type t for an argument of type at, nil if none does.
// An argument that may be null or is only read takes registers that promise more than it needs.
func (row *argRow) find(k *kmodel.Model, at abi.ArgType, t abi.RegType) *accepted {
	if at.HasAll(abi.MEM_RDONLY) {
		t &^= abi.MEM_RDONLY
	}
	if at.HasAll(abi.PTR_MAYBE_NULL) && !row.exact {
		t &^= abi.PTR_MAYBE_NULL
	}
	if at.Base() == abi.ARG_PTR_TO_MEM {
		t &^= abi.DYNPTR_TYPE_FLAG_MASK
	}
	for i := range row.accepts {
		if a := &row.accepts[i]; a.typ == t && (!a.gated || k.Has(a.feature)) {
			return a
		}
	}
	return nil
}

var (
	onStack  = []accepted{{typ: abi.PTR_TO_STACK}}
	mapValue = []accepted{{typ: abi.PTR_TO_MAP_VALUE}}
	mapOrOwn = []accepted{{typ: abi.PTR_TO_MAP_VALUE}, {typ: ownedObj}}
)

// classTable are the rows of pointer arguments of kernel functions, by class.
var classTable = [kproto.NumClasses]argRow{
	kproto.Ctx:         {accepts: []accepted{{typ: abi.PTR_TO_CTX}}, refuse: "%[1]s expected pointer to ctx, but got %[3]s"},
	kproto.Alloc:       {accepts: []accepted{{typ: ownedObj}, {typ: ownedObj | abi.MEM_PERCPU}}, refuse: "%[1]s expected pointer to allocated object", trusted: true, do: (*call).takeAlloc},
	kproto.Refcounted:  {do: (*call).takeRefcounted},
	kproto.Dynptr:      {do: (*call).takeKfuncDynptr},
	kproto.Iter:        {accepts: onStack, refuse: "%[1]s expected pointer to an iterator on stack", do: (*call).takeIter},
	kproto.ListHead:    {accepts: mapOrOwn, refuse: "%[1]s expected pointer to map value or allocated object", do: (*call).takeListHead},
	kproto.ListNode:    {do: (*call).takeListNode},
	kproto.RbRoot:      {accepts: mapOrOwn, refuse: "%[1]s expected pointer to map value or allocated object", do: (*call).takeTreeRoot},
	kproto.RbNode:      {do: (*call).takeTreeNode},
	kproto.ConstStr:    {accepts: mapValue, refuse: "%[1]s doesn't point to a const string", do: (*call).takeConstStr},
	kproto.Map:         {trusted: true, do: (*call).takeMapPtr},
	kproto.ConstMap:    {do: (*call).takeConstMap},
	kproto.Workqueue:   {accepts: mapValue, refuse: "%[1]s doesn't point to a map value", do: (*call).takeWorkqueue},
	kproto.Timer:       {accepts: mapValue, refuse: "%[1]s doesn't point to a map value", do: (*call).takeTimer},
	kproto.TaskWork:    {accepts: mapValue, refuse: "%[1]s doesn't point to a map value", do: (*call).takeTaskWork},
	kproto.IRQFlag:     {accepts: onStack, refuse: "%[1]s doesn't point to an irq flag on stack", do: (*call).takeIRQFlag},
	kproto.ResSpinLock: {accepts: mapOrOwn, refuse: "%[1]s doesn't point to map value or allocated object", do: (*call).takeResLock},
	kproto.Arena:       {accepts: []accepted{{typ: abi.PTR_TO_ARENA}, {typ: abi.SCALAR_VALUE}}, refuse: "%[1]s is not a pointer to arena or scalar"},
	kproto.Struct:      {trusted: true, do: (*call).takeStruct},
	kproto.Callback:    {accepts: []accepted{{typ: abi.PTR_TO_FUNC}}, refuse: "%[4]s expected pointer to func", do: (*call).takeFunc},
	kproto.Mem:         {do: (*call).takePlainMem},
	kproto.MemSize:     {do: (*call).takeSizedMem},
}

// take verifies an argument by its row.
func (c *call) take(row *argRow, a arg) error {
	if row.accepts != nil && row.find(c.v.k, a.typ, a.r.Type) == nil {
		return c.v.Reject(abi.EINVAL, row.refuse, c.v.argName("arg#", a.i), a.regno, a.r.Type, c.v.argName("arg", a.i))
	}
	if row.do == nil {
		return nil
	}
	return row.do(c, a)
}
