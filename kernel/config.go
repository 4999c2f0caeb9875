package kernel

// Config are the facts about a machine, besides its kernel, that a verdict depends on.
type Config struct {
	Lockdown string // "none", "integrity" or "confidentiality"
	JIT      bool   // programs are compiled
	PageSize uint32 // bytes
	CPUs     uint32 // possible ones
	// KprobeOverride is CONFIG_BPF_KPROBE_OVERRIDE: there is bpf_override_return.
	KprobeOverride bool
	// ErrorInjection is CONFIG_FUNCTION_ERROR_INJECTION: system calls and some other functions may be
	// made to fail, and are traced by programs that sleep or replace their result.
	ErrorInjection bool
}

// Config returns the facts about the machine that the model rests on.
func (k *Model) Config() Config { return Config(k.internal().Config()) }
