package explain

import "sync"

// group are refusals that are told of alike, by format.
type group struct {
	tell    func(*story)
	formats []string
}

// tellers finds who tells of a refusal.
var tellers = sync.OnceValue(func() map[string]func(*story) {
	byFormat := map[string]func(*story){}
	for format, t := range tales() {
		byFormat[format] = t.tell
	}
	for _, g := range groups() {
		for _, format := range g.formats {
			byFormat[format] = g.tell
		}
	}
	return byFormat
})

func groups() []group {
	return []group{
		{(*story).tellLeak, []string{"Unreleased reference id=%d alloc_insn=%d"}},
		{tellOpen(&lockSection), []string{"%s cannot be used inside bpf_spin_lock-ed region", "bpf_spin_unlock is missing"}},
		{tellOpen(&irqSection), []string{"%s cannot be used inside bpf_local_irq_save-ed region"}},
		{tellOpen(&rcuSection), []string{"%s cannot be used inside bpf_rcu_read_lock-ed region", "bpf_rcu_read_unlock is missing"}},
		{tellOpen(&preemptSection), []string{
			"%s cannot be used inside bpf_preempt_disable-ed region", "1 bpf_preempt_enable is missing", "%d bpf_preempt_enable(s) are missing",
		}},
		{(*story).tellBounds, []string{
			"invalid access to map value, value_size=%d off=%d size=%d",
			"invalid access to map key, key_size=%d off=%d size=%d",
			"invalid access to memory, mem_size=%d off=%d size=%d",
			"invalid access to packet, off=%d size=%d, R%d(id=%d,off=%d,r=%d)",
			"R%d unbounded memory access, make sure to bounds check any such access",
			"R%d min value is negative, either use unsigned index or do a if (index >=0) check.",
			"invalid%s stack R%d off=%d size=%d",
			"invalid variable-offset%s stack R%d var_off=%s off=%d size=%d",
			"invalid unbounded variable-offset%s stack R%d",
			"math between %s pointer and register with unbounded min value is not allowed",
			"math between %s pointer and %d is not allowed",
			"value %d makes %s pointer be out of bounds",
			"%s pointer offset %d is not allowed",
		}},
		{(*story).tellSleep, []string{
			"kernel func %s is sleepable within %s", "sleepable helper %s#%d in %s", "sleepable global function %s() called in %s",
			"global functions that may sleep are not allowed in non-sleepable context,\ni.e., in a RCU/IRQ/preempt-disabled section, or in\na non-sleepable BPF program context",
		}},
		{(*story).tellAccess, []string{"R%d invalid mem access '%s'"}},
		{(*story).tellEarlySum, []string{"R%d pointer arithmetic on %s prohibited, null-check it first"}},
		{(*story).tellReturn, []string{"%s the register %s has%s should have been in [%d, %d]"}},
		{(*story).tellContext, []string{"invalid bpf_context access off=%d size=%d"}},
		{(*story).tellUnresolved, []string{"invalid func %s#%d"}},
		{(*story).tellLoop, []string{"infinite loop detected at insn %d"}},
		{(*story).tellComplex, []string{"BPF program is too large. Processed %d insn", "The sequence of %d jumps is too complex.", "The sequence of %d jumps is too complex for async cb."}},
		{(*story).tellHelper, []string{"program of this type cannot use helper %s#%d", "unknown func %s#%d"}},
		{(*story).tellKfunc, []string{"calling kernel function %s is not allowed"}},
		{tellMap(mayNotSleep), []string{"Sleepable programs can only use array, hash, ringbuf and local storage maps",
			"Sleepable programs can only use array, hash, and ringbuf maps", "Sleepable programs can only use array and hash maps"}},
		{(*story).tellRecursion, []string{"recursive call from %s() to %s()"}},
		{tellCalling("thrown here", isThrow), []string{"exception cb only supports single integer argument", "exception cb cannot return void"}},
		{tellCalling("the tail call is here", isTailCall), []string{"tail_call is only allowed in functions that return 'int'."}},
		{tellCalling("the load is here", isPacketLoad), []string{"LD_ABS is only allowed in functions that return 'int'."}},
		{tellMap(hasSpecialFields), []string{
			"tracing progs cannot use bpf_spin_lock yet", "tracing progs cannot use bpf_timer yet", "tracing progs cannot use bpf_wq yet",
			"tracing progs cannot use bpf_{list_head,rb_root} yet", "socket filter progs cannot use bpf_spin_lock yet",
		}},
		{(*story).tellSymbol, []string{"ldimm64 failed to find the address for kernel symbol '%s'."}},
		{(*story).tellAttach, []string{
			"%s is not sleepable", "%s() is not modifiable", "attach_btf_id %d points to disabled hook %s",
			"attach to unsupported member %s of struct %s", "struct ops programs must have a GPL compatible license",
		}},
		{tellFunc("the program names more than one exception callback"), []string{"multiple exception callback tags for main subprog"}},
		{tellFunc("a global function must return an integer, or nothing"), []string{
			"Global function %s() doesn't return scalar. Only those are supported.", "Global function %s() return value not void or scalar. Only those are supported.",
		}},
		{tellFunc("functions for packet metadata serve only programs that are loaded for one device"), []string{"metadata kfuncs require device-bound program"}},
		{(*story).tellDepth, []string{
			"combined stack size of %d calls is %d. Too large", "the call stack of %d frames is too deep !", "the call stack of %d frames is too deep",
		}},
		{(*story).tellNoKfunc, []string{"extern (func ksym) '%s': not found in kernel or module BTFs"}},
		{(*story).tellKfuncType, []string{"extern (func ksym) '%s': func_proto [%d] incompatible with %s [%d]"}},
		{(*story).tellNoVar, []string{"extern (var ksym) '%s': not found in kernel BTF", "extern '%s' (strong): not resolved"}},
		{(*story).tellVarType, []string{"extern (var ksym) '%s': incompatible types, expected [%d] %s %s, but kernel has [%d] %s %s"}},
		{(*story).tellNoTarget, []string{
			"prog '%s': no BTF-based attach target is specified, use bpf_program__set_attach_target()", "prog '%s': attach program FD is not set",
		}},
		{(*story).tellNoType, []string{"prog '%s': missing BPF prog type, check ELF section name '%s'"}},
		{(*story).tellNoHook, []string{"prog '%s': failed to find kernel BTF type ID of '%s': -%d"}},
		{(*story).tellOps, []string{
			"struct_ops init_kern: struct bpf_struct_ops_%s is not found in kernel BTF", "struct_ops init_kern: struct %s is not found in kernel BTF",
			"struct_ops init_kern: struct %s data is not found in struct bpf_struct_ops_%s",
			"struct_ops init_kern %s: Cannot find member %s in kernel BTF", "struct_ops init_kern %s: Unmatched member type %s %d != %d(kernel)",
			"struct_ops init_kern %s: kernel member %s is not a func ptr", "struct_ops init_kern %s: Error in size of member %s: %d != %d(kernel)",
		}},
		{(*story).tellOpsReuse, []string{
			"struct_ops init_kern %s func ptr %s: invalid reuse of prog %s in sec %s with type %d: attach_btf_id %d != kern_type_id %d",
			"struct_ops init_kern %s func ptr %s: invalid reuse of prog %s in sec %s with type %d: expected_attach_type %d != kern_member_idx %d",
		}},
		{(*story).tellKconfig, []string{
			"extern (kcfg) '%s': value '%s' isn't a valid integer", "extern (kcfg) '%s': value '%s' implies integer type",
			"extern (kcfg) '%s': value '%c' implies tristate or char type", "extern (kcfg) '%s': value '%c' implies bool, tristate, or char type",
			"extern (kcfg) '%s': value '%s' implies char array type", "extern (kcfg) '%s': value '%d' implies integer, char, or boolean type",
			"extern (kcfg) '%s': value '%d' isn't boolean compatible", "extern (kcfg) '%s': value '%d' doesn't fit in %d bytes",
		}},
		{(*story).tellUnusedOps, []string{
			"prog '%s': SEC(\"struct_ops\") program isn't referenced anywhere, did you forget to use it?",
			"prog '%s': skipped loading: no struct_ops map of this kernel uses it",
		}},
		{(*story).tellNoMap, []string{
			"map '%s': failed to create: %v(-%d)", "map '%s': failed to create inner map: -%d",
			"Error in bpf_create_map_xattr(%s):%v(-%d). Retrying without BTF.",
		}},
		{tellInsn("the callback that catches exceptions can't be called: the kernel runs it when one is thrown"), []string{"insn %d cannot call exception cb directly"}},
		{(*story).tellReserved, []string{
			"BPF_ALU uses reserved fields", "BPF_NEG uses reserved fields", "BPF_END uses reserved fields", "BPF_MOV uses reserved fields",
			"BPF_JMP/JMP32 uses reserved fields", "BPF_LDX uses reserved fields", "BPF_STX uses reserved fields", "BPF_XADD uses reserved fields", "BPF_ST uses reserved fields",
			"BPF_CALL uses reserved fields", "BPF_JA uses reserved fields", "BPF_JA|BPF_X uses reserved fields", "BPF_EXIT uses reserved fields", "BPF_LD_IMM64 uses reserved fields",
			"BPF_LD_[ABS|IND] uses reserved fields",
		}},
		{(*story).tellEnd, []string{"last insn is not an exit or jmp"}},
		{(*story).tellBackEdge, []string{"back-edge from insn %d to %d"}},
		{tellInsn("this is the second half of an instruction, and is jumped to"), []string{"jump into the middle of ldimm64 insn %d"}},
		{tellInsn("no path of the program leads here"), []string{"unreachable insn %d"}},
		{tellInsn("this jumps out of the program"), []string{"jump out of range from insn %d to %d"}},
		{tellInsn("this may not be called where the exception can't be caught"), []string{"bpf_throw kfunc (insn %d) cannot be called from callback subprog %d"}},
	}
}
