package kernel

// Limits of the verifier and of loading. They have not changed since 5.2 but where a feature says so.
const (
	MaxInsnsProcessed  = 1_000_000 // BPF_COMPLEXITY_LIMIT_INSNS
	MaxJumpSequence    = 8192      // paths waiting to be walked
	MaxStatesPerInsn   = 64        // before a checkpoint with many misses is dropped
	MaxStack           = 512       // bytes a call chain may use
	MaxCallFrames      = 8
	MaxSubprogs        = 256
	MaxUsedMaps        = 64
	MaxUsedBTFs        = 64
	MaxKfuncs          = 256 // different kernel functions called
	MaxKfuncBTFs       = 256
	MaxSpecialFields   = 11 // BTF_FIELDS_MAX
	MaxVarOffset       = 1 << 29
	MaxVarSize         = 1 << 29
	MaxPacketOffset    = 0xffff
	MaxTailCalls       = 33
	MaxFuncArgs        = 5
	MaxTracedFuncArgs  = 12 // MAX_BPF_FUNC_ARGS
	MaxTracepointBytes = 8192
	MaxIterLoopDepth   = 8
)
