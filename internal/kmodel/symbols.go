package kmodel

import (
	"slices"
	"strings"
	"sync"

	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/btfpack"
)

// symbolTable is decoded when first asked.
type symbolTable func() (extra, absent map[string]bool)

// decodeSymbols returns nil for no table.
func decodeSymbols(compressed []byte) symbolTable {
	if len(compressed) == 0 {
		return nil
	}
	return sync.OnceValues(func() (extra, absent map[string]bool) {
		extra, absent = map[string]bool{}, map[string]bool{}
		text, err := btfpack.Decompress(compressed)
		if err != nil {
			panic(err)
		}
		for line := range strings.Lines(string(text)) {
			name := strings.TrimSpace(line)
			if rest, ok := strings.CutPrefix(name, "+"); ok {
				extra[rest] = true
			} else if rest, ok := strings.CutPrefix(name, "-"); ok {
				absent[rest] = true
			}
		}
		return
	})
}

// linked are symbols that every kernel has, as its linker script gives them.
var linked = []string{"__per_cpu_start", "__per_cpu_end", "__per_cpu_load", "_text", "_stext", "_etext", "_sdata", "_edata", "_end", "__bss_start", "__bss_stop", "__start_BTF", "__stop_BTF"}

// HasSymbol reports whether the kernel's symbol table knows the address of a function or variable. Kernels
// built without KALLSYMS_ALL know variables by BTF only. A model whose BTF was replaced, or that has no table, is taken
// to know whatever its BTF and every linker script name.
func (m *Model) HasSymbol(name string) bool {
	m.sawTypes() // it is not for walks
	var absent map[string]bool
	if m.symbols != nil {
		var extra map[string]bool
		if extra, absent = m.symbols(); extra[name] {
			return true
		}
	}
	for _, mod := range m.modules {
		if id, _ := mod.FindFunc(name); id != 0 {
			return true
		}
	}
	for _, t := range m.types.Named(name) {
		switch t.(type) {
		case *btf.Func:
			return !absent[name]
		case *btf.Var:
			return m.symbols == nil || m.kconfig()["CONFIG_KALLSYMS_ALL"] == "y"
		}
	}
	return m.symbols == nil && m.kconfig()["CONFIG_KALLSYMS_ALL"] == "y" && slices.Contains(linked, name)
}
