package diagnosis

var externCodes = []Code{
	{
		ID: "BV2201", Title: "kernel has no such function", Category: Policy,
		Rule:    "A kernel function that a program declares `extern ... __ksym` is in this kernel's BTF, with those types.",
		Why:     "It was renamed, is in a module, came later, or needs an option.",
		Fix:     "Declare it `__weak` and test `bpf_ksym_exists(func)` before the call.",
		Formats: []string{"extern (func ksym) '%s': not found in kernel or module BTFs", "extern (func ksym) '%s': func_proto [%d] incompatible with %s [%d]"},
		Narrow:  []string{"kfunc '%s' is referenced but wasn't resolved"},
	},
	{
		ID: "BV2202", Title: "kernel has no such variable", Category: Policy,
		Rule: "A kernel variable that a program declares `extern ... __ksym` is in this kernel, with that type.",
		Why:  "Its address is taken from there.",
		Fix:  "Declare it `__weak` and test its address. Only per-CPU variables are in BTF; take others as `extern const void name __ksym`.",
		Formats: []string{
			"extern (var ksym) '%s': not found in kernel BTF", "extern (var ksym) '%s': incompatible types, expected [%d] %s %s, but kernel has [%d] %s %s",
			"extern '%s' (strong): not resolved",
		},
	},
	{
		ID: "BV2203", Title: "extern is not valid", Category: ProgramStructure,
		Rule: "An extern is in section .ksyms or .kconfig, and has a type in BTF.",
		Why:  "That says where its value comes from.",
		Fix:  "`extern ... __ksym` or `extern ... __kconfig`, compiled with -g.",
		Formats: []string{
			"failed to find BTF for extern '%s': -3", "failed to find BTF for extern '%s': -%d", "failed to find BTF for extern '%s' [%d] section: -2",
			"extern function %s is unsupported under .kconfig section", "unrecognized extern section '%s'", "data section .ksyms: expected %s to be *Void, not *btf.Var: not supported", "failed to find extern definition for BTF %s '%s'",
			"failed to find extern definition for BTF var '%s'",
		},
	},
	{
		ID: "BV2204", Title: "type does not fit the configuration option", Category: ProgramStructure,
		Rule: "An extern of section .kconfig has a type that its option fits: bool or enum libbpf_tristate for y and m, an integer that is large enough, or an array of char.",
		Why:  "The loader writes the option's value there.",
		Fix:  "Change the type of the extern.",
		Formats: []string{
			"failed to resolve size of extern (kcfg) '%s': -22", "extern (kcfg) '%s': type is unsupported", "failed to determine alignment of extern (kcfg) '%s': 0",
			"extern (kcfg) '%s': %d bytes are too many", "extern (kcfg) '%s': the .kconfig map gets too large", "extern (kcfg) '%s': unrecognized virtual extern",
			"failed to parse '%s': no value", "extern (kcfg) '%s': value '%s' isn't a valid integer", "extern (kcfg) '%s': value '%s' implies integer type",
			"extern (kcfg) '%s': value '%c' implies tristate or char type", "extern (kcfg) '%s': value '%c' implies bool, tristate, or char type",
			"extern (kcfg) '%s': value '%s' implies char array type", "extern (kcfg) '%s': invalid string config '%s'",
			"extern (kcfg) '%s': value '%d' implies integer, char, or boolean type", "extern (kcfg) '%s': value '%d' isn't boolean compatible",
			"extern (kcfg) '%s': value '%d' doesn't fit in %d bytes",
		},
	},
}
