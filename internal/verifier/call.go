package verifier

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/cfg"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/state"
)

// call is one call under check, of a helper, a kernel function or a function of the program
// that its BTF describes, and what its arguments were found to say about it.
type call struct {
	v    *verifier
	in   *insn.Insn
	fn   *kmodel.Helper // the helper called, nil for other calls
	kf   *kfunc         // the kernel function called, nil for other calls
	rule *rule

	refObjID     uint32 // reference among the arguments
	releaseRegno int    // register with the reference to give back, 0 for none
	// elementReleased: the release was of an iterator's element and is done.
	elementReleased bool

	mapIndex    int // 1+index of the map among the arguments, 0 for none
	mapUID      uint32
	constMapKey int64 // key looked up, -1 unknown

	rawMode   bool   // the argument under check is filled by the helper, not read
	rawRegno  int    // register of memory the helper fills
	rawSize   int    // ... and how many bytes
	memSize   uint64 // bytes of memory returned, if an argument told
	memSized  bool   // one did
	msizeMax  uint64
	memRdonly bool // the memory returned may only be read

	constFound bool // an argument that must be known exactly was
	constVal   uint64

	dynptrID     uint32
	dynptrType   state.DynptrType
	dynptrRefObj uint32
	newDynptr    int // register of the place where an older kernel makes a dynptr, 0 for none

	objSet  uint8 // type of the object, node or percpu variable passed
	objID   uint32
	owning  bool          // an owning reference was passed where a borrowed one would do
	kptr    *object.Field // kptr field that is exchanged
	root    *object.Field // list head or tree root passed
	retID   uint32        // type returned, where an argument decides
	subprog int           // callback
	entered *state.Frame  // its frame, where it is walked after the call
	prog    bool          // the program itself is among the arguments
	// cpuAlloc: the call turns a percpu object of the program into this CPU's.
	cpuAlloc bool
	// movesPacket: packet pointers are stale after the call.
	movesPacket bool

	iterFrame uint8
	iterSlot  int
}

// does reports that the function called has one of the traits.
func (c *call) does(t trait) bool { return c.rule.traits&t != 0 }

// run calls a rule's function for the call, if it has one.
func (c *call) run(f func(*call) error) error {
	if f == nil {
		return nil
	}
	return f(c)
}

// trait is something a function does that its prototype does not tell, a bit each.
type trait uint32

const (
	acquires      trait = 1 << iota // the result is a new reference
	casts                           // the result shares the argument's reference
	recordsMap                      // the map is noted for inlining
	changesMap                      // not for maps that programs may only read
	looksUp                         // finds a map's value: always in an array below its size; a socket with a reference
	peeks                           // reads a map's value, or asks for the given one
	anySocket                       // releases whatever socket it is given
	movesPacket                     // packet pointers are stale afterwards
	exchangesKptr                   // stores a pointer in a kptr field and returns the one there
	syncCallback                    // runs a callback before it returns
	asyncCallback                   // leaves a callback to be run later
	asyncSleeps                     // ... which may then sleep

	listAPI
	listNodeAPI
	rbtreeAPI
	rbtreeNodeAPI
	takesOwned      // its tree node must be owned
	localObject     // gives an object of the program, though the prototype says void *
	doubles         // never fails for an owning reference
	untrustedResult // what is returned may be stale
	takesCtx        // its arguments are the program's context
	clonesDynptr    // makes another dynptr of the first one's type
	savesIRQ        // fills its IRQ flag
	restoresIRQ     // empties it
	throws          // does not return
)

