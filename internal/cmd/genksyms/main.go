// Genksyms writes how a kernel's symbol table differs from the functions of its BTF: "-name" for a function
// without an address, "+name" for a symbol BTF doesn't know. Variables have addresses as the build option
// KALLSYMS_ALL says, so they are left out, and so are names that compilers and the build make up.
//
// The kernel's kernel.go has the command.
package main

import (
	"bufio"
	"log"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/cilium/ebpf/btf"
	"github.com/klauspost/compress/zstd"

	"github.com/bpfverdict/bpfverdict/internal/kmodel"
)

var madeUp = regexp.MustCompile(`\.|^__(pfx_|traceiter|SCT__|SCK__|probestub|initcall|ksymtab|kstrtab)`)

func main() {
	log.SetFlags(0)
	set, err := kmodel.LoadTypes("/sys/kernel/btf/vmlinux")
	if err != nil {
		log.Fatal(err)
	}
	inBTF := map[string]bool{}
	for t, err := range set.Spec().All() {
		if err != nil {
			log.Fatal(err)
		}
		if f, ok := t.(*btf.Func); ok {
			inBTF[f.Name] = true
		}
	}
	f, err := os.Open("/proc/kallsyms")
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	symbols := map[string]bool{}
	var lines []string
	for sc := bufio.NewScanner(f); sc.Scan(); {
		fields := strings.Fields(sc.Text())
		if len(fields) != 3 || symbols[fields[2]] { // a fourth field names a module
			continue
		}
		name := fields[2]
		symbols[name] = true
		if !inBTF[name] && !madeUp.MatchString(name) {
			lines = append(lines, "+"+name)
		}
	}
	for name := range inBTF {
		if !symbols[name] {
			lines = append(lines, "-"+name)
		}
	}
	slices.Sort(lines)
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedBestCompression))
	if err != nil {
		log.Fatal(err)
	}
	if _, err := os.Stdout.Write(enc.EncodeAll([]byte(strings.Join(lines, "\n")+"\n"), nil)); err != nil {
		log.Fatal(err)
	}
}
