package main

import (
	"bytes"
	"fmt"

	"github.com/bpfverdict/bpfverdict/internal/testing/kimage"
)

// lists are the image's sets of functions that tables have, by the name of the Go variable.
var lists = []struct{ variable, set, doc string }{
	{"lsmDisabled", "bpf_lsm_disabled_hooks", "security hooks that programs may not implement"},
	{"lsmSleepable", "sleepable_lsm_hooks", "security hooks that are called where sleeping is allowed"},
	{"lsmUntrusted", "untrusted_lsm_hooks", "security hooks whose objects are not fully set up or being freed"},
	{"lsmBool", "bool_lsm_hooks", "security hooks that return 0 or 1"},
	{"noReturn", "noreturn_deny", "functions that never return"},
	{"traceDenied", "btf_id_deny", "functions that the tracing machinery calls itself"},
	{"rcuProtected", "rcu_protected_types", "structs whose last reference is dropped only after an RCU grace period"},
}

func sets(im *kimage.Image) ([]byte, error) {
	var b bytes.Buffer
	for _, l := range lists {
		names, ok := im.Set(l.set)
		if !ok {
			return nil, fmt.Errorf("the image has no set %s", l.set)
		}
		fmt.Fprintf(&b, "// %s are %s: the set %s.\nvar %s = []string{\n", l.variable, l.doc, l.set, l.variable)
		for _, n := range names {
			fmt.Fprintf(&b, "%q,\n", n)
		}
		b.WriteString("}\n\n")
	}
	return b.Bytes(), nil
}