// rule is what no prototype says of one function: a row of helperTable or kfuncTable. Of the
// functions, those that the row has are called in this order.
type rule struct {
	traits trait
	// entry runs before the arguments are looked at.
	entry func(*call) error
	// place says whether the iterator that is its argument may be used here.
	place func(*call) bool
	// drops is the type of the object that is given back to the allocator.
	drops abi.RegType
	// dynptr is the type of the dynptr among its arguments, 0 for any.
	dynptr abi.RegType
	// irq is the family of functions that its IRQ flag goes with.
	irq state.IRQClass
	// underLock says whether it may be called with a lock held, nil for never.
	underLock func(*kmodel.Model) bool
	// locks is what the lock among its arguments is asked for, 0 for functions without.
	locks lockOp
	// callback prepares the frame of a callback passed to it.
	callback calleeSetter
	// enter opens or closes a section, when all arguments were found right.
	enter func(*call) error
	// before runs when what the call releases is given back; registers still hold the arguments.
	before func(*call) error
	// result makes the register the pointer returned, but for nullness and references.
	result func(*call, *state.Reg) error
	// refine narrows the number returned.
	refine func(*call, *state.Reg)
	// after runs when the result is set.
	after func(*call) error
}

// helperRules are the rows of helperTable by id. They are filled in at start, as a rule may ask for another's.
var helperRules []rule

// noRule is the row of functions that need none.
var noRule rule

// helperRule returns the row of a helper.
func helperRule(id int32) *rule {
	if id < 0 || int(id) >= len(helperRules) {
		return &noRule
	}
	return &helperRules[id]
}

// always is for rules that hold on all kernels.
func always(*kmodel.Model) bool { return true }

// with is for rules that hold where the kernel has the feature.
func with(f kmodel.Feature) func(*kmodel.Model) bool {
	return func(k *kmodel.Model) bool { return k.Has(f) }
}

// name is the name of the helper called, as the kernel logs it, "unknown" for other calls.
func (c *call) name() string {
	if c.fn == nil {
		return "unknown"
	}
	return "bpf_" + c.fn.Name
}

// passedMap is the map among the arguments, of which there must be one.
func (c *call) passedMap() *object.Map { return c.v.maps[c.mapIndex-1] }

// callFacts is what control flow and liveness need to know of a call.
func (v *verifier) callFacts(in *insn.Insn) cfg.Call {
	switch in.Src {
	case 0:
		return v.helperFacts(in.Imm)
	case insn.PSEUDO_KFUNC_CALL:
		return v.kfuncFacts(in)
	}
	return cfg.Call{}
}

func (v *verifier) helperFacts(id int32) cfg.Call {
	t := helperRule(id).traits
	c := cfg.Call{
		SyncCallback:  t&syncCallback != 0,
		AsyncCallback: t&asyncCallback != 0,
		ChangesPkt:    t&movesPacket != 0,
	}
	h := v.helperProto(id)
	if h == nil {
		return c
	}
	c.Known = true
	c.Void = h.Ret == abi.RET_VOID
	c.MightSleep = h.MightSleep
	c.Fastcall = h.AllowFastcall && v.k.InlinesHelper(h)
	for _, a := range h.Args {
		if a == abi.ARG_DONTCARE {
			break
		}
		c.Params++
	}
	return c
}

func (v *verifier) kfuncFacts(in *insn.Insn) cfg.Call {
	kf := v.kfuncOf(in)
	if kf == nil {
		return cfg.Call{}
	}
	t := kf.rule.traits
	c := cfg.Call{SyncCallback: t&syncCallback != 0, AsyncCallback: t&asyncCallback != 0, Throws: t&throws != 0}
	if !kf.Allowed {
		return c
	}
	return cfg.Call{
		Known:         true,
		Params:        uint8(min(len(kf.Args)+len(kf.Implicit), insn.MaxArgs)),
		Void:          kf.Ret.Void,
		Fastcall:      kf.Flags&abi.KF_FASTCALL != 0,
		IterNext:      kf.Flags&abi.KF_ITER_NEXT != 0,
		MightSleep:    kf.Flags&abi.KF_SLEEPABLE != 0,
		ChangesPkt:    t&movesPacket != 0,
		SyncCallback:  c.SyncCallback,
		AsyncCallback: c.AsyncCallback,
		Throws:        c.Throws,
	}
}
