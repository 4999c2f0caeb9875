package kmodel

import (
	"fmt"
	"iter"
	"maps"
	"math/bits"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/bpfverdict/bpfverdict/internal/near"
)

// Feature is one difference between kernels that the verifier asks about.
type Feature uint8

// FeatureSet is a set of features. Sets are compared by ==.
type FeatureSet [4]uint64

// A set has room for every feature.
const _ = uint(64*len(FeatureSet{}) - int(numFeatures))

// Has reports whether the set has the feature.
func (s FeatureSet) Has(f Feature) bool { return int(f/64) < len(s) && s[f/64]&(1<<(f%64)) != 0 }

// HasAll reports whether the set has all features of another.
func (s FeatureSet) HasAll(o FeatureSet) bool { return s.Union(o) == s }

// Union returns the features of both sets.
func (s FeatureSet) Union(o FeatureSet) FeatureSet {
	for i := range s {
		s[i] |= o[i]
	}
	return s
}

// Minus returns the features that o lacks.
func (s FeatureSet) Minus(o FeatureSet) FeatureSet {
	for i := range s {
		s[i] &^= o[i]
	}
	return s
}

// Both returns the features that are in both sets.
func (s FeatureSet) Both(o FeatureSet) FeatureSet { return s.Minus(s.Minus(o)) }

// Differ returns the features that one of the sets has and the other lacks.
func (s FeatureSet) Differ(o FeatureSet) FeatureSet { return s.Minus(o).Union(o.Minus(s)) }

// Len is how many features there are in the set.
func (s FeatureSet) Len() int {
	n := 0
	for _, word := range s {
		n += bits.OnesCount64(word)
	}
	return n
}

// Of returns the set of the given features.
func Of(fs ...Feature) FeatureSet {
	var s FeatureSet
	for _, f := range fs {
		s[f/64] |= 1 << (f % 64)
	}
	return s
}

// Features the verifier asks about. What each changes is said in features.
const (
	TracepointNegativeOffset Feature = iota
	KptrXchgLocal
	KmemCacheIter
	PrivateStack
	CsumDiffFolded
	IterNumUnderLock
	IRQSections
	GlobalFuncContext
	RawTPNullArgs
	ResSpinLock
	LoadAcquireStoreRelease
	GraphPeek
	RbtreeRemoveOwned
	DmabufIter
	VerifierBugWording
	ConversionBugWording
	TracingHelpersEverywhere
	TaskWork
	SkbMetaDynptr
	NegRange
	RCUNesting
	FileAllocHookDisabled
	KptrXchgUnderLock
	KptrXchgNonOwning
	KptrXchgNonOwningRCU
	SleepableMessages
	KfuncSpinlockSafe
	IterAcquire
	ForbidSleep
	TaskVMASplit
	KfuncTrustedArgs
	SyscallHelpersSleep
	VarOffOffsets
	KfuncImplicitArgs
	ArgsByRegister
	KfuncArgsByPrototype
	CallGraphOrder
	TracingTimers
	GlobalFuncFrames
	SyscallsTraced
	CtxOffsets
	GlobalFuncVoid
	ReleaseArgsNamed
	DivisionRanges
	ConstantBranches
	SameRegisterBranches
	BranchesSimulated
	CircularRanges
	FieldsFirst
	StaticStackLiveness
	ObjDropNMI
	CallbackMapValues
	RCUByAtomicSections
	GlobalFuncThrows
	StackObjectsBelowFrame
	IterTrustCompared
	PercpuKptrSource
	ObjectsWithoutFlexArrays
	RbtreeCallbackNested
	ConstDynptrArgs
	RefcountAcquireRCU
	UntrustedObjects
	StaleObjectsRead
	RCUEndsWithLocks
	KfuncResultsTrusted
	DynptrClonesOverwritten
	ObjectsDerived
	PointersAddedWhole
	RawStackWritesChecked
	PointerIDsKept
	LookupsTyped
	CastsOfReferences
	NullArgsPrecise
	ResourceLeakChecks
	HelperAccessKinds
	CastsToVoid
	OpaquePointers
	StaticRegLiveness
	LinkedLiveRegs
	LinkedDifferences
	TailCallReturns
	LookupNullElided
	LowerBits
	RangesShared
	NullnessCompared
	InsnsV4
	CallbackRounds
	GlobalFuncsLazy
	RetRangesSigned
	CallsMayRecur
	HelperRefusalsNamed
	SpillsFollowed
	StackReadsGrow
	TrustedPointers
	MapArgsAnywhere
	ZeroSizesNamed
	CallsUnderLock
	RingbufMemory
	CallbackLoops
	FuncArgTags
	Exceptions
	StackRoundedLess
	DynptrsTracked
	KfuncArgsClassified
	FieldRecords
	TnumsShort
	ObjectsForGPL
	CtxImmediates
	PacketMovesFollowed
	NarrowSpillsLinked
	CallbackMapsMixed
	LongJumps
	StructOpsSleep
	FuncPointers
	TargetLast
	KfuncCalls
	SleepableStorage
	TaskStackLengths
	IntPointers
	ArgOffsetsChecked
	AtomicOps
	GlobalFuncPointers
	TypesComposed
	ReleasesMarked
	OffsetsNegativeNamed
	UprobesSleep
	GlobalLocks
	LdAbsReturns
	SelfSumsUnlinked
	DistancesCleared
	LinksLooselyCompared
	SingleIDsCleared
	SignedProducts
	SumsWrap
	SignCrossing
	SignCrossing32
	ThirdRound
	RangesForgotten
	ProductBits
	ProductSums
	BitsCompared
	LoneMember
	SignsForked
	ByteSwapBits
	ThrowsByName
	UnknownSlotsInLoops
	IndirectJumps
	ArenaTypeTags
	ArenaArithmeticApart
	UntrustedMemApart
	ResultSizes
	WideResults
	ArenaUnderLock
	AtomicsChecked
	InnerLookupsNullable
	IndirectJumpsLast
	TracepointsSleep
	SessionsNamed
	FunctionSessions
	TracingMulti
	NoReturnNamed
	RingbufOverwrite
	ResizableHash
	PercpuData
	DeepCalls
	RetvalBounded
	ImplicitExits
	TailCallsBelowCallbacks
	AtomicsFollowed
	CallbackArgsFollowed
	NullByZeroRegister
	OffsetsMayWrap
	NarrowPointersUndecided
	SignExtensionsUnlinked
	ZeroSpillsRead
	AllPointersSpill
	PacketOffsetsUntightened
	GlobalFuncsBySleep
	PacketArgsMayMove
	KernelObjectArgsRead
	HookResultsForgotten
	ZeroRegistersPrecise
	PointersToPointers
	ReferencesShared
	FillsLinked
	HalfZerosKept
	WholeFirst
	LinksCutFirst
	LinksShown
	SpillsTracked
	LoopsExact
	LinkedSums
	PacketPointersUnsigned
	ImmediatesApart
	MapPointersNotNull
	CPUNumbersBounded
	InnerMapLocks
	StructOpsLinks
	EmptySections
	DeclTags
	PartialWritesTold
	KernelFuncAddresses
	GlobalFuncStats
	FunctionStats
	SleepableStorageNamed
	FlowKeysMoved

	LinkedIDsKept
	PacketEndsCompared
	ArgErrorsKept
	PathErrorsKept
	StatesFreed
	WidenedByValue
	numFeatures
)

// Proposed is the version of features that no release has.
const Proposed = "proposed"

// FeatureInfo says what a feature is.
type FeatureInfo struct {
	Feature Feature
	Name    string // as written on the command line
	Since   string // first mainline release that has it, or Proposed
	Title   string // upstream title of the commit or series
	Effect  string // one line: what a program sees of it
	BTF     mark   // what shows in a kernel's types that it has the feature; "" for nothing that is known
}

