package main

import (
	"regexp"
	"slices"
	"strings"

	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/testing/kimage"
)

// madeUp are names that compilers and the build make up.
var madeUp = regexp.MustCompile(`\.|^_R|^__(pfx_|traceiter|SCT__|SCK__|probestub|initcall|ksymtab|kstrtab|BTF_ID__|UNIQUE_ID|flags_|syscall_meta_|bpf_trace_)|^(event|print_fmt|types|args)_`)

// symbols is how a kernel's symbol table differs from the functions and variables of its BTF: "-name" for a function
// without an address, "+name" for a symbol that BTF doesn't know and that is no name made up by the build.
func symbols(im *kimage.Image) []byte {
	inBTF, vars := map[string]bool{}, map[string]bool{}
	for t, err := range im.Types.Spec().All() {
		if err != nil {
			break
		}
		switch t := t.(type) {
		case *btf.Func:
			inBTF[t.Name] = true
		case *btf.Var:
			vars[t.Name] = true
		}
	}
	known := map[string]bool{}
	var lines []string
	names := slices.Clone(im.Zero)
	for _, s := range im.Symbols {
		names = append(names, s.Name)
	}
	for _, name := range names {
		if !known[name] && !inBTF[name] && !vars[name] && !madeUp.MatchString(name) {
			lines = append(lines, "+"+name)
		}
		known[name] = true
	}
	for name := range inBTF {
		if !known[name] {
			lines = append(lines, "-"+name)
		}
	}
	slices.Sort(lines)
	return []byte(strings.Join(lines, "\n") + "\n")
}
