package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
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
	for _, s := range im.Symbols {
		if !known[s.Name] && !inBTF[s.Name] && !vars[s.Name] && !madeUp.MatchString(s.Name) {
			lines = append(lines, "+"+s.Name)
		}
		known[s.Name] = true
	}
	for name := range inBTF {
		if !known[name] {
			lines = append(lines, "-"+name)
		}
	}
	slices.Sort(lines)
	return []byte(strings.Join(lines, "\n") + "\n")
}

// kconfig are the lines of a kernel's .config that set something, and what libbpf makes of the kernel.
func kconfig(path, kernel string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var b bytes.Buffer
	sc := bufio.NewScanner(f)
	for sc.Scan() {
		if line := sc.Text(); strings.HasPrefix(line, "CONFIG_") {
			b.WriteString(line + "\n")
		}
	}
	version := 0
	for i, part := range strings.SplitN(kernel, ".", 3) {
		n, err := strconv.Atoi(part)
		if err != nil {
			return nil, fmt.Errorf("version %q: %w", kernel, err)
		}
		version |= min(n, 255) << (16 - 8*i)
	}
	fmt.Fprintf(&b, "LINUX_KERNEL_VERSION=%d\nLINUX_HAS_BPF_COOKIE=1\nLINUX_HAS_SYSCALL_WRAPPER=1\n", version)
	return b.Bytes(), sc.Err()
}