var features = [numFeatures]FeatureInfo{
	TracepointNegativeOffset: {Name: "tracepoint-negative-offset", Since: "4.7",
		Title:  "perf, bpf: allow bpf programs attach to tracepoints",
		Effect: "tracepoint programs may load from before their context: the kernel compares the offset as an unsigned number"},
	KptrXchgLocal: {Name: "kptr-xchg-local", Since: "6.12", BTF: "value bpf_arg_type.ARG_KPTR_XCHG_DEST",
		Title:  "bpf: Support bpf_kptr_xchg into local kptr",
		Effect: "bpf_kptr_xchg may store into a kptr field of an object from bpf_obj_new"},
	KmemCacheIter: {Name: "kmem-cache-iter", Since: "6.13", BTF: "func bpf_iter_kmem_cache_new",
		Title:  "bpf: Add open coded version of kmem_cache iterator",
		Effect: "bpf_iter_kmem_cache_new, next and destroy, for sleepable programs"},
	PrivateStack: {Name: "private-stack", Since: "6.13", BTF: "member bpf_prog_aux.priv_stack_requested",
		Title:  "bpf: Support private stack for bpf progs",
		Effect: "call chains of tracing programs may use more than 512 bytes of stack in all"},
	CsumDiffFolded: {Name: "csum-diff-folded", Since: "6.13",
		Title:  "bpf: bpf_csum_diff: optimize and homogenize for all archs",
		Effect: "bpf_csum_diff returns 16 bits when it runs; before, 32 that differ by architecture"},
	IterNumUnderLock: {Name: "iter-num-under-lock", Since: "6.14",
		Title:  "bpf: Allow bpf_for/bpf_repeat calls while holding a spinlock",
		Effect: "bpf_iter_num_new, next and destroy may be called while holding a lock"},
	IRQSections: {Name: "irq-sections", Since: "6.14", BTF: "func bpf_local_irq_save",
		Title:  "bpf: Introduce support for bpf_local_irq_{save,restore}",
		Effect: "programs may switch interrupts off; saved flags are restored in reverse order"},
	GlobalFuncContext: {Name: "global-func-context", Since: "6.15", BTF: "member bpf_subprog_info.might_sleep",
		Title:  "bpf: Summarize sleepable global subprogs",
		Effect: "global functions that do not sleep may be called in RCU, preemption and IRQ sections"},
	RawTPNullArgs: {Name: "raw-tp-null-args", Since: "6.14",
		Title:  "bpf: Augment raw_tp arguments with PTR_MAYBE_NULL",
		Effect: "tracepoint arguments known to be NULL at times must be checked before use"},
	ResSpinLock: {Name: "res-spin-lock", Since: "6.15", BTF: "func bpf_res_spin_lock",
		Title:  "Resilient Queued Spin Lock",
		Effect: "bpf_res_spin_lock and its kin; several locks may be held, released in reverse order"},
	LoadAcquireStoreRelease: {Name: "load-acquire-store-release", Since: "6.15", BTF: "inlined check_load_mem",
		Title:  "bpf: Introduce load-acquire and store-release instructions",
		Effect: "the two atomic instructions are known"},
	GraphPeek: {Name: "graph-peek", Since: "6.16", BTF: "func bpf_rbtree_root",
		Title:  "bpf: Support bpf_list and bpf_rbtree traversal",
		Effect: "bpf_list_front and back, bpf_rbtree_root, left and right give borrowed nodes"},
	RbtreeRemoveOwned: {Name: "rbtree-remove-owned", Since: "6.16", BTF: "func bpf_rbtree_left",
		Title:  "bpf: Allow refcounted bpf_rb_node used in bpf_rbtree_{remove,left,right}",
		Effect: "these accept an owning reference too; whether the node is in the tree is tested at run time"},
	DmabufIter: {Name: "dmabuf-iter", Since: "6.16", BTF: "func bpf_iter_dmabuf_new",
		Title:  "bpf: Add open coded dmabuf iterator",
		Effect: "bpf_iter_dmabuf_new, next and destroy, for sleepable programs"},
	VerifierBugWording: {Name: "verifier-bug-wording", Since: "6.16",
		Title:  "bpf: WARN_ONCE on verifier bugs",
		Effect: "messages about bugs of the verifier begin with \"verifier bug\", not \"verifier internal error\""},
	ConversionBugWording: {Name: "conversion-bug-wording", Since: "6.17",
		Title:  "bpf: Warn on internal verifier errors; bpf: Avoid warning on unexpected map for tail call",
		Effect: "a load from the context that the kernel takes and has no code for is a bug of the verifier, which before was \"misconfigured\", as was a tail call into another map"},
	TracingHelpersEverywhere: {Name: "tracing-helpers-everywhere", Since: "6.16", BTF: "func bpf_get_perf_event_read_value_proto",
		Title:  "bpf: Allow some trace helpers for all prog types",
		Effect: "probe_read, current task and perf helpers of tracing programs serve every program type"},
	TaskWork: {Name: "task-work", Since: "6.18", BTF: "value btf_field_type.BPF_TASK_WORK",
		Title:  "bpf: Introduce deferred task context execution",
		Effect: "bpf_task_work in map values and bpf_task_work_schedule_signal, _resume"},
	SkbMetaDynptr: {Name: "skb-meta-dynptr", Since: "6.18", BTF: "value bpf_type_flag.DYNPTR_TYPE_SKB_META",
		Title:  "bpf: Add dynptr type for skb metadata",
		Effect: "bpf_dynptr_from_skb_meta"},
	NegRange: {Name: "neg-range", Since: "6.17", BTF: "func tnum_neg",
		Title:  "bpf: Add range tracking for BPF_NEG",
		Effect: "negation keeps the known range of its operand"},
	RCUNesting: {Name: "rcu-nesting", Since: "6.19", BTF: "member bpf_verifier_state.active_rcu_locks",
		Title:  "bpf: Support nested rcu critical sections",
		Effect: "bpf_rcu_read_lock may nest; without it a second one is refused"},
	FileAllocHookDisabled: {Name: "file-alloc-hook-disabled", Since: "6.19",
		Title:  "bpf: Disable file_alloc_security hook",
		Effect: "LSM programs may not attach to file_alloc_security, whose file is not set up yet"},
	KptrXchgUnderLock: {Name: "kptr-xchg-under-lock", Since: "7.1",
		Title:  "bpf: Allow calling bpf_kptr_xchg while holding a lock",
		Effect: "bpf_kptr_xchg may be called while holding a spin lock or resilient lock"},
	KptrXchgNonOwning: {Name: "kptr-xchg-non-owning", Since: "7.1",
		Title:  "bpf: Allow using bpf_kptr_xchg even if the NON_OWN_REF flag is set",
		Effect: "bpf_kptr_xchg may store into a borrowed node of a list or rbtree"},
	KptrXchgNonOwningRCU: {Name: "kptr-xchg-non-owning-rcu", Since: "7.1",
		Title:  "bpf: Allow using bpf_kptr_xchg even if the MEM_RCU flag is set",
		Effect: "the same for borrowed nodes that contain a bpf_refcount"},
	SleepableMessages: {Name: "sleepable-messages", Since: "7.1",
		Title:  "bpf: Consolidate sleepable checks",
		Effect: "one wording for all calls that may sleep where that is not allowed"},
	KfuncSpinlockSafe: {Name: "kfunc-spinlock-safe", Since: "7.3",
		Title:  "bpf: Add KF_SPINLOCK_SAFE flag for kfuncs under bpf_spin_lock",
		Effect: "the flag KF_SPINLOCK_SAFE decides which kfuncs may be called under a lock, of modules too"},
	KfuncTrustedArgs: {Name: "kfunc-trusted-args", Since: "7.0",
		Title:  "bpf: Make KF_TRUSTED_ARGS the default for all kfuncs",
		Effect: "every kfunc wants trusted pointers, never NULL where the argument is not marked for it"},
	SyscallHelpersSleep: {Name: "syscall-helpers-sleep", Since: "7.3",
		Title:  "bpf: Mark syscall helpers as sleepable",
		Effect: "these helpers of syscall programs may sleep, and are refused where that is not allowed"},
	VarOffOffsets: {Name: "var-off-offsets", Since: "7.1", BTF: "no member bpf_reg_state.off",
		Title:  "bpf: use reg->var_off instead of reg->off for pointers",
		Effect: "a pointer's fixed offset is part of its bounds, and so are messages about it"},
	KfuncImplicitArgs: {Name: "kfunc-implicit-args", Since: "7.1", BTF: "func bpf_obj_new",
		Title:  "bpf: Implement kfuncs with implicit arguments",
		Effect: "bpf_obj_new, bpf_list_push_front and their kin exist under these names; messages leave out \"_impl\""},
	ArgsByRegister: {Name: "args-by-register", Since: "7.2", BTF: "member bpf_verifier_env.tmp_arg_name",
		Title:  "bpf: Prepare verifier logs for upcoming kfunc stack arguments",
		Effect: "messages name an argument by its register: \"R1\" for \"arg#0\""},
	KfuncArgsByPrototype: {Name: "kfunc-args-by-prototype", Since: "7.3",
		Title:  "bpf: Classify kfunc pointer arguments from BTF, resolve type against the register; bpf: Generate kfunc argument prototype at add-call time",
		Effect: "what a kfunc's argument must be is decided by its declaration, whatever is passed"},
	CallGraphOrder: {Name: "call-graph-order", Since: "7.1", BTF: "member bpf_verifier_env.subprog_topo_order",
		Title:  "bpf: Sort subprogs in topological order after check_cfg()",
		Effect: "recursion is refused before the walk, with the names of both functions"},
	TracingTimers: {Name: "tracing-timers", Since: "7.0", BTF: "value bpf_async_op.BPF_ASYNC_START",
		Title:  "bpf: Enable bpf_timer and bpf_wq in any context",
		Effect: "tracing programs may use maps with bpf_timer and bpf_wq"},
	GlobalFuncFrames: {Name: "global-func-frames", Since: "7.1",
		Title:  "upstream title not known: seen on 7.1.13",
		Effect: "a global function begins a new count of the eight frames that calls may nest"},
	SyscallsTraced: {Name: "syscalls-traced", Since: "7.1",
		Title:  "bpf: Always allow sleepable programs on syscalls; bpf: Always allow fmod_ret programs on syscalls",
		Effect: "system calls are traced by programs that sleep or replace their result without CONFIG_FUNCTION_ERROR_INJECTION"},
	CtxOffsets: {Name: "ctx-offsets", Since: "7.1",
		Title:  "bpf: Relax fixed offset check for PTR_TO_CTX; bpf: Support variable offsets for syscall PTR_TO_CTX",
		Effect: "contexts that nobody rewrites may be read from a moved pointer, those of syscall programs from anywhere and by helpers"},
	GlobalFuncVoid: {Name: "global-func-void", Since: "7.1",
		Title:  "bpf: Allow void global functions in the verifier",
		Effect: "global functions may return nothing"},
	ReleaseArgsNamed: {Name: "release-args-named", Since: "7.2",
		Title:  "bpf: Unify release handling for helpers and kfuncs",
		Effect: "what is given back must carry a reference, which is verified first and named with the function"},
	DivisionRanges: {Name: "division-ranges", Since: "7.0",
		Title:  "bpf: Add range tracking for BPF_DIV and BPF_MOD",
		Effect: "of a quotient or remainder by a constant a range is known"},
	ConstantBranches: {Name: "constant-branches", Since: "7.1", BTF: "member bpf_insn_aux_data.const_reg_vals",
		Title:  "bpf: Add bpf_compute_const_regs() and bpf_prune_dead_branches() passes",
		Effect: "jumps that registers surely decide are plain jumps in the walk, so fewer instructions are processed"},
	SameRegisterBranches: {Name: "same-register-branches", Since: "6.19",
		Title:  "bpf: Skip bounds adjustment for conditional jumps on same scalar register",
		Effect: "a jump that compares a register with itself goes the way it must, and nothing else is learned from it"},
	BranchesSimulated: {Name: "branches-simulated", Since: "7.1", BTF: "member bpf_verifier_env.true_reg1",
		Title:  "bpf: Simulate branches to prune based on range violations",
		Effect: "a way of a jump is not walked if what would hold there contradicts itself"},
	CircularRanges: {Name: "circular-ranges", Since: "7.2", BTF: "member bpf_reg_state.r64",
		Title:  "bpf: replace min/max fields with struct cnum{32,64}",
		Effect: "a number's range in 64 and in 32 bits is one that may wrap around, instead of a signed and an unsigned one: more is known after != and between sums"},
	FieldsFirst: {Name: "fields-first", Since: "7.1",
		Title:  "bpf: Move checks for reserved fields out of the main pass",
		Effect: "all instructions are looked at for fields that must be zero before the walk, dead ones too"},
	StaticStackLiveness: {Name: "static-stack-liveness", Since: "7.1", BTF: "func bpf_compute_subprog_arg_access",
		Title:  "bpf: Prepare liveness internals for static analysis pass; bpf: static stack liveness data flow analysis",
		Effect: "which stack slots are read later is known before the walk, of half slots, and states are cleaned before they are compared"},
	ObjDropNMI: {Name: "obj-drop-nmi", Since: "7.2",
		Title:  "bpf: Reject bpf_obj_drop() from tracing progs",
		Effect: "programs that may run in an NMI cannot drop objects whose fields give something back"},
	CallbackMapValues: {Name: "callback-map-values", Since: "7.3",
		Title:  "bpf: Preserve inner map identity in callback frames; bpf: Assign lock identity to callback map values",
		Effect: "a map value passed to a callback is told from others, by its lock and its inner map"},
	RCUByAtomicSections: {Name: "rcu-by-atomic-sections", Since: "7.3",
		Title:  "bpf: Account for preempt and IRQ state in RCU protection",
		Effect: "switching preemption or interrupts off protects as an RCU section does; references borrowed under a lock are lost before RCU protection ends"},
	GlobalFuncThrows: {Name: "global-func-throws", Since: "7.1",
		Title:  "bpf: Check global subprog exception paths",
		Effect: "a call of a global function that may throw is also walked as if it threw, and what it throws must be a valid result"},
	StackObjectsBelowFrame: {Name: "stack-objects-below-frame", Since: "7.3",
		Title:  "bpf: Reject non-negative offsets in stack_slot_obj_get_spi()",
		Effect: "dynptrs, iterators and IRQ flags are not found at the frame pointer itself"},
	IterTrustCompared: {Name: "iter-trust-compared", Since: "7.3",
		Title:  "bpf: Compare iterator types during state pruning",
		Effect: "states in which an iterator is protected by RCU and states in which it is not are told apart"},
	PercpuKptrSource: {Name: "percpu-kptr-source", Since: "7.3",
		Title:  "bpf: Require MEM_PERCPU for percpu kptr stores",
		Effect: "a percpu kptr field takes percpu objects only"},
	ObjectsWithoutFlexArrays: {Name: "objects-without-flex-arrays", Since: "7.3",
		Title:  "upstream title not known: seen on 7.3.4",
		Effect: "an object of the program ends where its type does, whatever array is at its end"},
	RbtreeCallbackNested: {Name: "rbtree-callback-nested", Since: "7.3",
		Title:  "bpf: Check ancestor frames for rbtree callbacks; bpf: Reject resilient lock operations in rbtree callbacks",
		Effect: "functions called by an rbtree callback are under its rules, and resilient locks are among what they must not touch"},
	ConstDynptrArgs: {Name: "const-dynptr-args", Since: "7.2",
		Title:  "bpf: Refactor dynptr mutability tracking",
		Effect: "dynptrs handed to a callback or global function may be passed on to all that does not end them"},
	RefcountAcquireRCU: {Name: "refcount-acquire-rcu", Since: "7.3",
		Title:  "bpf: Keep refcount_acquire nullable for borrowed RCU kptrs",
		Effect: "bpf_refcount_acquire may fail for an object that only RCU protects"},
	UntrustedObjects: {Name: "untrusted-objects", Since: "7.3",
		Title:  "bpf: Reject untrusted allocated-object pointers; bpf: Clear NON_OWN_REF after RCU protection ends",
		Effect: "objects that nothing protects any more are not written, borrowed or acquired"},
	StaleObjectsRead: {Name: "stale-objects-read", Since: "7.3",
		Title:  "upstream title not known: read in the source of 7.3.4",
		Effect: "objects of the program that nothing protects any more may be read; kernel objects that may be gone are not written"},
	RCUEndsWithLocks: {Name: "rcu-ends-with-locks", Since: "7.3",
		Title:  "bpf: Invalidate RCU pointers after final spin unlock",
		Effect: "where programs may sleep, pointers that RCU protects are stale when the last lock goes"},
	KfuncResultsTrusted: {Name: "kfunc-results-trusted", Since: "7.0",
		Title:  "bpf: Return PTR_TO_BTF_ID | PTR_TRUSTED from BPF kfuncs by default",
		Effect: "kernel objects that kfuncs return are trusted"},
	DynptrClonesOverwritten: {Name: "dynptr-clones-overwritten", Since: "7.1",
		Title:  "bpf: Allow overwriting referenced dynptr when refcnt > 1",
		Effect: "a dynptr that holds a reference may be overwritten as long as another one holds it too"},
	ObjectsDerived: {Name: "objects-derived", Since: "7.2",
		Title:  "bpf: Refactor object relationship tracking and fix dynptr UAF bug",
		Effect: "a dynptr dies with the object that it was made from, and slices with their dynptr"},
	PointersAddedWhole: {Name: "pointers-added-whole", Since: "7.1",
		Title:  "upstream title not known: seen on 7.1.13, one statement in the source of 7.2.12",
		Effect: "a number that a pointer is added to becomes that pointer with its reference and its stack frame, of memory that may fault too"},
	RawStackWritesChecked: {Name: "raw-stack-writes-checked", Since: "7.3",
		Title:  "upstream title not known: seen on 7.3.4",
		Effect: "a helper that fills memory on the stack may overwrite a dynptr there as a store may"},
	PointerIDsKept: {Name: "pointer-ids-kept", Since: "7.2",
		Title:  "bpf: Preserve reg->id of pointer objects after null-check",
		Effect: "a pointer keeps its id when it is found not to be NULL, so states with other copies of pointers are told apart"},
	LookupsTyped: {Name: "lookups-typed", Since: "7.3",
		Title:  "bpf: Resolve map lookup result type at lookup time",
		Effect: "what a map of maps or sockets holds is known from the lookup on, not from the check for NULL on"},
	CastsOfReferences: {Name: "casts-of-references", Since: "7.2",
		Title:  "bpf: Unify referenced object tracking in verifier",
		Effect: "a cast of a socket that is owned is followed on two paths, one on which it is NULL"},
	NullArgsPrecise: {Name: "null-args-precise", Since: "7.3",
		Title:  "bpf: mark a NULL call argument precise; bpf: Mark NULL kptr stores precise",
		Effect: "a number that is NULL where a pointer may be is told from other numbers when states are compared"},
	ResourceLeakChecks: {Name: "resource-leak-checks", Since: "6.13", BTF: "inlined check_resource_leak",
		Title:  "bpf: Unify resource leak checks",
		Effect: "one wording for all that may not be held where a program ends, throws, loads from packets or calls another; on older kernels each place has its own"},
	HelperAccessKinds: {Name: "helper-access-kinds", Since: "6.14",
		Title:  "bpf: verifier: Refactor helper access type tracking",
		Effect: "what a helper only reads of the stack stays known, and refusals say whether it reads or writes; on older kernels all is \"indirect access\""},
	CastsToVoid: {Name: "casts-to-void", Since: "6.17", BTF: "value bpf_features.BPF_FEAT_RDONLY_CAST_TO_VOID",
		Title:  "bpf: allow void* cast using bpf_rdonly_cast()",
		Effect: "bpf_rdonly_cast makes memory of an unknown type"},
	OpaquePointers: {Name: "opaque-pointers", Since: "6.17", BTF: "value bpf_struct_walk_result.WALK_PTR_UNTRUSTED",
		Title:  "bpf: rdonly_untrusted_mem for btf id walk pointer leafs",
		Effect: "a pointer to no struct, loaded from a kernel object, is memory that may be read"},
	StaticRegLiveness: {Name: "static-reg-liveness", Since: "6.15",
		Title:  "bpf: use register liveness information for func_states_equal",
		Effect: "registers that are not read any more are not compared, in loops either"},
	LinkedLiveRegs: {Name: "linked-live-regs", Since: "6.18",
		Title:  "bpf: collect only live registers in linked regs",
		Effect: "registers that are not read any more learn nothing from a comparison of one they are linked with"},
	LinkedDifferences: {Name: "linked-differences", Since: "7.0",
		Title:  "bpf: Support negative offsets, BPF_SUB, and alu32 for linked register tracking",
		Effect: "a number stays linked with another after a subtraction, or a sum of 32 bits, and what it learns is made as narrow as range and bits allow"},
	TailCallReturns: {Name: "tail-call-returns", Since: "6.19",
		Title:  "bpf: properly verify tail call behavior",
		Effect: "a tail call in a function is also walked as the return from it, and numbers are followed back through it"},
	LookupNullElided: {Name: "lookup-null-elided", Since: "6.14",
		Title:  "bpf: verifier: Support eliding map lookup nullness",
		Effect: "a lookup by a known index that an array has never fails"},
	LowerBits: {Name: "lower-bits", Since: "6.3",
		Title:  "bpf: Fix __reg_bound_offset 64->32 var_off subreg propagation",
		Effect: "the lower half of a number learns bits from the range of the whole"},
	RangesShared: {Name: "ranges-shared", Since: "6.8",
		Title:  "bpf: BPF register bounds logic and testing improvements",
		Effect: "all ranges of a number learn from each other, and numbers from comparisons with others that are not known"},
	NullnessCompared: {Name: "nullness-compared", Since: "6.2",
		Title:  "bpf: propagate nullness information for reg to reg comparisons",
		Effect: "a pointer that equals one which is not NULL is not NULL"},
	InsnsV4: {Name: "insns-v4", Since: "6.6",
		Title:  "bpf: Support new insns from cpu v4",
		Effect: "sign-extending loads and moves, unconditional byte swaps and signed division are known"},
	CallbackRounds: {Name: "callback-rounds", Since: "6.7",
		Title:  "bpf: verify callbacks as if they are called unknown number of times",
		Effect: "a callback is walked until another round tells nothing new; before, it is walked once"},
	GlobalFuncsLazy: {Name: "global-funcs-lazy", Since: "6.8",
		Title:  "bpf: validate global subprogs lazily",
		Effect: "global functions are verified after the program, if they are called; before, all of them come first"},
	RetRangesSigned: {Name: "ret-ranges-signed", Since: "6.8",
		Title:  "bpf: enforce precise retval range on program exit",
		Effect: "what is returned is compared with a range; before, with bits that may be set, and is not marked as precise"},
	CallsMayRecur: {Name: "calls-may-recur", Since: "6.7",
		Title:  "bpf: fix control-flow graph checking in privileged mode",
		Effect: "a function that calls itself is found by the depth of calls; before, by the way back in the graph of control flow"},
	HelperRefusalsNamed: {Name: "helper-refusals-named", Since: "6.10",
		Title:  "bpf: improve error message for unsupported helper",
		Effect: "a helper that the program may not call is told from one that there is not"},
	SpillsFollowed: {Name: "spills-followed", Since: "6.8",
		Title:  "bpf: support non-r10 register spill/fill to/from stack in precision tracking",
		Effect: "numbers are followed to the stack and back, whatever is known of them and in parts; before, those that are bounded, by the frame pointer, as a whole"},
	StackReadsGrow: {Name: "stack-reads-grow", Since: "6.8",
		Title:  "bpf: Fix accesses to uninit stack slots",
		Effect: "any stack may be read; before, only down to what was written"},
	TrustedPointers: {Name: "trusted-pointers", Since: "6.2",
		Title:  "bpf: Allow trusted pointers to be passed to KF_TRUSTED_ARGS kfuncs",
		Effect: "pointers to kernel objects say whether these are surely alive; before, all but those from fields of maps are taken"},
	MapArgsAnywhere: {Name: "map-args-anywhere", Since: "6.2",
		Title:  "bpf: Consider all mem_types compatible for map_{key,value} args",
		Effect: "keys and values that are given to maps may be in any memory; before, on the stack, in packets and in maps"},
	ZeroSizesNamed: {Name: "zero-sizes-named", Since: "6.8",
		Title:  "bpf: Minor logging improvement",
		Effect: "a size that may be zero is refused as such; before, memory of no size is verified first"},
	CallsUnderLock: {Name: "calls-under-lock", Since: "6.9",
		Title:  "bpf: Allow calling static subprogs while holding a bpf_spin_lock",
		Effect: "static functions may be called while holding a lock, and may return with one; before, only the lock may be given back"},
	RingbufMemory: {Name: "ringbuf-memory", Since: "6.2",
		Title:  "bpf: Rename MEM_ALLOC to MEM_RINGBUF",
		Effect: "memory of a ring buffer is called ringbuf_mem; before, alloc_mem"},
	CallbackLoops: {Name: "callback-loops", Since: "7.0",
		Title:  "bpf: bpf_scc_visit instance and backedges accumulation for bpf_loop()",
		Effect: "the rounds of a callback are a loop: what a later round needs is carried around it"},
	FuncArgTags: {Name: "func-arg-tags", Since: "6.8",
		Title:  "bpf: support 'arg:xxx' btf_decl_tag-based hints for global subprog args",
		Effect: "tags say more of what global functions take, and these may take dynptrs; before, tags are not looked at"},
	Exceptions: {Name: "exceptions", Since: "6.7", BTF: "func bpf_throw",
		Title:  "bpf: Add support for custom exception callbacks",
		Effect: "a tag on the program names the function that runs when it throws; before, the tag says nothing"},
	StackRoundedLess: {Name: "stack-rounded-less", Since: "6.9",
		Title:  "bpf: Fix test verif_scale_strobemeta_subprogs failure due to llvm19",
		Effect: "where programs are compiled a function's stack is rounded up to 16 bytes; before, to 32, as for the interpreter"},
	DynptrsTracked: {Name: "dynptrs-tracked", Since: "6.3",
		Title:  "Dynptr fixes",
		Effect: "slices and copies are tied to their dynptr, and slots of dynptrs compared and overwritten with care; before, a dynptr is made only where none was"},
	KfuncArgsClassified: {Name: "kfunc-args-classified", Since: "6.2",
		Title:  "bpf: Rewrite kfunc argument handling",
		Effect: "what a kfunc's argument must be is told by its type and name first; before, by what is passed"},
	FieldRecords: {Name: "field-records", Since: "6.2",
		Title:  "bpf: Refactor kptr_off_tab into btf_record; bpf: Consolidate spin_lock, timer management into btf_record",
		Effect: "all special fields of a type are found together, in nested structs too; before, each kind by itself among the members, so that one which is not valid leaves the others"},
	TnumsShort: {Name: "tnums-short", Since: "6.8",
		Title:  "bpf: print spilled register state in stack slot; BPF verifier log improvements",
		Effect: "messages show known bits that are all known as a number; before, as the pair (value; mask)"},
	ObjectsForGPL: {Name: "objects-for-gpl", Since: "6.2",
		Title:  "bpf: Tighten ptr_to_btf_id checks.",
		Effect: "only programs under the GPL read the kernel's objects"},
	CtxImmediates: {Name: "ctx-immediates", Since: "6.3",
		Title:  "bpf: allow ctx writes using BPF_ST_MEM instruction",
		Effect: "a number may be stored to the context by one instruction"},
	PacketMovesFollowed: {Name: "packet-moves-followed", Since: "6.13",
		Title:  "bpf: track changes_pkt_data property for global functions; bpf: consider that tail calls invalidate packet pointers",
		Effect: "a global function that moves packets, or a tail call, ends all that is known of packets"},
	NarrowSpillsLinked: {Name: "narrow-spills-linked", Since: "6.9",
		Title:  "bpf: Make bpf_for_each_spilled_reg consider narrow spills",
		Effect: "a number of 32 bits on the stack learns from comparisons of its copies"},
	CallbackMapsMixed: {Name: "callback-maps-mixed", Since: "6.9",
		Title:  "bpf: Allow invoking bpf_for_each_map_elem with different maps",
		Effect: "one call of bpf_for_each_map_elem may be of different maps on different paths"},
	LongJumps: {Name: "long-jumps", Since: "6.6",
		Title:  "bpf: Support new 32bit offset jmp instruction",
		Effect: "jumps of 32-bit distance are known, in updates of older kernels too"},
	StructOpsSleep: {Name: "struct-ops-sleep", Since: "6.3",
		Title:  "Enable struct_ops programs to be sleepable",
		Effect: "programs of struct_ops may sleep where the member allows it; before, none may"},
	KfuncCalls: {Name: "kfunc-calls", Since: "5.13", BTF: "member bpf_prog_aux.kfunc_tab",
		Title:  "bpf: Support bpf program calling kernel function",
		Effect: "programs may call functions of the kernel"},
	SleepableStorage: {Name: "sleepable-storage", Since: "5.17",
		Title:  "bpf: Allow bpf_local_storage to be used by sleepable programs",
		Effect: "sleepable programs use ring buffers and local storage, too"},
	SleepableStorageNamed: {Name: "sleepable-storage-named", Since: "6.2",
		Title:  "bpf: Enable sleeptable support for cgrp local storage",
		Effect: "the message about maps that sleepable programs may not use names local storage"},
	TargetLast: {Name: "target-last", Since: "6.13",
		Title:  "bpf: check changes_pkt_data property for extension programs",
		Effect: "what a program attaches to is looked at after its maps and its jumps, not before"},
	TaskStackLengths: {Name: "task-stack-lengths", Since: "5.13",
		Title:  "bpf: Refine retval for bpf_get_task_stack helper",
		Effect: "what bpf_get_task_stack returns is an error or no more than the size it was given"},
	IntPointers: {Name: "int-pointers", Since: "5.17",
		Title:  "bpf: Allow access to int pointer arguments in tracing programs",
		Effect: "arguments that point to integers other than characters are read, as numbers"},
	ArgOffsetsChecked: {Name: "arg-offsets-checked", Since: "5.17",
		Title:  "bpf: Generally fix helper register offset check",
		Effect: "arguments of helpers other than the context may be moved only where that is allowed"},
	FuncPointers: {Name: "func-pointers", Since: "5.13", BTF: "value bpf_func_id.BPF_FUNC_for_each_map_elem",
		Title:  "bpf: Add bpf_for_each_map_elem() helper",
		Effect: "programs may take the address of their functions, which helpers call back"},
	AtomicOps: {Name: "atomic-ops", Since: "5.12",
		Title:  "bpf: Rename BPF_XADD and prepare to encode other atomics in .imm",
		Effect: "atomic instructions other than an addition are known"},
	GlobalFuncPointers: {Name: "global-func-pointers", Since: "5.12",
		Title:  "bpf: Support pointers in global func args",
		Effect: "global functions take pointers to memory of fixed size; before, numbers and the context only"},
	TypesComposed: {Name: "types-composed", Since: "5.17", BTF: "value bpf_type_flag.PTR_MAYBE_NULL",
		Title:  "bpf: Introduce composable reg, ret and arg types",
		Effect: "types of registers have flags; on older kernels some are called otherwise, a number \"inv\", and lists of them are shorter"},
	ReleasesMarked: {Name: "releases-marked", Since: "5.19",
		Title:  "bpf: Tag argument to be released in bpf_func_proto",
		Effect: "what is given back is refused as an argument if it carries no reference; before, after all arguments"},
	OffsetsNegativeNamed: {Name: "offsets-negative-named", Since: "5.18",
		Title:  "bpf: Add check_func_arg_reg_off function",
		Effect: "a pointer that was moved backwards is refused as such; before, as one that was modified"},
	UprobesSleep: {Name: "uprobes-sleep", Since: "6.0",
		Title:  "bpf: allow sleepable uprobe programs to attach",
		Effect: "programs of uprobes may sleep"},
	GlobalLocks: {Name: "global-locks", Since: "5.18",
		Title:  "bpf: Make btf_find_field more generic",
		Effect: "locks and timers may be global variables; before, they are in structs that are values of maps"},
	LdAbsReturns: {Name: "ld-abs-returns", Since: "7.1",
		Title:  "bpf: Fix ld_{abs,ind} failure path analysis in subprogs",
		Effect: "a packet load in a function is also walked as the return of 0 from it"},
	SelfSumsUnlinked: {Name: "self-sums-unlinked", Since: "7.1",
		Title:  "bpf: Fix linked reg delta tracking when src_reg == dst_reg",
		Effect: "a number that is added to itself is not linked with what it was a copy of; without it, wrongly, it is"},
	DistancesCleared: {Name: "distances-cleared", Since: "7.1",
		Title:  "bpf: Clear delta when clearing reg id for non-{add,sub} ops",
		Effect: "the distance of a linked number is forgotten with its link; without it, wrongly, the next link has it"},
	LinksLooselyCompared: {Name: "links-loosely-compared", Since: "7.0",
		Title:  "bpf: Relax scalar id equivalence for state pruning",
		Effect: "a state in which a number has no links covers others in which it has"},
	SingleIDsCleared: {Name: "single-ids-cleared", Since: "7.0",
		Title:  "bpf: Clear singular ids for scalars in is_state_visited()",
		Effect: "a number that no other is linked with has no id in remembered states, so more states are alike"},
	SignedProducts: {Name: "signed-products", Since: "6.14",
		Title:  "bpf, verifier: Improve precision of BPF_MUL",
		Effect: "of a product a range is known if none overflows; before, only of small numbers that are not negative"},
	SumsWrap: {Name: "sums-wrap", Since: "6.17",
		Title:  "bpf, verifier: Improve precision for BPF_ADD and BPF_SUB",
		Effect: "of a sum or difference a range is known if all wrap around; before, only if none does"},
	SignCrossing: {Name: "sign-crossing", Since: "6.17",
		Title:  "bpf: Improve bounds when s64 crosses sign boundary",
		Effect: "a signed range over both signs learns from an unsigned one which sign it is, and the other way round"},
	SignCrossing32: {Name: "sign-crossing-32", Since: "7.0",
		Title:  "bpf: Fix u32/s32 bounds when ranges cross min/max boundary",
		Effect: "the same of the lower half"},
	ThirdRound: {Name: "third-round", Since: "6.17",
		Title:  "bpf: Add third round of bounds deduction",
		Effect: "the ranges of a number learn from each other three times; before, twice"},
	RangesForgotten: {Name: "ranges-forgotten", Since: "6.17",
		Title:  "bpf: Forget ranges when refining tnum after JSET",
		Effect: "where a jump says that bits are not set, ranges are told anew from the bits; before, both could contradict"},
	ProductSums: {Name: "product-sums", Since: "5.14",
		Title:  "bpf, tnums: Provably sound, faster, and more precise algorithm for tnum_mul",
		Effect: "of products other bits are known, more of them mostly, while ranges learn from each other once"},
	ProductBits: {Name: "product-bits", Since: "6.18",
		Title:  "bpf: Improve the general precision of tnum_mul",
		Effect: "more bits of a product are known"},
	BitsCompared: {Name: "bits-compared", Since: "6.18",
		Title:  "bpf: Use tnums for JEQ/JNE is_branch_taken logic",
		Effect: "numbers of which known bits differ are not equal"},
	LoneMember: {Name: "lone-member", Since: "7.0",
		Title:  "bpf: Improve bounds when tnum has a single possible value",
		Effect: "a number is known if one alone in its range has the known bits"},
	SignsForked: {Name: "signs-forked", Since: "7.0",
		Title:  "bpf: Recognize special arithmetic shift in the verifier",
		Effect: "a number that is -1 or 0 is followed on two paths where a constant masks it"},
	ByteSwapBits: {Name: "byte-swap-bits", Since: "7.0",
		Title:  "bpf: Add bitwise tracking for BPF_END",
		Effect: "known bits stay known when the order of bytes changes"},
	ThrowsByName: {Name: "throws-by-name", Since: "7.0",
		Title:  "bpf: Fix exception exit lock checking for subprogs",
		Effect: "in functions too nothing may be locked where bpf_throw is called, and refusals name it; before (6.13 on), it counts as an exit"},
	IndirectJumps: {Name: "indirect-jumps", Since: "6.19", BTF: "value bpf_map_type.BPF_MAP_TYPE_INSN_ARRAY",
		Title:  "bpf, x86: add support for indirect jumps",
		Effect: "a jump may go where a register says (gotox), to one of the instructions in a jump table; before, the instruction is not known"},
	TracepointsSleep: {Name: "tracepoints-sleep", Since: "7.2",
		Title:  "bpf: Add sleepable support for raw tracepoint programs; bpf: Add sleepable support for classic tracepoint programs",
		Effect: "programs at tracepoints may sleep: the verifier refuses those of BTF that run where sleeping is not allowed"},
	SessionsNamed: {Name: "sessions-named", Since: "7.1",
		Title:  "upstream title not known: seen in the images of 7.0 and 7.1",
		Effect: "messages about what traces functions name sessions with the others, and call all of it tracing"},
	FunctionSessions: {Name: "function-sessions", Since: "7.0", BTF: "value bpf_attach_type.BPF_TRACE_FSESSION",
		Title:  "bpf: Add fsession support",
		Effect: "one program runs at the start and at the end of a function, with a cookie between them"},
	TracingMulti: {Name: "tracing-multi", Since: "7.2", BTF: "func bpf_multi_func",
		Title:  "bpf: Add support for tracing multi link",
		Effect: "one program is attached to many functions, whose arguments its context does not have"},
	NoReturnNamed: {Name: "no-return-named", Since: "6.17",
		Title:  "bpf: Show precise rejected function when attaching fexit/fmod_ret to __noreturn functions",
		Effect: "the function that does not return is named where it can't be followed on its way out"},
	RingbufOverwrite: {Name: "ringbuf-overwrite", Since: "6.19", BTF: "member bpf_ringbuf.overwrite_mode",
		Title:  "bpf: Add overwrite mode for BPF ring buffer",
		Effect: "BPF_F_RB_OVERWRITE: a full ring buffer loses what is oldest"},
	ResizableHash: {Name: "resizable-hash", Since: "7.2", BTF: "value bpf_map_type.BPF_MAP_TYPE_RHASH",
		Title:  "bpf: Implement resizable hashmap basic functions",
		Effect: "maps of type BPF_MAP_TYPE_RHASH"},
	PercpuData: {Name: "percpu-data", Since: "7.3", BTF: "func percpu_array_map_direct_value_addr",
		Title:  "bpf: Introduce global percpu data",
		Effect: "variables in .percpu, of which each CPU has its own: a map of one element for each, with an address known at load"},
	ArenaTypeTags: {Name: "arena-type-tags", Since: "7.2",
		Title:  "verifier: parse BTF type tags for function arguments; bpf: Allow subprogs to return arena pointers",
		Effect: "a pointer whose type says that it goes into an arena (__arena) is taken for one by functions, and global ones may return it"},
	ArenaArithmeticApart: {Name: "arena-arithmetic-apart", Since: "7.3",
		Title:  "bpf: Prevent variable arena/non-arena register contents",
		Effect: "an instruction that computes 64 bits does so with arena pointers on all paths, or on none"},
	UntrustedMemApart: {Name: "untrusted-memory-apart", Since: "7.3",
		Title:  "upstream title not known: seen on 7.3.4",
		Effect: "an instruction that reads memory which may fault reads no other memory on another path"},
	ResultSizes: {Name: "result-sizes", Since: "7.3",
		Title:  "bpf: Reject rdonly/rdwr_buf_size kfunc arguments that exceed u32 max",
		Effect: "memory that a kernel function returns may have no bytes, and no more than 32 bits can count"},
	WideResults: {Name: "wide-results", Since: "7.3",
		Title:  "bpf: Reject >8 byte return values on return-reading trampoline paths",
		Effect: "programs that see results do not attach to functions whose results have more than 8 bytes"},
	ArenaUnderLock: {Name: "arena-under-lock", Since: "7.0", BTF: "value special_kfunc_type.KF_bpf_arena_alloc_pages",
		Title:  "bpf: arena: Make arena kfuncs any context safe",
		Effect: "kernel functions of arenas and of a program's streams may be called while holding a lock"},
	AtomicsChecked: {Name: "atomics-checked", Since: "7.3",
		Title:  "bpf: Check load-acquire src ptr type before the load; bpf: Reject load-acquire from pointers requiring fault protection",
		Effect: "load-acquire is refused where it may fault, by what is pointed to before it loads; an atomic instruction goes through one kind of pointers on all paths"},
	InnerLookupsNullable: {Name: "inner-lookups-nullable", Since: "7.2",
		Title:  "bpf: Keep dynamic inner array lookups nullable",
		Effect: "a lookup by a known index must be compared with NULL where the inner map that is used may be shorter (BPF_F_INNER_MAP)"},
	IndirectJumpsLast: {Name: "indirect-jumps-last", Since: "7.3",
		Title:  "bpf: Allow terminal gotox instructions",
		Effect: "an indirect jump may be the last instruction of a function"},
	UnknownSlotsInLoops: {Name: "unknown-slots-in-loops", Since: "7.0",
		Title:  "bpf: allow states pruning for misc/invalid slots in iterator loops",
		Effect: "in loops too a state covers others that know more of stack slots of which it knows nothing"},
	IterAcquire: {Name: "iter-acquire", Since: Proposed,
		Title:  "bpf: Add KF_ACQUIRE and KF_RELEASE support for iterators",
		Effect: "elements an iterator hands out are references, released at the next call, by a release kfunc or at destroy"},
	ForbidSleep: {Name: "forbid-sleep", Since: Proposed,
		Title:  "bpf: Add KF_FORBID_SLEEP modifier for KF_ACQUIRE/KF_RELEASE kfuncs",
		Effect: "no sleeping call while such a reference is held"},
	TaskVMASplit: {Name: "task-vma-split", Since: Proposed,
		Title:  "bpf: Add split iteration support to task_vma iterator",
		Effect: "bpf_iter_task_vma_release ends the hold on an element before the next call"},
	DeepCalls: {Name: "deep-calls", Since: "7.2",
		Title:  "bpf: Raise maximum call chain depth to 16 frames",
		Effect: "calls may nest 16 deep instead of 8, and a comparison tells up to five linked registers instead of six"},
	RetvalBounded: {Name: "retval-bounded", Since: "7.2",
		Title:  "bpf: Add validation for bpf_set_retval argument",
		Effect: "bpf_set_retval takes an error number or what the hook may return, and bpf_get_retval gives such a number"},
	ImplicitExits: {Name: "implicit-exits", Since: "7.3",
		Title:  "bpf: Reject tail calls directly from callback frames; bpf: Reject legacy packet loads from callbacks; bpf: backtrack_insn(): Handle ld_{abs,ind} subprog exit edge",
		Effect: "BPF_LD_ABS, BPF_LD_IND and tail calls, which may end a function, are refused in callbacks, and numbers are followed back through the loads"},
	TailCallsBelowCallbacks: {Name: "tail-calls-below-callbacks", Since: "7.3",
		Title:  "upstream title not known: read in the source of 7.3.4",
		Effect: "functions that callbacks call may not tail-call either"},
	AtomicsFollowed: {Name: "atomics-followed", Since: "7.0",
		Title:  "bpf: Fix incorrect pruning due to atomic fetch precision tracking",
		Effect: "numbers are followed back through atomic operations that fetch them from the stack"},
	CallbackArgsFollowed: {Name: "callback-args-followed", Since: "7.3",
		Title:  "bpf: backtracking shouldn't clear outer frame R1-R5 for callbacks",
		Effect: "arguments of calls that call back stay followed on the way back through the callback"},
	NullByZeroRegister: {Name: "null-by-zero-register", Since: "7.1",
		Title:  "upstream title not known: seen on 7.1.13",
		Effect: "a comparison with a register that is 0 tells whether a pointer is NULL"},
	OffsetsMayWrap: {Name: "offsets-may-wrap", Since: "7.3",
		Title:  "bpf: Don't infer non-NULL from a pointer with an unbounded offset",
		Effect: "a pointer whose offset is unbounded may be NULL; XDP sockets and buffers are not"},
	NarrowPointersUndecided: {Name: "narrow-pointers-undecided", Since: "7.3",
		Title:  "bpf: Don't predict JMP32 pointer vs zero comparisons",
		Effect: "a comparison of a pointer's lower half is never decided"},
	SignExtensionsUnlinked: {Name: "sign-extensions-unlinked", Since: "7.3",
		Title:  "bpf: Drop scalar id on sign-extending narrowing stack fills",
		Effect: "a number filled from the stack with its sign extended is no copy of what was stored"},
	ZeroSpillsRead: {Name: "zero-spills-read", Since: "7.3",
		Title:  "upstream title not known: read in the source of 7.3.4",
		Effect: "stack that holds zeros reads as 0 however they were stored"},
	AllPointersSpill: {Name: "all-pointers-spill", Since: "7.3",
		Title:  "upstream title not known: read in the source of 7.3.4",
		Effect: "pointers of every kind survive a store to the stack"},
	PacketOffsetsUntightened: {Name: "packet-offsets-untightened", Since: "7.3",
		Title:  "upstream title not known: read in the source of 7.3.4",
		Effect: "known bits don't narrow the offset of a packet pointer that keeps what is known of the packet"},
	GlobalFuncsBySleep: {Name: "global-funcs-by-sleep", Since: "7.3",
		Title:  "bpf: Verify global subprogs in each sleepability context",
		Effect: "a global function is verified once for each of the contexts, sleeping and not, that it is called in"},
	PacketArgsMayMove: {Name: "packet-args-may-move", Since: "7.3",
		Title:  "bpf: Reject pkt arguments in mutating subprogs",
		Effect: "a packet pointer is no argument for a global function that may move the packet"},
	KernelObjectArgsRead: {Name: "kernel-object-args-read", Since: "7.2",
		Title:  "bpf: Enforce write checks for BTF pointer helper access",
		Effect: "a kernel object is no memory that a global function may write to"},
	HookResultsForgotten: {Name: "hook-results-forgotten", Since: "7.2",
		Title:  "bpf: Reset register bounds before narrowing retval range in check_mem_access()",
		Effect: "loading the result of an LSM hook forgets what the register held before"},
	ZeroRegistersPrecise: {Name: "zero-registers-precise", Since: "7.3",
		Title:  "bpf: Mark the zero register precise for a register-form NULL check",
		Effect: "a register that is 0 and so tells whether a pointer is NULL is a number that counts"},
	PointersToPointers: {Name: "pointers-to-pointers", Since: "7.1",
		Title:  "bpf: Support pointer param types via SCALAR_VALUE for trampolines",
		Effect: "arguments of traced functions that point to anything but a struct are numbers, not refused"},
	ReferencesShared: {Name: "references-shared", Since: "7.2",
		Title:  "bpf: Unify referenced object tracking in verifier",
		Effect: "several arguments of a helper may lead to referenced objects"},
	FillsLinked: {Name: "fills-linked", Since: "7.0",
		Title:  "bpf: Let the verifier assign ids on stack fills",
		Effect: "a number filled from the stack is linked with its slot, if it was not before"},
	HalfZerosKept: {Name: "half-zeros-kept", Since: "7.3",
		Title:  "bpf: don't downgrade half-dead scalar zero spills to STACK_ZERO",
		Effect: "a spilled zero stays whole where only half of it is read later; before, that half becomes bytes that are zero"},
	WholeFirst: {Name: "whole-first", Since: "7.1",
		Title:  "upstream title not known: seen on 7.1.13, in what it answers to generated programs and in its code",
		Effect: "signed and unsigned range of a whole number learn from each other before its lower half learns from them, and all of it twice; before, after that, and three times"},
	CPUNumbersBounded: {Name: "cpu-numbers-bounded", Since: "6.6",
		Title:  "bpf: teach verifier actual bounds of bpf_get_smp_processor_id() result",
		Effect: "what bpf_get_smp_processor_id returns is less than the number of CPUs"},
	InnerMapLocks: {Name: "inner-map-locks", Since: "6.2", BTF: "member bpf_map.record",
		Title:  "bpf: Allow locking bpf_spin_lock in inner map values",
		Effect: "maps whose values hold a bpf_spin_lock may be in a map of maps"},
	StructOpsLinks: {Name: "struct-ops-links", Since: "6.4", BTF: "func bpf_struct_ops_link_create",
		Title:  "bpf: Create links for BPF struct_ops maps.",
		Effect: "maps of struct_ops may be attached by links: those in sections .struct_ops.link exist"},
	EmptySections: {Name: "empty-sections", Since: "5.13",
		Title:  "bpf: Permit size-0 datasec",
		Effect: "types may name a section without variables in it; otherwise all types of the object are refused"},
	DeclTags: {Name: "decl-tags", Since: "5.16",
		Title:  "bpf: Support for new btf kind BTF_KIND_TAG",
		Effect: "tags of declarations are known; without them libbpf gives a program no exception callback"},
	PartialWritesTold: {Name: "partial-writes-told", Since: "6.12", BTF: "value bpf_type_flag.MEM_WRITE",
		Title:  "bpf: Fix helper writes to read-only maps",
		Effect: "a helper that writes as many bytes as a register says is refused read-only memory, not only one that writes a constant number of bytes"},
	KernelFuncAddresses: {Name: "kernel-func-addresses", Since: "6.4",
		Title:  "bpf: Allow ld_imm64 instruction to point to kfunc.",
		Effect: "the address of a kernel function may be loaded"},
	FlowKeysMoved: {Name: "flow-keys-moved", Since: "7.2",
		Title:  "bpf: Fold reg->var_off into PTR_TO_FLOW_KEYS bounds check",
		Effect: "a moved pointer to flow keys is looked at where it points to; 7.1 takes it as if it had not moved"},
	GlobalFuncStats: {Name: "global-func-stats", Since: "7.2", BTF: "member bpf_subprog_info.insns_total",
		Title:  "bpf: Print breakdown of insns processed by subprogs; bpf: Report maximum combined stack depth",
		Effect: "the log's last lines tell the deepest stack, and how many instructions the program and each global function took"},
	FunctionStats: {Name: "function-stats", Since: "7.3",
		Title:  "bpf: Track verifier instruction stats for each subprogram; bpf: Show more useful info in stack depth stats",
		Effect: "the log's last lines tell how many instructions and how much stack each function took"},
	LinksCutFirst: {Name: "links-cut-first", Since: "7.3",
		Title:  "bpf: Don't resurrect a scalar id dropped by collect_linked_regs()",
		Effect: "a comparison that goes only one way cuts the links of numbers, too, when more are linked than can be told"},
	LinksShown: {Name: "links-shown", Since: "7.0",
		Title:  "bpf: verifier: Make sync_linked_regs() scratch registers",
		Effect: "the log shows what a comparison tells of numbers that are linked with what is compared"},
	SpillsTracked: {Name: "spills-tracked", Since: "6.9",
		Title:  "bpf: Assign ID to scalars on spill; bpf: Track spilled unbounded scalars; bpf: Preserve boundaries and track scalars on narrowing fill",
		Effect: "a number on the stack stays tied to the register that it was stored from, whatever is known of it, and lends what is known to parts of it that are filled"},
	LoopsExact: {Name: "loops-exact", Since: "6.9",
		Title:  "bpf: make infinite loop detection in is_state_visited() exact",
		Effect: "a loop is endless if a state comes again just as it was; before, if one comes that differs in numbers that nothing rests on"},
	LinkedSums: {Name: "linked-sums", Since: "6.11",
		Title:  `bpf: Track delta between "linked" registers.`,
		Effect: "a number stays linked with what it was a copy of when a constant is added"},
	PacketPointersUnsigned: {Name: "packet-pointers-unsigned", Since: "6.12",
		Title:  "bpf: Fail verification for sign-extension of packet data/data_end/data_meta",
		Effect: "loading a packet pointer from the context with its sign extended is refused"},
	ImmediatesApart: {Name: "immediates-apart", Since: "6.10",
		Title:  "bpf: Fix reg_set_min_max corruption of fake_reg",
		Effect: "a comparison with a number tells each of its two paths what it means there; before, wrongly, the second learns from what the first made of the number"},
	MapPointersNotNull: {Name: "map-pointers-not-null", Since: "6.17",
		Title:  "bpf: Make reg_not_null() true for CONST_PTR_TO_MAP",
		Effect: "a pointer to a map is never NULL"},
	LinkedIDsKept: {Name: "linked-ids-kept", Since: "7.0",
		Title:  "bpf: Preserve id of register in sync_linked_regs()",
		Effect: "a number that learns from one it is linked with keeps its own link; without it, wrongly, it takes that one's, and is a sum or none as that is"},
	PacketEndsCompared: {Name: "packet-ends-compared", Since: "7.0",
		Title:  "bpf: Fix regsafe() for pointers to packet",
		Effect: "a path on which a packet pointer is at or past the end does not stand for one on which it is before; without it, wrongly, that is not walked"},
	ArgErrorsKept: {Name: "arg-errors-kept", Since: "6.2",
		Title:  "bpf: Propagate errors from process_* checks in check_func_arg",
		Effect: "the error number of a helper's lock, timer or kptr that is refused is that of the refusal; before, always EACCES"},
	PathErrorsKept: {Name: "path-errors-kept", Since: "6.19",
		Title:  "upstream title not known: seen on 6.19.14, read in the source of 6.12.117",
		Effect: "the error number of a program with too many paths that wait to be walked is E2BIG; before, EFAULT or ENOMEM, by where the last one begins"},
	StatesFreed: {Name: "states-freed", Since: "6.15",
		Title:  "bpf: free verifier states when they are no longer referenced",
		Effect: "the peak of states is the largest number that there were; before, how many were left"},
	WidenedByValue: {Name: "widened-by-value", Since: "7.0",
		Title:  "bpf: Relax maybe_widen_reg() constraints",
		Effect: "a number that is the same in the next round of a loop is kept; before, it is forgotten where it is linked with another by then"},
}

