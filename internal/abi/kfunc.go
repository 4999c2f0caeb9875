package abi

// KfuncFlags are the KF_ flags of a kernel function.
type KfuncFlags uint32

// Flags as the kernel numbers them; KF_TRUSTED_ARGS keeps the bit it had while it was one.
const (
	KF_ACQUIRE KfuncFlags = 1 << iota
	KF_RELEASE
	KF_RET_NULL
	KF_KPTR_GET // until 6.3: what is returned was taken from a field of a map's value
	KF_TRUSTED_ARGS
	KF_SLEEPABLE
	KF_DESTRUCTIVE
	KF_RCU
	KF_ITER_NEW
	KF_ITER_NEXT
	KF_ITER_DESTROY
	KF_RCU_PROTECTED
	KF_FASTCALL
	KF_ARENA_RET
	KF_ARENA_ARG1
	KF_ARENA_ARG2
	KF_IMPLICIT_ARGS
	KF_SPINLOCK_SAFE
	KF_PERFMON // the loader's right to it is not judged here
	KF_FORBID_SLEEP
	KF_FORBID_FAULT // a later name for the rule, with words of its own
)
