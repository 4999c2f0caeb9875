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
	JumpOperandsOrdered
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
	FlexibleInts
	LocksListed
	DynptrReadsShown

	LinkedIDsKept
	PacketEndsCompared
	ArgErrorsKept
	PathErrorsKept
	StatesFreed
	WidenedByValue
	CallbackReferences
	RCUProtectionEnforced
	LoopBacktracking

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
		Effect: "tracepoint programs may load from negative offsets of their context, which are compared as unsigned numbers"},
	KptrXchgLocal: {Name: "kptr-xchg-local", Since: "6.12", BTF: "value bpf_arg_type.ARG_KPTR_XCHG_DEST",
		Title:  "bpf: Support bpf_kptr_xchg into local kptr",
		Effect: "bpf_kptr_xchg may store into a kptr field of an object from bpf_obj_new"},
	KmemCacheIter: {Name: "kmem-cache-iter", Since: "6.13", BTF: "func bpf_iter_kmem_cache_new",
		Title:  "bpf: Add open coded version of kmem_cache iterator",
		Effect: "kfuncs bpf_iter_kmem_cache_new, next and destroy, for sleepable programs"},
	PrivateStack: {Name: "private-stack", Since: "6.13", BTF: "member bpf_prog_aux.priv_stack_requested",
		Title:  "bpf: Support private stack for bpf progs",
		Effect: "call chains of tracing programs may use more than 512 bytes of stack in all: functions get private stacks"},
	CsumDiffFolded: {Name: "csum-diff-folded", Since: "6.13",
		Title:  "bpf: bpf_csum_diff: optimize and homogenize for all archs",
		Effect: "at run time bpf_csum_diff returns 16 bits; before, 32 that differ by architecture"},
	IterNumUnderLock: {Name: "iter-num-under-lock", Since: "6.14",
		Title:  "bpf: Allow bpf_for/bpf_repeat calls while holding a spinlock",
		Effect: "bpf_iter_num_new, next and destroy may be called while holding a lock"},
	IRQSections: {Name: "irq-sections", Since: "6.14", BTF: "func bpf_local_irq_save",
		Title:  "bpf: Introduce support for bpf_local_irq_{save,restore}",
		Effect: "kfuncs bpf_local_irq_save and restore; sections nest, and flags are restored in reverse order"},
	GlobalFuncContext: {Name: "global-func-context", Since: "6.15", BTF: "member bpf_subprog_info.might_sleep",
		Title:  "bpf: Summarize sleepable global subprogs",
		Effect: "global functions that do not sleep may be called in RCU, preemption and IRQ sections"},
	RawTPNullArgs: {Name: "raw-tp-null-args", Since: "6.14",
		Title:  "bpf: Augment raw_tp arguments with PTR_MAYBE_NULL",
		Effect: "tp_btf arguments that are NULL at times (a list in the kernel) must be checked before use"},
	ResSpinLock: {Name: "res-spin-lock", Since: "6.15", BTF: "func bpf_res_spin_lock",
		Title:  "Resilient Queued Spin Lock",
		Effect: "kfuncs bpf_res_spin_lock, unlock and their irqsave forms; several locks may be held, released in reverse order"},
	LoadAcquireStoreRelease: {Name: "load-acquire-store-release", Since: "6.15", BTF: "inlined check_load_mem",
		Title:  "bpf: Introduce load-acquire and store-release instructions",
		Effect: "the atomic instructions load-acquire and store-release are known"},
	GraphPeek: {Name: "graph-peek", Since: "6.16", BTF: "func bpf_rbtree_root",
		Title:  "bpf: Support bpf_list and bpf_rbtree traversal",
		Effect: "kfuncs bpf_list_front, bpf_list_back, bpf_rbtree_root, left and right, which return non-owning references"},
	RbtreeRemoveOwned: {Name: "rbtree-remove-owned", Since: "6.16", BTF: "func bpf_rbtree_left",
		Title:  "bpf: Allow refcounted bpf_rb_node used in bpf_rbtree_{remove,left,right}",
		Effect: "bpf_rbtree_remove, left and right take owning references too; whether the node is in the tree is tested at run time"},
	DmabufIter: {Name: "dmabuf-iter", Since: "6.16", BTF: "func bpf_iter_dmabuf_new",
		Title:  "bpf: Add open coded dmabuf iterator",
		Effect: "kfuncs bpf_iter_dmabuf_new, next and destroy, for sleepable programs"},
	VerifierBugWording: {Name: "verifier-bug-wording", Since: "6.16",
		Title:  "bpf: WARN_ONCE on verifier bugs",
		Effect: "messages about bugs of the verifier begin with \"verifier bug\", not \"verifier internal error\""},
	ConversionBugWording: {Name: "conversion-bug-wording", Since: "6.17",
		Title:  "bpf: Warn on internal verifier errors; bpf: Avoid warning on unexpected map for tail call",
		Effect: "a context load that is valid but can't be converted is reported as a verifier bug; before, as \"misconfigured\", as was a tail call with a map that is no program array"},
	TracingHelpersEverywhere: {Name: "tracing-helpers-everywhere", Since: "6.16", BTF: "func bpf_get_perf_event_read_value_proto",
		Title:  "bpf: Allow some trace helpers for all prog types",
		Effect: "probe_read, current task and perf helpers of tracing programs may be called by every program type"},
	TaskWork: {Name: "task-work", Since: "6.18", BTF: "value btf_field_type.BPF_TASK_WORK",
		Title:  "bpf: Introduce deferred task context execution",
		Effect: "bpf_task_work fields in map values, and kfuncs bpf_task_work_schedule_signal and resume"},
	SkbMetaDynptr: {Name: "skb-meta-dynptr", Since: "6.18", BTF: "value bpf_type_flag.DYNPTR_TYPE_SKB_META",
		Title:  "bpf: Add dynptr type for skb metadata",
		Effect: "kfunc bpf_dynptr_from_skb_meta"},
	NegRange: {Name: "neg-range", Since: "6.17", BTF: "func tnum_neg",
		Title:  "bpf: Add range tracking for BPF_NEG",
		Effect: "negation (BPF_NEG) keeps the known range of its operand"},
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
		Effect: "bpf_kptr_xchg may store into a non-owning reference to a node of a list or rbtree"},
	KptrXchgNonOwningRCU: {Name: "kptr-xchg-non-owning-rcu", Since: "7.1",
		Title:  "bpf: Allow using bpf_kptr_xchg even if the MEM_RCU flag is set",
		Effect: "bpf_kptr_xchg may store into non-owning references to nodes that contain a bpf_refcount, too"},
	SleepableMessages: {Name: "sleepable-messages", Since: "7.1",
		Title:  "bpf: Consolidate sleepable checks",
		Effect: "one wording for all sleepable calls where sleeping is not allowed"},
	KfuncSpinlockSafe: {Name: "kfunc-spinlock-safe", Since: "7.3",
		Title:  "bpf: Add KF_SPINLOCK_SAFE flag for kfuncs under bpf_spin_lock",
		Effect: "the flag KF_SPINLOCK_SAFE decides which kfuncs may be called under a bpf_spin_lock, those of modules too"},
	KfuncTrustedArgs: {Name: "kfunc-trusted-args", Since: "7.0",
		Title:  "bpf: Make KF_TRUSTED_ARGS the default for all kfuncs",
		Effect: "KF_TRUSTED_ARGS is the default: kfuncs want trusted pointers, and NULL only where a parameter is marked nullable"},
	SyscallHelpersSleep: {Name: "syscall-helpers-sleep", Since: "7.3",
		Title:  "bpf: Mark syscall helpers as sleepable",
		Effect: "bpf_sys_bpf, bpf_sys_close and bpf_btf_find_by_name_kind may sleep, and are refused where that is not allowed"},
	VarOffOffsets: {Name: "var-off-offsets", Since: "7.1", BTF: "no member bpf_reg_state.off",
		Title:  "bpf: use reg->var_off instead of reg->off for pointers",
		Effect: "a pointer's fixed offset is part of its var_off and bounds, and messages about it change with that"},
	KfuncImplicitArgs: {Name: "kfunc-implicit-args", Since: "7.1", BTF: "func bpf_obj_new",
		Title:  "bpf: Implement kfuncs with implicit arguments",
		Effect: "kfuncs bpf_obj_new, bpf_list_push_front and their kin exist without \"_impl\", and messages leave it out"},
	ArgsByRegister: {Name: "args-by-register", Since: "7.2", BTF: "member bpf_verifier_env.tmp_arg_name",
		Title:  "bpf: Prepare verifier logs for upcoming kfunc stack arguments",
		Effect: "messages name an argument by its register: \"R1\", not \"arg#0\""},
	KfuncArgsByPrototype: {Name: "kfunc-args-by-prototype", Since: "7.3",
		Title:  "bpf: Classify kfunc pointer arguments from BTF, resolve type against the register; bpf: Generate kfunc argument prototype at add-call time",
		Effect: "what a kfunc's argument must be is decided by its BTF alone; before, by what is passed, too"},
	CallGraphOrder: {Name: "call-graph-order", Since: "7.1", BTF: "member bpf_verifier_env.subprog_topo_order",
		Title:  "bpf: Sort subprogs in topological order after check_cfg()",
		Effect: "recursion is refused before the walk, with the names of both functions"},
	TracingTimers: {Name: "tracing-timers", Since: "7.0", BTF: "value bpf_async_op.BPF_ASYNC_START",
		Title:  "bpf: Enable bpf_timer and bpf_wq in any context",
		Effect: "tracing programs may use maps with bpf_timer and bpf_wq"},
	GlobalFuncFrames: {Name: "global-func-frames", Since: "7.1",
		Title:  "upstream title not known: seen on 7.1.13",
		Effect: "the limit of 8 nested frames counts anew from each global function"},
	SyscallsTraced: {Name: "syscalls-traced", Since: "7.1",
		Title:  "bpf: Always allow sleepable programs on syscalls; bpf: Always allow fmod_ret programs on syscalls",
		Effect: "sleepable and fmod_ret programs attach to system calls without CONFIG_FUNCTION_ERROR_INJECTION, too"},
	CtxOffsets: {Name: "ctx-offsets", Since: "7.1",
		Title:  "bpf: Relax fixed offset check for PTR_TO_CTX; bpf: Support variable offsets for syscall PTR_TO_CTX",
		Effect: "contexts whose accesses are not rewritten may be read at a fixed offset from a moved pointer; those of syscall programs at any, by helpers too"},
	GlobalFuncVoid: {Name: "global-func-void", Since: "7.1",
		Title:  "bpf: Allow void global functions in the verifier",
		Effect: "global functions may return nothing"},
	ReleaseArgsNamed: {Name: "release-args-named", Since: "7.2",
		Title:  "bpf: Unify release handling for helpers and kfuncs",
		Effect: "the first thing checked of an argument to be released is that it is referenced; the message names the function"},
	DivisionRanges: {Name: "division-ranges", Since: "7.0",
		Title:  "bpf: Add range tracking for BPF_DIV and BPF_MOD",
		Effect: "a quotient or remainder by a constant has a known range"},
	ConstantBranches: {Name: "constant-branches", Since: "7.1", BTF: "member bpf_insn_aux_data.const_reg_vals",
		Title:  "bpf: Add bpf_compute_const_regs() and bpf_prune_dead_branches() passes",
		Effect: "jumps that constants in registers always decide are made plain jumps before the walk, so fewer instructions are processed"},
	SameRegisterBranches: {Name: "same-register-branches", Since: "6.19",
		Title:  "bpf: Skip bounds adjustment for conditional jumps on same scalar register",
		Effect: "a jump that compares a register with itself is decided, and its bounds stay as they are"},
	BranchesSimulated: {Name: "branches-simulated", Since: "7.1", BTF: "member bpf_verifier_env.true_reg1",
		Title:  "bpf: Simulate branches to prune based on range violations",
		Effect: "a branch is not walked if the bounds that would hold there contradict each other"},
	CircularRanges: {Name: "circular-ranges", Since: "7.2", BTF: "member bpf_reg_state.r64",
		Title:  "bpf: replace min/max fields with struct cnum{32,64}",
		Effect: "a scalar's bounds are one range in each width that may wrap around, not a signed and an unsigned one: more is known after != and sums"},
	FieldsFirst: {Name: "fields-first", Since: "7.1",
		Title:  "bpf: Move checks for reserved fields out of the main pass",
		Effect: "reserved fields of all instructions, dead ones too, are checked before the walk"},
	StaticStackLiveness: {Name: "static-stack-liveness", Since: "7.1", BTF: "func bpf_compute_subprog_arg_access",
		Title:  "bpf: Prepare liveness internals for static analysis pass; bpf: static stack liveness data flow analysis",
		Effect: "which stack slots (and halves of them) are live is computed before the walk; dead ones and dead registers are cleaned from states"},
	ObjDropNMI: {Name: "obj-drop-nmi", Since: "7.2",
		Title:  "bpf: Reject bpf_obj_drop() from tracing progs",
		Effect: "programs that may run in an NMI can't drop objects with kptrs, lists or trees in them"},
	CallbackMapValues: {Name: "callback-map-values", Since: "7.3",
		Title:  "bpf: Preserve inner map identity in callback frames; bpf: Assign lock identity to callback map values",
		Effect: "a map value passed to a callback has an identity of its own, which tells its lock and inner map from others"},
	RCUByAtomicSections: {Name: "rcu-by-atomic-sections", Since: "7.3",
		Title:  "bpf: Account for preempt and IRQ state in RCU protection",
		Effect: "preempt-off and IRQ-off sections protect as RCU sections do; non-owning references of a lock are lost before RCU protection ends"},
	GlobalFuncThrows: {Name: "global-func-throws", Since: "7.1",
		Title:  "bpf: Check global subprog exception paths",
		Effect: "a call of a global function that may throw is walked as if it threw, too, and the value thrown must be a valid result"},
	StackObjectsBelowFrame: {Name: "stack-objects-below-frame", Since: "7.3",
		Title:  "bpf: Reject non-negative offsets in stack_slot_obj_get_spi()",
		Effect: "dynptrs, iterators and IRQ flags must be below the frame pointer, not at it"},
	IterTrustCompared: {Name: "iter-trust-compared", Since: "7.3",
		Title:  "bpf: Compare iterator types during state pruning",
		Effect: "states in which an iterator is RCU-protected and states in which it is not are not equivalent"},
	PercpuKptrSource: {Name: "percpu-kptr-source", Since: "7.3",
		Title:  "bpf: Require MEM_PERCPU for percpu kptr stores",
		Effect: "a percpu kptr field takes percpu objects only"},
	ObjectsWithoutFlexArrays: {Name: "objects-without-flex-arrays", Since: "7.3",
		Title:  "upstream title not known: seen on 7.3.4",
		Effect: "accesses to an object from bpf_obj_new end at its size, even if its last member is a flexible array"},
	RbtreeCallbackNested: {Name: "rbtree-callback-nested", Since: "7.3",
		Title:  "bpf: Check ancestor frames for rbtree callbacks; bpf: Reject resilient lock operations in rbtree callbacks",
		Effect: "functions that an rbtree callback calls are restricted as it is, and resilient locks may not be used there"},
	ConstDynptrArgs: {Name: "const-dynptr-args", Since: "7.2",
		Title:  "bpf: Refactor dynptr mutability tracking",
		Effect: "a dynptr passed to a callback or global function may be passed on, to anything that doesn't release it"},
	RefcountAcquireRCU: {Name: "refcount-acquire-rcu", Since: "7.3",
		Title:  "bpf: Keep refcount_acquire nullable for borrowed RCU kptrs",
		Effect: "bpf_refcount_acquire may return NULL for an object that only RCU protects"},
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
		Effect: "pointers to kernel objects that kfuncs return are trusted"},
	DynptrClonesOverwritten: {Name: "dynptr-clones-overwritten", Since: "7.1",
		Title:  "bpf: Allow overwriting referenced dynptr when refcnt > 1",
		Effect: "a referenced dynptr may be overwritten as long as a clone holds the reference"},
	ObjectsDerived: {Name: "objects-derived", Since: "7.2",
		Title:  "bpf: Refactor object relationship tracking and fix dynptr UAF bug",
		Effect: "a dynptr is invalid when the object that it was made from is released, and a slice when its dynptr is"},
	PointersAddedWhole: {Name: "pointers-added-whole", Since: "7.1",
		Title:  "upstream title not known: seen on 7.1.13, one statement in the source of 7.2.12",
		Effect: "scalar += pointer copies the whole pointer: its reference and stack frame too, and pointers to untrusted memory"},
	RawStackWritesChecked: {Name: "raw-stack-writes-checked", Since: "7.3",
		Title:  "upstream title not known: seen on 7.3.4",
		Effect: "a helper that fills stack memory may overwrite a dynptr there only where a store may"},
	PointerIDsKept: {Name: "pointer-ids-kept", Since: "7.2",
		Title:  "bpf: Preserve reg->id of pointer objects after null-check",
		Effect: "a pointer keeps its id after it was checked for NULL, so fewer states are equivalent"},
	LookupsTyped: {Name: "lookups-typed", Since: "7.3",
		Title:  "bpf: Resolve map lookup result type at lookup time",
		Effect: "a lookup in a map of maps or sockets has its final type at once; before, after the check for NULL"},
	CastsOfReferences: {Name: "casts-of-references", Since: "7.2",
		Title:  "bpf: Unify referenced object tracking in verifier",
		Effect: "a cast of a referenced socket is walked on two paths, one on which it returns NULL"},
	NullArgsPrecise: {Name: "null-args-precise", Since: "7.3",
		Title:  "bpf: mark a NULL call argument precise; bpf: Mark NULL kptr stores precise",
		Effect: "a scalar 0 passed as a NULL pointer is marked precise"},
	ResourceLeakChecks: {Name: "resource-leak-checks", Since: "6.13", BTF: "inlined check_resource_leak",
		Title:  "bpf: Unify resource leak checks",
		Effect: "one wording for references, locks and sections still held at an exit, throw, tail call or packet load; before, each has its own"},
	HelperAccessKinds: {Name: "helper-access-kinds", Since: "6.14",
		Title:  "bpf: verifier: Refactor helper access type tracking",
		Effect: "stack that a helper only reads keeps what is known of it, and messages say \"read\" or \"write\"; before, \"indirect access\""},
	CastsToVoid: {Name: "casts-to-void", Since: "6.17", BTF: "value bpf_features.BPF_FEAT_RDONLY_CAST_TO_VOID",
		Title:  "bpf: allow void* cast using bpf_rdonly_cast()",
		Effect: "bpf_rdonly_cast with a type id of 0 returns untrusted read-only memory"},
	OpaquePointers: {Name: "opaque-pointers", Since: "6.17", BTF: "value bpf_struct_walk_result.WALK_PTR_UNTRUSTED",
		Title:  "bpf: rdonly_untrusted_mem for btf id walk pointer leafs",
		Effect: "a pointer to no struct, loaded from a kernel object, is untrusted read-only memory"},
	StaticRegLiveness: {Name: "static-reg-liveness", Since: "6.15",
		Title:  "bpf: use register liveness information for func_states_equal",
		Effect: "dead registers are not compared when states are, in loops either"},
	LinkedLiveRegs: {Name: "linked-live-regs", Since: "6.18",
		Title:  "bpf: collect only live registers in linked regs",
		Effect: "dead registers are not linked: they learn nothing from comparisons of others with their id"},
	LinkedDifferences: {Name: "linked-differences", Since: "7.0",
		Title:  "bpf: Support negative offsets, BPF_SUB, and alu32 for linked register tracking",
		Effect: "registers stay linked after a subtraction or a 32-bit sum of a constant, and bounds of linked ones are tightened by their bits"},
	TailCallReturns: {Name: "tail-call-returns", Since: "6.19",
		Title:  "bpf: properly verify tail call behavior",
		Effect: "a tail call in a function is walked as the return from it, too, and precision is backtracked through it"},
	LookupNullElided: {Name: "lookup-null-elided", Since: "6.14",
		Title:  "bpf: verifier: Support eliding map lookup nullness",
		Effect: "an array lookup with a constant key in bounds doesn't return NULL"},
	LowerBits: {Name: "lower-bits", Since: "6.3",
		Title:  "bpf: Fix __reg_bound_offset 64->32 var_off subreg propagation",
		Effect: "known bits of a scalar's lower half are deduced from its 64-bit bounds"},
	RangesShared: {Name: "ranges-shared", Since: "6.8",
		Title:  "bpf: BPF register bounds logic and testing improvements",
		Effect: "signed, unsigned, 64-bit and 32-bit bounds are deduced from each other, and comparisons of two scalars bound both"},
	NullnessCompared: {Name: "nullness-compared", Since: "6.2",
		Title:  "bpf: propagate nullness information for reg to reg comparisons",
		Effect: "a pointer that compares equal to one that is not NULL is not NULL"},
	InsnsV4: {Name: "insns-v4", Since: "6.6",
		Title:  "bpf: Support new insns from cpu v4",
		Effect: "sign-extending loads and moves, unconditional byte swaps and signed division are known"},
	CallbackRounds: {Name: "callback-rounds", Since: "6.7",
		Title:  "bpf: verify callbacks as if they are called unknown number of times",
		Effect: "a callback is walked until states converge; before, once"},
	GlobalFuncsLazy: {Name: "global-funcs-lazy", Since: "6.8",
		Title:  "bpf: validate global subprogs lazily",
		Effect: "global functions are verified after the program, and only if called; before, all of them come first"},
	RetRangesSigned: {Name: "ret-ranges-signed", Since: "6.8",
		Title:  "bpf: enforce precise retval range on program exit",
		Effect: "a returned value is checked against a signed range and marked precise; before, against known bits"},
	CallsMayRecur: {Name: "calls-may-recur", Since: "6.7",
		Title:  "bpf: fix control-flow graph checking in privileged mode",
		Effect: "recursion is refused when calls nest too deep; before, as a back-edge of the control flow graph"},
	HelperRefusalsNamed: {Name: "helper-refusals-named", Since: "6.10",
		Title:  "bpf: improve error message for unsupported helper",
		Effect: "a helper that the program type may not call has another message than one that doesn't exist"},
	SpillsFollowed: {Name: "spills-followed", Since: "6.8",
		Title:  "bpf: support non-r10 register spill/fill to/from stack in precision tracking",
		Effect: "precision is backtracked through every spill and fill; before, only of whole bounded scalars by way of r10"},
	StackReadsGrow: {Name: "stack-reads-grow", Since: "6.8",
		Title:  "bpf: Fix accesses to uninit stack slots",
		Effect: "stack that was never written may be read; before, only down to the deepest slot written"},
	TrustedPointers: {Name: "trusted-pointers", Since: "6.2",
		Title:  "bpf: Allow trusted pointers to be passed to KF_TRUSTED_ARGS kfuncs",
		Effect: "pointers to kernel objects are trusted or not (PTR_TRUSTED); before, all but those loaded from kptr fields are taken"},
	MapArgsAnywhere: {Name: "map-args-anywhere", Since: "6.2",
		Title:  "bpf: Consider all mem_types compatible for map_{key,value} args",
		Effect: "map keys and values passed to helpers may be in any memory; before, in stack, packets and map values"},
	ZeroSizesNamed: {Name: "zero-sizes-named", Since: "6.8",
		Title:  "bpf: Minor logging improvement",
		Effect: "a size that may be zero is refused with a message of its own; before, as an access of no bytes"},
	CallsUnderLock: {Name: "calls-under-lock", Since: "6.9",
		Title:  "bpf: Allow calling static subprogs while holding a bpf_spin_lock",
		Effect: "static functions may be called while holding a lock, and may return with it held"},
	RingbufMemory: {Name: "ringbuf-memory", Since: "6.2",
		Title:  "bpf: Rename MEM_ALLOC to MEM_RINGBUF",
		Effect: "messages call ring buffer memory ringbuf_mem; before, alloc_mem"},
	CallbackLoops: {Name: "callback-loops", Since: "7.0",
		Title:  "bpf: bpf_scc_visit instance and backedges accumulation for bpf_loop()",
		Effect: "callbacks are loops in the control flow graph: precision marks of a later round reach earlier states of it"},
	FuncArgTags: {Name: "func-arg-tags", Since: "6.8",
		Title:  "bpf: support 'arg:xxx' btf_decl_tag-based hints for global subprog args",
		Effect: "decl tags (arg:nonnull, arg:ctx, ...) describe arguments of global functions, which may take dynptrs; before, they are ignored"},
	Exceptions: {Name: "exceptions", Since: "6.7", BTF: "func bpf_throw",
		Title:  "bpf: Add support for custom exception callbacks",
		Effect: "a tag (exception_callback:) on the program names the function that bpf_throw runs; before, it is ignored"},
	StackRoundedLess: {Name: "stack-rounded-less", Since: "6.9",
		Title:  "bpf: Fix test verif_scale_strobemeta_subprogs failure due to llvm19",
		Effect: "with the JIT a function's stack is rounded up to 16 bytes; before, to 32, as for the interpreter"},
	DynptrsTracked: {Name: "dynptrs-tracked", Since: "6.3",
		Title:  "Dynptr fixes",
		Effect: "slices and copies are invalid with their dynptr, and dynptr slots may be overwritten; before, a dynptr is made only where none was"},
	KfuncArgsClassified: {Name: "kfunc-args-classified", Since: "6.2",
		Title:  "bpf: Rewrite kfunc argument handling",
		Effect: "kfunc arguments are classified by their BTF first; before, by the type of the register"},
	FieldRecords: {Name: "field-records", Since: "6.2",
		Title:  "bpf: Refactor kptr_off_tab into btf_record; bpf: Consolidate spin_lock, timer management into btf_record",
		Effect: "special fields of a type are parsed together, nested structs too; before, each kind by itself, and an invalid one leaves the others"},
	TnumsShort: {Name: "tnums-short", Since: "6.8",
		Title:  "bpf: print spilled register state in stack slot; BPF verifier log improvements",
		Effect: "messages print a constant tnum as a number; before, as the pair (value; mask)"},
	ObjectsForGPL: {Name: "objects-for-gpl", Since: "6.2",
		Title:  "bpf: Tighten ptr_to_btf_id checks.",
		Effect: "only GPL-compatible programs may access kernel objects by BTF pointers"},
	CtxImmediates: {Name: "ctx-immediates", Since: "6.3",
		Title:  "bpf: allow ctx writes using BPF_ST_MEM instruction",
		Effect: "immediates may be stored to the context (BPF_ST)"},
	PacketMovesFollowed: {Name: "packet-moves-followed", Since: "6.13",
		Title:  "bpf: track changes_pkt_data property for global functions; bpf: consider that tail calls invalidate packet pointers",
		Effect: "calls of global functions that change packet data, and tail calls, invalidate packet pointers"},
	NarrowSpillsLinked: {Name: "narrow-spills-linked", Since: "6.9",
		Title:  "bpf: Make bpf_for_each_spilled_reg consider narrow spills",
		Effect: "a 32-bit spill learns from comparisons of registers with its id"},
	CallbackMapsMixed: {Name: "callback-maps-mixed", Since: "6.9",
		Title:  "bpf: Allow invoking bpf_for_each_map_elem with different maps",
		Effect: "one bpf_for_each_map_elem call may get different maps on different paths"},
	LongJumps: {Name: "long-jumps", Since: "6.6",
		Title:  "bpf: Support new 32bit offset jmp instruction",
		Effect: "jumps with a 32-bit offset (gotol) are known, in updates of older kernels too"},
	StructOpsSleep: {Name: "struct-ops-sleep", Since: "6.3",
		Title:  "Enable struct_ops programs to be sleepable",
		Effect: "struct_ops programs may be sleepable where the member allows it"},
	KfuncCalls: {Name: "kfunc-calls", Since: "5.13", BTF: "member bpf_prog_aux.kfunc_tab",
		Title:  "bpf: Support bpf program calling kernel function",
		Effect: "programs may call kernel functions (kfuncs)"},
	SleepableStorage: {Name: "sleepable-storage", Since: "5.17",
		Title:  "bpf: Allow bpf_local_storage to be used by sleepable programs",
		Effect: "sleepable programs may use ring buffers and local storage maps"},
	SleepableStorageNamed: {Name: "sleepable-storage-named", Since: "6.2",
		Title:  "bpf: Enable sleeptable support for cgrp local storage",
		Effect: "the message about maps that sleepable programs can't use names local storage"},
	TargetLast: {Name: "target-last", Since: "6.13",
		Title:  "bpf: check changes_pkt_data property for extension programs",
		Effect: "the attach target is checked after maps and control flow; before, ahead of them"},
	TaskStackLengths: {Name: "task-stack-lengths", Since: "5.13",
		Title:  "bpf: Refine retval for bpf_get_task_stack helper",
		Effect: "bpf_get_task_stack returns an error or at most the size passed"},
	IntPointers: {Name: "int-pointers", Since: "5.17",
		Title:  "bpf: Allow access to int pointer arguments in tracing programs",
		Effect: "traced arguments that point to integers are scalars; before, only pointers to characters are"},
	ArgOffsetsChecked: {Name: "arg-offsets-checked", Since: "5.17",
		Title:  "bpf: Generally fix helper register offset check",
		Effect: "helper arguments must have zero offset where their type wants that; before, only the context"},
	FuncPointers: {Name: "func-pointers", Since: "5.13", BTF: "value bpf_func_id.BPF_FUNC_for_each_map_elem",
		Title:  "bpf: Add bpf_for_each_map_elem() helper",
		Effect: "the address of a function of the program may be loaded, for helpers to call back"},
	AtomicOps: {Name: "atomic-ops", Since: "5.12",
		Title:  "bpf: Rename BPF_XADD and prepare to encode other atomics in .imm",
		Effect: "atomic instructions other than an addition are known"},
	GlobalFuncPointers: {Name: "global-func-pointers", Since: "5.12",
		Title:  "bpf: Support pointers in global func args",
		Effect: "global functions may take pointers to memory; before, scalars and the context"},
	TypesComposed: {Name: "types-composed", Since: "5.17", BTF: "value bpf_type_flag.PTR_MAYBE_NULL",
		Title:  "bpf: Introduce composable reg, ret and arg types",
		Effect: "register types have flags; before, names in messages differ (a scalar is \"inv\") and lists of expected types are shorter"},
	ReleasesMarked: {Name: "releases-marked", Since: "5.19",
		Title:  "bpf: Tag argument to be released in bpf_func_proto",
		Effect: "an argument to be released is refused at once if it is not referenced; before, after all arguments are checked"},
	OffsetsNegativeNamed: {Name: "offsets-negative-named", Since: "5.18",
		Title:  "bpf: Add check_func_arg_reg_off function",
		Effect: "a negative pointer offset is refused as such; before, as a modified pointer"},
	UprobesSleep: {Name: "uprobes-sleep", Since: "6.0",
		Title:  "bpf: allow sleepable uprobe programs to attach",
		Effect: "kprobe-type programs may be sleepable, to attach to uprobes"},
	GlobalLocks: {Name: "global-locks", Since: "5.18",
		Title:  "bpf: Make btf_find_field more generic",
		Effect: "bpf_spin_lock and bpf_timer may be global variables; before, they must be in a struct that is a map value"},
	LdAbsReturns: {Name: "ld-abs-returns", Since: "7.1",
		Title:  "bpf: Fix ld_{abs,ind} failure path analysis in subprogs",
		Effect: "BPF_LD_ABS and BPF_LD_IND in a function are walked as a return of 0 from it, too"},
	SelfSumsUnlinked: {Name: "self-sums-unlinked", Since: "7.1",
		Title:  "bpf: Fix linked reg delta tracking when src_reg == dst_reg",
		Effect: "a register added to itself is unlinked from its copies; before, wrongly, it stays linked"},
	DistancesCleared: {Name: "distances-cleared", Since: "7.1",
		Title:  "bpf: Clear delta when clearing reg id for non-{add,sub} ops",
		Effect: "the delta of a linked register is cleared with its id; before, wrongly, the next link has it"},
	LinksLooselyCompared: {Name: "links-loosely-compared", Since: "7.0",
		Title:  "bpf: Relax scalar id equivalence for state pruning",
		Effect: "a state with an unlinked scalar covers states in which it is linked"},
	SingleIDsCleared: {Name: "single-ids-cleared", Since: "7.0",
		Title:  "bpf: Clear singular ids for scalars in is_state_visited()",
		Effect: "an id that only one scalar has is cleared from saved states, so more states are equivalent"},
	SignedProducts: {Name: "signed-products", Since: "6.14",
		Title:  "bpf, verifier: Improve precision of BPF_MUL",
		Effect: "a product has known bounds if no corner overflows; before, only for small operands that are not negative"},
	SumsWrap: {Name: "sums-wrap", Since: "6.17",
		Title:  "bpf, verifier: Improve precision for BPF_ADD and BPF_SUB",
		Effect: "a sum or difference has known bounds if all results wrap; before, only if none does"},
	SignCrossing: {Name: "sign-crossing", Since: "6.17",
		Title:  "bpf: Improve bounds when s64 crosses sign boundary",
		Effect: "signed bounds that cross zero are refined by unsigned ones, and the other way round"},
	SignCrossing32: {Name: "sign-crossing-32", Since: "7.0",
		Title:  "bpf: Fix u32/s32 bounds when ranges cross min/max boundary",
		Effect: "32-bit bounds that cross a sign boundary are refined by each other"},
	ThirdRound: {Name: "third-round", Since: "6.17",
		Title:  "bpf: Add third round of bounds deduction",
		Effect: "bounds are deduced from each other in three rounds; before, two"},
	RangesForgotten: {Name: "ranges-forgotten", Since: "6.17",
		Title:  "bpf: Forget ranges when refining tnum after JSET",
		Effect: "where a jump says that bits are not set, ranges are told anew from the bits; before, both could contradict"},
	ProductSums: {Name: "product-sums", Since: "5.14",
		Title:  "bpf, tnums: Provably sound, faster, and more precise algorithm for tnum_mul",
		Effect: "of products other bits are known, more of them mostly, while ranges learn from each other once"},
	JumpOperandsOrdered: {Name: "jump-operands-ordered", Since: "6.6",
		Title:  "bpf: Fix issue in verifying allow_ptr_leaks",
		Effect: "of a jump that compares two registers the first is looked at first"},
	ProductBits: {Name: "product-bits", Since: "6.18",
		Title:  "bpf: Improve the general precision of tnum_mul",
		Effect: "tnums of products are more precise"},
	BitsCompared: {Name: "bits-compared", Since: "6.18",
		Title:  "bpf: Use tnums for JEQ/JNE is_branch_taken logic",
		Effect: "== and != are decided where known bits differ"},
	LoneMember: {Name: "lone-member", Since: "7.0",
		Title:  "bpf: Improve bounds when tnum has a single possible value",
		Effect: "a scalar is constant if only one value in its bounds matches its known bits"},
	SignsForked: {Name: "signs-forked", Since: "7.0",
		Title:  "bpf: Recognize special arithmetic shift in the verifier",
		Effect: "x & constant, with x -1 or 0 (an arithmetic shift by 31 or 63), is walked on two paths"},
	ByteSwapBits: {Name: "byte-swap-bits", Since: "7.0",
		Title:  "bpf: Add bitwise tracking for BPF_END",
		Effect: "byte swaps keep known bits"},
	ThrowsByName: {Name: "throws-by-name", Since: "7.0",
		Title:  "bpf: Fix exception exit lock checking for subprogs",
		Effect: "bpf_throw in a function, too, is refused with locks or sections held, and the message names it; before (6.13 on), it counts as an exit"},
	IndirectJumps: {Name: "indirect-jumps", Since: "6.19", BTF: "value bpf_map_type.BPF_MAP_TYPE_INSN_ARRAY",
		Title:  "bpf, x86: add support for indirect jumps",
		Effect: "gotox, a jump to the target in a register, through a jump table (BPF_MAP_TYPE_INSN_ARRAY)"},
	TracepointsSleep: {Name: "tracepoints-sleep", Since: "7.2",
		Title:  "bpf: Add sleepable support for raw tracepoint programs; bpf: Add sleepable support for classic tracepoint programs",
		Effect: "tracepoint programs may be sleepable; those of BTF only at tracepoints that may fault"},
	SessionsNamed: {Name: "sessions-named", Since: "7.1",
		Title:  "upstream title not known: seen in the images of 7.0 and 7.1",
		Effect: "messages about attaching to functions name fsession, and say \"Tracing\" for fentry and fexit"},
	FunctionSessions: {Name: "function-sessions", Since: "7.0", BTF: "value bpf_attach_type.BPF_TRACE_FSESSION",
		Title:  "bpf: Add fsession support",
		Effect: "fsession: one program runs at the start and at the end of a function, with a cookie between them"},
	TracingMulti: {Name: "tracing-multi", Since: "7.2", BTF: "func bpf_multi_func",
		Title:  "bpf: Add support for tracing multi link",
		Effect: "one fentry, fexit or fsession program attaches to many functions, without their arguments in its context"},
	NoReturnNamed: {Name: "no-return-named", Since: "6.17",
		Title:  "bpf: Show precise rejected function when attaching fexit/fmod_ret to __noreturn functions",
		Effect: "the message about fexit and fmod_ret on a __noreturn function names it"},
	RingbufOverwrite: {Name: "ringbuf-overwrite", Since: "6.19", BTF: "member bpf_ringbuf.overwrite_mode",
		Title:  "bpf: Add overwrite mode for BPF ring buffer",
		Effect: "the ring buffer flag BPF_F_RB_OVERWRITE"},
	ResizableHash: {Name: "resizable-hash", Since: "7.2", BTF: "value bpf_map_type.BPF_MAP_TYPE_RHASH",
		Title:  "bpf: Implement resizable hashmap basic functions",
		Effect: "maps of type BPF_MAP_TYPE_RHASH"},
	PercpuData: {Name: "percpu-data", Since: "7.3", BTF: "func percpu_array_map_direct_value_addr",
		Title:  "bpf: Introduce global percpu data",
		Effect: "global variables for each CPU (section .percpu), in a percpu array of one element whose address is known"},
	ArenaTypeTags: {Name: "arena-type-tags", Since: "7.2",
		Title:  "verifier: parse BTF type tags for function arguments; bpf: Allow subprogs to return arena pointers",
		Effect: "functions take __arena pointers by their BTF type tag, and global functions may return them"},
	ArenaArithmeticApart: {Name: "arena-arithmetic-apart", Since: "7.3",
		Title:  "bpf: Prevent variable arena/non-arena register contents",
		Effect: "a 64-bit ALU instruction may not have an arena pointer on one path and none on another"},
	UntrustedMemApart: {Name: "untrusted-memory-apart", Since: "7.3",
		Title:  "upstream title not known: seen on 7.3.4",
		Effect: "a load may not go through untrusted memory on one path and other memory on another"},
	ResultSizes: {Name: "result-sizes", Since: "7.3",
		Title:  "bpf: Reject rdonly/rdwr_buf_size kfunc arguments that exceed u32 max",
		Effect: "a kfunc's result size argument may be 0, and must fit 32 bits"},
	WideResults: {Name: "wide-results", Since: "7.3",
		Title:  "bpf: Reject >8 byte return values on return-reading trampoline paths",
		Effect: "programs that see the result may not attach to functions that return more than 8 bytes"},
	ArenaUnderLock: {Name: "arena-under-lock", Since: "7.0", BTF: "value special_kfunc_type.KF_bpf_arena_alloc_pages",
		Title:  "bpf: arena: Make arena kfuncs any context safe",
		Effect: "kfuncs of arenas and of BPF streams may be called while holding a lock"},
	AtomicsChecked: {Name: "atomics-checked", Since: "7.3",
		Title:  "bpf: Check load-acquire src ptr type before the load; bpf: Reject load-acquire from pointers requiring fault protection",
		Effect: "load-acquire is checked before it overwrites its register and refused where it may fault; atomics go through one pointer type on all paths"},
	InnerLookupsNullable: {Name: "inner-lookups-nullable", Since: "7.2",
		Title:  "bpf: Keep dynamic inner array lookups nullable",
		Effect: "a lookup with a constant key in an inner array of varying size (BPF_F_INNER_MAP) may return NULL"},
	IndirectJumpsLast: {Name: "indirect-jumps-last", Since: "7.3",
		Title:  "bpf: Allow terminal gotox instructions",
		Effect: "gotox may be the last instruction of a function"},
	UnknownSlotsInLoops: {Name: "unknown-slots-in-loops", Since: "7.0",
		Title:  "bpf: allow states pruning for misc/invalid slots in iterator loops",
		Effect: "in iterator loops, too, misc and invalid stack slots of an old state match any"},
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
		Effect: "calls may nest 16 deep, not 8; a jump links at most five registers, not six"},
	RetvalBounded: {Name: "retval-bounded", Since: "7.2",
		Title:  "bpf: Add validation for bpf_set_retval argument",
		Effect: "bpf_set_retval's argument must be an errno or a return value of the hook, and bpf_get_retval's result is in that range"},
	ImplicitExits: {Name: "implicit-exits", Since: "7.3",
		Title:  "bpf: Reject tail calls directly from callback frames; bpf: Reject legacy packet loads from callbacks; bpf: backtrack_insn(): Handle ld_{abs,ind} subprog exit edge",
		Effect: "BPF_LD_ABS, BPF_LD_IND and tail calls are refused in callbacks, and precision is backtracked through loads that return"},
	TailCallsBelowCallbacks: {Name: "tail-calls-below-callbacks", Since: "7.3",
		Title:  "upstream title not known: read in the source of 7.3.4",
		Effect: "functions called by callbacks may not tail-call either"},
	AtomicsFollowed: {Name: "atomics-followed", Since: "7.0",
		Title:  "bpf: Fix incorrect pruning due to atomic fetch precision tracking",
		Effect: "precision is backtracked through atomic fetches from the stack"},
	CallbackArgsFollowed: {Name: "callback-args-followed", Since: "7.3",
		Title:  "bpf: backtracking shouldn't clear outer frame R1-R5 for callbacks",
		Effect: "precision of r1 to r5 in the caller is kept when it is backtracked through a callback"},
	NullByZeroRegister: {Name: "null-by-zero-register", Since: "7.1",
		Title:  "upstream title not known: seen on 7.1.13",
		Effect: "a comparison with a register that is 0 checks a pointer for NULL"},
	OffsetsMayWrap: {Name: "offsets-may-wrap", Since: "7.3",
		Title:  "bpf: Don't infer non-NULL from a pointer with an unbounded offset",
		Effect: "a pointer with an unbounded offset may be NULL; XDP sockets and buffers are not"},
	NarrowPointersUndecided: {Name: "narrow-pointers-undecided", Since: "7.3",
		Title:  "bpf: Don't predict JMP32 pointer vs zero comparisons",
		Effect: "32-bit comparisons of a pointer with 0 are not decided"},
	SignExtensionsUnlinked: {Name: "sign-extensions-unlinked", Since: "7.3",
		Title:  "bpf: Drop scalar id on sign-extending narrowing stack fills",
		Effect: "a sign-extending fill of a narrow spill is not linked with what was spilled"},
	ZeroSpillsRead: {Name: "zero-spills-read", Since: "7.3",
		Title:  "upstream title not known: read in the source of 7.3.4",
		Effect: "spilled zeros read as 0 in any part, at variable offsets too"},
	AllPointersSpill: {Name: "all-pointers-spill", Since: "7.3",
		Title:  "upstream title not known: read in the source of 7.3.4",
		Effect: "pointers of every type may be spilled and filled"},
	PacketOffsetsUntightened: {Name: "packet-offsets-untightened", Since: "7.3",
		Title:  "upstream title not known: read in the source of 7.3.4",
		Effect: "known bits don't tighten the offset of a packet pointer with a known range"},
	GlobalFuncsBySleep: {Name: "global-funcs-by-sleep", Since: "7.3",
		Title:  "bpf: Verify global subprogs in each sleepability context",
		Effect: "a global function is verified for each context it is called in: where it may sleep, and where it may not"},
	PacketArgsMayMove: {Name: "packet-args-may-move", Since: "7.3",
		Title:  "bpf: Reject pkt arguments in mutating subprogs",
		Effect: "packet pointers may not be passed to global functions that change packet data"},
	KernelObjectArgsRead: {Name: "kernel-object-args-read", Since: "7.2",
		Title:  "bpf: Enforce write checks for BTF pointer helper access",
		Effect: "pointers to kernel objects may not be passed as memory that a global function writes to"},
	HookResultsForgotten: {Name: "hook-results-forgotten", Since: "7.2",
		Title:  "bpf: Reset register bounds before narrowing retval range in check_mem_access()",
		Effect: "loading an LSM hook's result resets the register's old bounds"},
	ZeroRegistersPrecise: {Name: "zero-registers-precise", Since: "7.3",
		Title:  "bpf: Mark the zero register precise for a register-form NULL check",
		Effect: "a zero register that a pointer is compared with is marked precise"},
	PointersToPointers: {Name: "pointers-to-pointers", Since: "7.1",
		Title:  "bpf: Support pointer param types via SCALAR_VALUE for trampolines",
		Effect: "traced arguments that point to anything but a struct are scalars; before, they can't be read"},
	ReferencesShared: {Name: "references-shared", Since: "7.2",
		Title:  "bpf: Unify referenced object tracking in verifier",
		Effect: "a helper may get several referenced arguments"},
	FillsLinked: {Name: "fills-linked", Since: "7.0",
		Title:  "bpf: Let the verifier assign ids on stack fills",
		Effect: "a filled scalar is linked with its stack slot, whether that had an id or not"},
	HalfZerosKept: {Name: "half-zeros-kept", Since: "7.3",
		Title:  "bpf: don't downgrade half-dead scalar zero spills to STACK_ZERO",
		Effect: "a spilled zero of which half is dead stays a spill; before, the other half becomes zero bytes"},
	WholeFirst: {Name: "whole-first", Since: "7.1",
		Title:  "upstream title not known: seen on 7.1.13, in what it answers to generated programs and in its code",
		Effect: "64-bit signed and unsigned bounds are deduced from each other before 32-bit ones, in two rounds; before, after them, in three"},
	CPUNumbersBounded: {Name: "cpu-numbers-bounded", Since: "6.6",
		Title:  "bpf: teach verifier actual bounds of bpf_get_smp_processor_id() result",
		Effect: "bpf_get_smp_processor_id returns less than the number of CPUs"},
	InnerMapLocks: {Name: "inner-map-locks", Since: "6.2", BTF: "member bpf_map.record",
		Title:  "bpf: Allow locking bpf_spin_lock in inner map values",
		Effect: "maps whose values have a bpf_spin_lock may be inner maps"},
	StructOpsLinks: {Name: "struct-ops-links", Since: "6.4", BTF: "func bpf_struct_ops_link_create",
		Title:  "bpf: Create links for BPF struct_ops maps.",
		Effect: "struct_ops maps with BPF_F_LINK (sections .struct_ops.link)"},
	EmptySections: {Name: "empty-sections", Since: "5.13",
		Title:  "bpf: Permit size-0 datasec",
		Effect: "BTF may have a DATASEC without variables; before, all BTF of the object is refused"},
	DeclTags: {Name: "decl-tags", Since: "5.16",
		Title:  "bpf: Support for new btf kind BTF_KIND_TAG",
		Effect: "BTF_KIND_DECL_TAG is known; without it libbpf gives a program no exception callback"},
	PartialWritesTold: {Name: "partial-writes-told", Since: "6.12", BTF: "value bpf_type_flag.MEM_WRITE",
		Title:  "bpf: Fix helper writes to read-only maps",
		Effect: "a helper that writes a variable number of bytes is refused read-only memory; before, only one that writes a constant number"},
	KernelFuncAddresses: {Name: "kernel-func-addresses", Since: "6.4",
		Title:  "bpf: Allow ld_imm64 instruction to point to kfunc.",
		Effect: "the address of a kernel function may be loaded (ld_imm64)"},
	FlowKeysMoved: {Name: "flow-keys-moved", Since: "7.2",
		Title:  "bpf: Fold reg->var_off into PTR_TO_FLOW_KEYS bounds check",
		Effect: "accesses through a moved pointer to flow keys are checked where it points; before (7.1), as if it had not moved"},
	GlobalFuncStats: {Name: "global-func-stats", Since: "7.2", BTF: "member bpf_subprog_info.insns_total",
		Title:  "bpf: Print breakdown of insns processed by subprogs; bpf: Report maximum combined stack depth",
		Effect: "the log ends with the deepest stack, and the instructions of the program and of each global function"},
	FunctionStats: {Name: "function-stats", Since: "7.3",
		Title:  "bpf: Track verifier instruction stats for each subprogram; bpf: Show more useful info in stack depth stats",
		Effect: "the log ends with instructions and stack of each function"},
	LinksCutFirst: {Name: "links-cut-first", Since: "7.3",
		Title:  "bpf: Don't resurrect a scalar id dropped by collect_linked_regs()",
		Effect: "where more registers are linked than a jump can record, the rest are unlinked, even if the jump is decided"},
	LinksShown: {Name: "links-shown", Since: "7.0",
		Title:  "bpf: verifier: Make sync_linked_regs() scratch registers",
		Effect: "the log shows linked registers whose bounds a jump changed"},
	SpillsTracked: {Name: "spills-tracked", Since: "6.9",
		Title:  "bpf: Assign ID to scalars on spill; bpf: Track spilled unbounded scalars; bpf: Preserve boundaries and track scalars on narrowing fill",
		Effect: "every spilled scalar is linked with its register, and narrower fills keep its bounds"},
	LoopsExact: {Name: "loops-exact", Since: "6.9",
		Title:  "bpf: make infinite loop detection in is_state_visited() exact",
		Effect: "an infinite loop is a state that repeats exactly; before, one that differs in imprecise scalars, too"},
	LinkedSums: {Name: "linked-sums", Since: "6.11",
		Title:  `bpf: Track delta between "linked" registers.`,
		Effect: "registers stay linked when a constant is added to one"},
	PacketPointersUnsigned: {Name: "packet-pointers-unsigned", Since: "6.12",
		Title:  "bpf: Fail verification for sign-extension of packet data/data_end/data_meta",
		Effect: "sign-extending loads of packet pointers from the context are refused"},
	ImmediatesApart: {Name: "immediates-apart", Since: "6.10",
		Title:  "bpf: Fix reg_set_min_max corruption of fake_reg",
		Effect: "each branch of a comparison with an immediate has bounds of its own; before, wrongly, the second inherits the first's"},
	MapPointersNotNull: {Name: "map-pointers-not-null", Since: "6.17",
		Title:  "bpf: Make reg_not_null() true for CONST_PTR_TO_MAP",
		Effect: "a pointer to a map is never NULL"},
	LinkedIDsKept: {Name: "linked-ids-kept", Since: "7.0",
		Title:  "bpf: Preserve id of register in sync_linked_regs()",
		Effect: "a scalar whose range follows from one with the same id keeps its own id and BPF_ADD_CONST flag; without it, wrongly, it takes those of the other"},
	PacketEndsCompared: {Name: "packet-ends-compared", Since: "7.0",
		Title:  "bpf: Fix regsafe() for pointers to packet",
		Effect: "pruning compares whether a packet pointer was found at or beyond pkt_end; without it, wrongly, a path on which it lies before is pruned"},
	ArgErrorsKept: {Name: "arg-errors-kept", Since: "6.2",
		Title:  "bpf: Propagate errors from process_* checks in check_func_arg",
		Effect: "a refused bpf_spin_lock, bpf_timer or kptr argument of a helper gives the errno of the refusal; before, always EACCES"},
	PathErrorsKept: {Name: "path-errors-kept", Since: "6.19",
		Title:  "bpf: fix the return value of push_stack",
		Effect: "a program with more than 8192 branches pending gets E2BIG; before, EFAULT or ENOMEM, by the instruction"},
	StatesFreed: {Name: "states-freed", Since: "6.15",
		Title:  "bpf: free verifier states when they are no longer referenced",
		Effect: "peak_states is the largest number of states held at one time; before, the number left at the end"},
	CallbackReferences: {Name: "callback-references", Since: "6.13",
		Title:  "bpf: Drop special callback reference handling",
		Effect: "a reference acquired in a callback may be released outside of it, and others in it; before, both are refused"},
	WidenedByValue: {Name: "widened-by-value", Since: "7.0",
		Title:  "bpf: Relax maybe_widen_reg() constraints",
		Effect: "a scalar with the same range in the next iteration is not widened; before, it is if its id has changed"},
	FlexibleInts: {Name: "flexible-ints", Since: "6.4",
		Title:  "bpf: support access variable length array of integer type",
		Effect: "numbers may be read behind a kernel's struct that ends in an array of them without length, after 6.1.176 in updates of 6.1, too; before, only structs"},
	LocksListed: {Name: "locks-listed", Since: "6.14",
		Title:  "bpf: Consolidate locks and reference state in verifier state",
		Effect: "the log lists locks that are held with the references"},
	DynptrReadsShown: {Name: "dynptr-reads-shown", Since: "6.14",
		Title:  "bpf: Refactor mark_{dynptr,iter}_read",
		Effect: "the log shows a dynptr where it is read, too"},
	RCUProtectionEnforced: {Name: "rcu-protection-enforced", Since: "6.18",
		Title:  "bpf: Enforce RCU protection for KF_RCU_PROTECTED",
		Effect: "kfuncs with KF_RCU_PROTECTED are called in RCU critical sections only, and return MEM_RCU pointers; before, the flag is for iterators, whose next kfunc is refused"},
	LoopBacktracking: {Name: "loop-backtracking", Since: "6.7",
		Title:  "bpf: fix precision backtracking instruction iteration",
		Effect: "precision is backtracked around a loop that begins and ends where a state does; before, it stops at the first instruction"},
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
