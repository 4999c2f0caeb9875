package kmodel

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

// YAML is the function as ParseKfuncOverlay reads it, an item of the list.
func (o *KfuncOverlay) YAML() string {
	var s strings.Builder
	fmt.Fprintf(&s, "  - name: %s\n", o.Name)
	field := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&s, "    %s: %s\n", name, value)
		}
	}
	list := func(name string, values []string) {
		if len(values) > 0 {
			field(name, "["+strings.Join(values, ", ")+"]")
		}
	}
	field("module", o.Module)
	list("flags", slices.DeleteFunc(slices.Sorted(maps.Keys(kfuncFlagNames)), func(name string) bool {
		return o.Flags&kfuncFlagNames[name] == 0 || name == oldSpinlockSafe
	}))
	var types []string
	for _, t := range o.Types {
		if t != abi.PROG_TYPE_UNSPEC || o.Destroys != "" || o.ModifyReturn { // which else says nothing
			types = append(types, t.String())
		}
	}
	list("types", types)
	field("prototype", o.Prototype)
	field("destroys", o.Destroys)
	if o.ModifyReturn {
		field("modify_return", "true")
	}
	return s.String()
}
