// Genkfuncs writes a kernel's kfuncs.go: the sets of kernel functions that a source tree registers for programs, with
// flags and program types. What the kernel has otherwise than that source is in a YAML file. The kernel's
// kernel.go has the command.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"go/format"
	"log"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/testing/csrc"
)

type set struct {
	name        string
	filter      string
	types       []string // program types without BPF_PROG_TYPE_
	fmodret     bool
	deviceBound bool
	kfuncs      []kfunc
}

type kfunc struct {
	name  string
	flags []string
}

var (
	startRE  = regexp.MustCompile(`\bBTF_(?:KFUNCS|SET8)_START\((\w+)\)`)
	entryRE  = regexp.MustCompile(`\bBTF_ID_FLAGS\(func,\s*(\w+)(?:,\s*([\w|\s]+))?\)`)
	idsetRE  = regexp.MustCompile(`struct btf_kfunc_id_set (\w+)\s*=\s*\{`)
	memberRE = regexp.MustCompile(`\.(set|filter)\s*=\s*&?(\w+)`)
	regRE    = regexp.MustCompile(`register_btf_kfunc_id_set\(\s*BPF_PROG_TYPE_(\w+),\s*&(\w+)\s*\)`)
	fmodRE   = regexp.MustCompile(`register_btf_fmodret_id_set\(\s*&(\w+)\s*\)`)
)

// metadataKfuncs are defined by a macro over a list that is not in the file that registers them.
var metadataKfuncs = []kfunc{
	{"bpf_xdp_metadata_rx_timestamp", []string{"TRUSTED_ARGS"}},
	{"bpf_xdp_metadata_rx_hash", []string{"TRUSTED_ARGS"}},
	{"bpf_xdp_metadata_rx_vlan_tag", []string{"TRUSTED_ARGS"}},
}

func main() {
	log.SetFlags(0)
	src := flag.String("src", "", "kernel source tree")
	pkg := flag.String("package", "", "Go package of the kernel")
	changed := flag.String("changes", "", "YAML file of what the kernel has otherwise than the source")
	plain := flag.Bool("plain", false, "list what the source has, one a line, without the changes")
	flag.Parse()
	var paths []string
	for _, p := range []string{"kernel", "net", "fs", "drivers/hid/bpf", "mm"} {
		if _, err := os.Stat(*src + "/" + p); err == nil {
			paths = append(paths, p)
		}
	}
	files, err := csrc.Read(*src, paths...)
	if err != nil {
		log.Fatal(err)
	}
	var sets []*set
	for _, f := range files {
		if strings.Contains(f.Text, "btf_kfunc_id_set") && !strings.HasSuffix(f.Path, "bpf/btf.c") {
			sets = append(sets, setsOf(f)...)
		}
	}
	if *plain {
		for _, s := range sets {
			for _, k := range s.kfuncs {
				fmt.Println(k.name, strings.Join(k.flags, "|"), s.name, s.types, s.filter)
			}
		}
		return
	}
	c := readChanges(*changed)
	sets = c.apply(sets)
	slices.SortFunc(sets, func(a, b *set) int { return strings.Compare(a.name, b.name) })
	out, err := format.Source(append(header(*pkg, filepath.Base(*src), *changed), render(sets)...))
	if err != nil {
		log.Fatal(err)
	}
	os.Stdout.Write(out)
}

// setsOf reads one file: several registrations may share a list of functions.
func setsOf(f csrc.File) []*set {
	lists := map[string]*set{}
	var order []*set
	for _, m := range startRE.FindAllStringSubmatchIndex(f.Text, -1) {
		name := f.Text[m[2]:m[3]]
		end := strings.Index(f.Text[m[1]:], "_END("+name)
		if end < 0 {
			continue
		}
		s := &set{name: name}
		for _, e := range entryRE.FindAllStringSubmatch(f.Text[m[1]:m[1]+end], -1) {
			k := kfunc{name: e[1]}
			for fl := range strings.SplitSeq(e[2], "|") {
				if fl = strings.TrimSpace(fl); fl != "" {
					k.flags = append(k.flags, strings.TrimPrefix(fl, "KF_"))
				}
			}
			s.kfuncs = append(s.kfuncs, k)
		}
		if strings.HasPrefix(name, "xdp_metadata") {
			s.kfuncs = metadataKfuncs
		}
		lists[name] = s
		order = append(order, s)
	}
	byVar := map[string]*set{}
	for _, b := range csrc.Blocks([]csrc.File{f}, idsetRE) {
		var s *set
		filter := ""
		for _, m := range memberRE.FindAllStringSubmatch(b.Body, -1) {
			if m[1] == "set" {
				s = lists[m[2]]
			} else {
				filter = m[2]
			}
		}
		if s == nil {
			log.Fatalf("%s: %s has no list", f.Path, b.Name)
		}
		s.filter = filter
		byVar[b.Name] = s
	}
	for _, m := range regRE.FindAllStringSubmatch(f.Text, -1) {
		if s := byVar[m[2]]; s != nil {
			s.types = append(s.types, m[1])
		}
	}
	for _, m := range fmodRE.FindAllStringSubmatch(f.Text, -1) {
		if s := byVar[m[1]]; s != nil {
			s.fmodret = true
		}
	}
	return order
}

func render(sets []*set) []byte {
	var b bytes.Buffer
	b.WriteString("import (\n\"github.com/bpfverdict/bpfverdict/internal/abi\"\n\"github.com/bpfverdict/bpfverdict/internal/kdata\"\n)\n\n")
	b.WriteString("// kfuncSets are the registered sets, sorted by name.\nvar kfuncSets = []kdata.KfuncSet{\n")
	for _, s := range sets {
		if len(s.types) == 0 && !s.fmodret {
			continue
		}
		fmt.Fprintf(&b, "{Name: %q", s.name)
		if s.filter != "" {
			fmt.Fprintf(&b, ", Filter: %q", s.filter)
		}
		if len(s.types) > 0 {
			fmt.Fprintf(&b, ", Types: []abi.ProgType{%s}", prefixed("abi.PROG_TYPE_", s.types, ", "))
		}
		if s.fmodret {
			b.WriteString(", ModifyReturn: true")
		}
		if s.deviceBound {
			b.WriteString(", DeviceBound: true")
		}
		b.WriteString(", Kfuncs: []kdata.Kfunc{\n")
		for _, k := range s.kfuncs {
			fmt.Fprintf(&b, "{Name: %q", k.name)
			if len(k.flags) > 0 {
				fmt.Fprintf(&b, ", Flags: %s", prefixed("abi.KF_", k.flags, " | "))
			}
			b.WriteString("},\n")
		}
		b.WriteString("}},\n")
	}
	b.WriteString("}\n")
	return b.Bytes()
}

// prefixed writes names as Go constants.
func prefixed(prefix string, names []string, sep string) string {
	return prefix + strings.Join(names, sep+prefix)
}

// header says what a file was made from.
func header(pkg, src, file string) []byte {
	return fmt.Appendf(nil, "// Code generated by internal/cmd/genkfuncs from the sources of %s and %s. DO NOT EDIT.\n\npackage %s\n\n", src, file, pkg)
}