// featureGroups are names for several features at once.
var featureGroups = map[string][]Feature{
	"kptr-xchg-locked": {KptrXchgUnderLock, KptrXchgNonOwning, KptrXchgNonOwningRCU},
}

// featureAliases are other names by which features are known.
var featureAliases = map[string]Feature{
	"kfunc-spin-lock": KfuncSpinlockSafe,
	"forbid-fault":    ForbidSleep,
}

func init() {
	for i := range features {
		features[i].Feature = Feature(i)
	}
}

// Features lists every feature in the order of the releases that brought them, proposed ones last.
func Features() []FeatureInfo {
	list := features[:]
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b FeatureInfo) int { return compareVersions(a.Since, b.Since) })
	return list
}

// FeatureGroups lists the groups by name and what they stand for.
func FeatureGroups() map[string][]Feature {
	out := make(map[string][]Feature, len(featureGroups))
	for name, fs := range featureGroups {
		out[name] = slices.Clone(fs)
	}
	return out
}

// Info returns what the feature is.
func (f Feature) Info() FeatureInfo {
	if f >= numFeatures {
		return FeatureInfo{Feature: f, Name: "feature-" + strconv.Itoa(int(f))}
	}
	return features[f]
}

func (f Feature) String() string { return f.Info().Name }

// ParseFeature returns the features a name stands for: one, or those of a group.
func ParseFeature(name string) (FeatureSet, error) {
	if fs, ok := featureGroups[name]; ok {
		return Of(fs...), nil
	}
	if f, ok := featureAliases[name]; ok {
		return Of(f), nil
	}
	if f, ok := featureNamed(name); ok {
		return Of(f), nil
	}
	return FeatureSet{}, &UnknownFeatureError{Name: name}
}

// featureNamed returns the feature of that very name.
func featureNamed(name string) (Feature, bool) {
	f, ok := featuresByName()[name]
	return f, ok
}

var featuresByName = sync.OnceValue(func() map[string]Feature {
	named := make(map[string]Feature, len(features))
	for i := range features {
		named[features[i].Name] = Feature(i)
	}
	return named
})

// featureNames are the names of all features, aliases and groups among them.
func featureNames(yield func(string) bool) {
	for _, f := range features {
		if !yield(f.Name) {
			return
		}
	}
	for _, names := range []iter.Seq[string]{maps.Keys(featureGroups), maps.Keys(featureAliases)} {
		for _, name := range slices.Sorted(names) {
			if !yield(name) {
				return
			}
		}
	}
}

// UnknownFeatureError is returned for a name that is no feature.
type UnknownFeatureError struct{ Name string }

func (e *UnknownFeatureError) Error() string {
	for name := range featureNames {
		if len(e.Name) > 3 && strings.HasPrefix(name, e.Name) {
			return fmt.Sprintf("unknown feature %q; did you mean %s?", e.Name, name)
		}
	}
	return fmt.Sprintf("unknown feature %q%s", e.Name, near.Hint(e.Name, featureNames))
}

// featuresOf returns the features that mainline release version has.
func featuresOf(version string) FeatureSet {
	var s FeatureSet
	for _, f := range features {
		if compareVersions(f.Since, version) <= 0 {
			s = s.Union(Of(f.Feature))
		}
	}
	return s
}

// compareVersions orders "6.9" before "6.12", and Proposed after all.
func compareVersions(a, b string) int {
	split := func(v string) (major, minor int) {
		if v == Proposed {
			return 1 << 30, 0
		}
		x, y, _ := strings.Cut(v, ".")
		major, _ = strconv.Atoi(x)
		minor, _ = strconv.Atoi(y)
		return
	}
	amaj, amin := split(a)
	bmaj, bmin := split(b)
	if amaj != bmaj {
		return amaj - bmaj
	}
	return amin - bmin
}
