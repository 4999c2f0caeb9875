// Genhelpers writes a kernel's helpers.go: the helper prototypes of a source tree and, for each lookup function of
// program types, the prototypes it answers without a condition. What the kernel has otherwise than that source is
// in a YAML file. The kernel's kernel.go has the command.
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
	"sort"
	"strconv"
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/testing/csrc"
)

type proto struct {
	name        string // variable without the bpf_ prefix and the _proto mark
	fn          string
	gpl, pkt    bool
	sleep, fast bool
	ret         string
	args        [5]string
	size        [5]string
	btf         [5]string // struct names
	retBTF      string
}

type entry struct{ id, proto string }

type group struct {
	name    string
	entries []entry
}

func main() {
	log.SetFlags(0)
	src := flag.String("src", "", "kernel source tree")
	pkg := flag.String("package", "", "Go package of the kernel")
	changed := flag.String("changes", "", "YAML file of what the kernel has otherwise than the source")
	special := flag.Bool("special", false, "list conditional answers instead, which the kernel's helper_rules.go has")
	flag.Parse()
	files, err := csrc.Read(*src, "kernel/bpf", "kernel/trace", "net", "drivers/media/rc")
	if err != nil {
		log.Fatal(err)
	}
	uapi, err := csrc.Read(*src, "include/uapi/linux/bpf.h")
	if err != nil {
		log.Fatal(err)
	}
	names := helperNames(uapi[0].Text)
	protos := findProtos(files)
	groups := findGroups(files, *special)
	if *special {
		return
	}
	c := readChanges(*changed)
	groups = c.apply(protos, groups)
	out, err := format.Source(append([]byte(header(*pkg, filepath.Base(*src), *changed)), render(names, protos, groups)...))
	if err != nil {
		log.Fatal(err)
	}
	os.Stdout.Write(out)
}

var fnRE = regexp.MustCompile(`\bFN\((\w+), (\d+),`)

func helperNames(text string) []string {
	var names []string
	for _, m := range fnRE.FindAllStringSubmatch(text, -1) {
		id, _ := strconv.Atoi(m[2])
		if id != len(names) {
			log.Fatalf("helper %s: id %d, want %d", m[1], id, len(names))
		}
		names = append(names, m[1])
	}
	return names
}

var (
	protoHead = regexp.MustCompile(`const struct bpf_func_proto (\w+)(?:\s+\w+)?\s*=\s*\{`)
	fieldRE   = regexp.MustCompile(`\.(\w+)\s*=\s*([^,]+?)\s*,`)
	listRE    = regexp.MustCompile(`BTF_ID_LIST(?:_GLOBAL)?_SINGLE\((\w+),\s*struct,\s*(\w+)\)`)
	sockIDRE  = regexp.MustCompile(`\[BTF_(SOCK|TRACING)_TYPE_(\w+)\]`)
	arrayRE   = regexp.MustCompile(`^&?(\w+)`)
)

// btfNames are the structs behind id lists that are not declared one by one.
var btfNames = map[string]string{
	"TASK": "task_struct", "FILE": "file", "VMA": "vm_area_struct", "SOCK_COMMON": "sock_common",
	"SOCKET": "socket", "UNIX": "unix_sock", "TCP": "tcp_sock", "TCP6": "tcp6_sock", "UDP6": "udp6_sock",
	"TCP_TW": "tcp_timewait_sock", "TCP_REQ": "tcp_request_sock", "MPTCP": "mptcp_sock",
	"tcp_sock_id": "tcp_sock", "bpf_task_pt_regs_ids": "pt_regs",
	"&bpf_sock_from_file_btf_ids[0]": "socket", "&bpf_sock_from_file_btf_ids[1]": "file",
}

var sizes = map[string]string{
	"sizeof(u32)": "4", "sizeof(u64)": "8", "sizeof(s64)": "8", "sizeof(struct iphdr)": "20",
	"sizeof(struct ipv6hdr)": "40", "sizeof(struct tcphdr)": "20",
}

func protoName(v string) string {
	v = strings.TrimPrefix(v, "bpf_")
	return strings.Replace(v, "_proto", "", 1)
}

func findProtos(files []csrc.File) map[string]*proto {
	lists := map[string]string{}
	for _, f := range files {
		for _, m := range listRE.FindAllStringSubmatch(f.Text, -1) {
			lists[m[1]] = m[2]
		}
	}
	structOf := func(v string) string {
		if m := sockIDRE.FindStringSubmatch(v); m != nil {
			return btfNames[m[2]]
		}
		if v == "BPF_PTR_POISON" {
			return ""
		}
		if s := btfNames[v]; s != "" {
			return s
		}
		name := arrayRE.FindStringSubmatch(v)[1]
		if s := btfNames[name]; s != "" {
			return s
		}
		if s := lists[name]; s != "" {
			return s
		}
		log.Fatalf("unknown BTF id list %s", v)
		return ""
	}
	protos := map[string]*proto{}
	for _, b := range csrc.Blocks(files, protoHead) {
		p := &proto{name: protoName(b.Name)}
		for _, m := range fieldRE.FindAllStringSubmatch(b.Body+",", -1) {
			field, v := m[1], strings.Join(strings.Fields(m[2]), " ")
			switch {
			case field == "func":
				p.fn = v
			case field == "gpl_only":
				p.gpl = v == "true"
			case field == "pkt_access":
				p.pkt = v == "true"
			case field == "might_sleep":
				p.sleep = v == "true"
			case field == "allow_fastcall":
				p.fast = v == "true"
			case field == "ret_type":
				p.ret = v
			case field == "ret_btf_id":
				p.retBTF = structOf(v)
			case strings.HasPrefix(field, "arg"):
				i := int(field[3] - '1')
				switch field[5:] {
				case "type":
					p.args[i] = v
				case "size":
					p.size[i] = sizes[v]
					if p.size[i] == "" {
						log.Fatalf("%s: size %s", b.Name, v)
					}
				case "btf_id":
					p.btf[i] = structOf(v)
				}
			}
		}
		protos[p.name] = p
	}
	return protos
}

var (
	groupHead  = regexp.MustCompile(`\n(?:const struct bpf_func_proto \*\s*)?(\w+func_proto)\(enum bpf_func_id func_id,\s*const struct bpf_prog \*prog\)\s*\{`)
	caseRE     = regexp.MustCompile(`(?:case BPF_FUNC_(\w+)|\bdefault):`)
	directRE   = regexp.MustCompile(`^(?:return &(\w+);|func = &(\w+);\s*break;)$`)
	viaRE      = regexp.MustCompile(`^return bpf_get_(trace_printk|trace_vprintk|perf_event_read_value)_proto\(\);$`)
	tunnelRE   = regexp.MustCompile(`^return bpf_get_skb_set_tunnel_proto\(func_id\);$`)
	lockdownRE = regexp.MustCompile(`^return security_locked_down\(\w+\) < 0 \? NULL : (?:&(\w+)|bpf_get_(probe_write)_proto\(\));$`)
)

// findGroups reads the lookup functions. What a case answers under a condition other than
// kernel lockdown is left to the kernel's helper_rules.go.
func findGroups(files []csrc.File, list bool) []group {
	var groups []group
	for _, b := range csrc.Blocks(files, groupHead) {
		g := group{name: strings.TrimSuffix(b.Name, "_func_proto")}
		if b.Name == "tracing_prog_func_proto" && strings.HasSuffix(b.Path, "syscall.c") {
			continue // a weak stand-in for kernels without tracing
		}
		body := regexp.MustCompile(`(?m)^\s*#.*$`).ReplaceAllString(b.Body, "")
		marks := caseRE.FindAllStringSubmatchIndex(body, -1)
		var pending []string
		for i, m := range marks {
			if m[2] < 0 {
				pending = nil
				continue
			}
			end := len(body)
			if i+1 < len(marks) {
				end = marks[i+1][0]
			}
			pending = append(pending, body[m[2]:m[3]])
			code := strings.Join(strings.Fields(body[m[1]:end]), " ")
			if code == "" {
				continue
			}
			var name string
			if d := directRE.FindStringSubmatch(code); d != nil {
				name = protoName(d[1] + d[2])
			} else if d := viaRE.FindStringSubmatch(code); d != nil {
				name = d[1]
			} else if tunnelRE.MatchString(code) {
				name = pending[0]
			} else if d := lockdownRE.FindStringSubmatch(code); d != nil {
				if name = protoName(d[1]); name == "" {
					name = "probe_write_user"
				}
			} else if list {
				fmt.Printf("%s %v: %s\n", g.name, pending, code)
			}
			if name != "" {
				for _, id := range pending {
					g.entries = append(g.entries, entry{id, name})
				}
			}
			pending = nil
		}
		groups = append(groups, g)
	}
	slices.SortFunc(groups, func(a, b group) int { return strings.Compare(a.name, b.name) })
	return groups
}

// expand spells the shorthands of enum bpf_arg_type and bpf_return_type out.
var expand = map[string]string{
	"ARG_PTR_TO_UNINIT_MEM":          "ARG_PTR_TO_MEM | MEM_UNINIT | MEM_WRITE",
	"ARG_PTR_TO_FIXED_SIZE_MEM":      "ARG_PTR_TO_MEM | MEM_FIXED_SIZE",
	"RET_PTR_TO_RINGBUF_MEM_OR_NULL": "RET_PTR_TO_MEM | PTR_MAYBE_NULL | MEM_RINGBUF",
	"RET_PTR_TO_DYNPTR_MEM_OR_NULL":  "RET_PTR_TO_MEM | PTR_MAYBE_NULL",
	"RET_PTR_TO_BTF_ID_TRUSTED":      "RET_PTR_TO_BTF_ID | PTR_TRUSTED",
}

// typeExpr writes a type of the source as a Go expression; kind is ARG or RET.
func typeExpr(v, kind string) string {
	if v == "" {
		return "0"
	}
	var base string
	var flags []string
	for part := range strings.SplitSeq(v, "|") {
		part = strings.TrimSpace(part)
		if e, ok := expand[part]; ok {
			part = e
		} else if rest, ok := strings.CutSuffix(part, "_OR_NULL"); ok && strings.HasPrefix(part, kind) && part != "ARG_CONST_ALLOC_SIZE_OR_ZERO" {
			part = rest + " | PTR_MAYBE_NULL"
		}
		for p := range strings.SplitSeq(part, "|") {
			p = strings.TrimSpace(p)
			if strings.HasPrefix(p, kind) {
				base = p
			} else {
				flags = append(flags, "abi."+p)
			}
		}
	}
	if len(flags) == 0 {
		return "abi." + base
	}
	sort.Strings(flags)
	goType := map[string]string{"ARG": "abi.ArgType", "RET": "abi.RetType"}[kind]
	return fmt.Sprintf("abi.%s | %s(%s)", base, goType, strings.Join(flags, "|"))
}

func render(names []string, protos map[string]*proto, groups []group) []byte {
	order := make([]string, 0, len(protos))
	for n := range protos {
		order = append(order, n)
	}
	sort.Strings(order)

	var b bytes.Buffer
	b.WriteString("import (\n\"github.com/bpfverdict/bpfverdict/internal/abi\"\n\"github.com/bpfverdict/bpfverdict/internal/kdata\"\n)\n\n")
	b.WriteString("// helperNames are the helpers' names by id.\nvar helperNames = []string{\n")
	for i, n := range names {
		fmt.Fprintf(&b, "%d: %q,\n", i, n)
	}
	b.WriteString("}\n\n// helperProtos are all prototypes, sorted by name.\nvar helperProtos = []kdata.HelperProto{\n")
	for _, n := range order {
		p := protos[n]
		fmt.Fprintf(&b, "{Name: %q", n)
		for _, f := range []struct {
			on   bool
			name string
		}{{p.gpl, "GPLOnly"}, {p.pkt, "PktAccess"}, {p.sleep, "MightSleep"}, {p.fast, "AllowFastcall"}} {
			if f.on {
				fmt.Fprintf(&b, ", %s: true", f.name)
			}
		}
		fmt.Fprintf(&b, ", Ret: %s", typeExpr(p.ret, "RET"))
		if p.retBTF != "" {
			fmt.Fprintf(&b, ", RetStruct: %q", p.retBTF)
		}
		var args []string
		for i, a := range p.args {
			if a == "" {
				continue
			}
			s := fmt.Sprintf("%d: {Type: %s", i, typeExpr(a, "ARG"))
			if p.size[i] != "" {
				s += ", Size: " + p.size[i]
			}
			if p.btf[i] != "" {
				s += fmt.Sprintf(", Struct: %q", p.btf[i])
			}
			args = append(args, s+"}")
		}
		if len(args) > 0 {
			fmt.Fprintf(&b, ", Args: [5]kdata.HelperArg{%s}", strings.Join(args, ", "))
		}
		b.WriteString("},\n")
	}
	b.WriteString("}\n\n// helperGroups are what each lookup function answers without a condition.\nvar helperGroups = []kdata.HelperGroup{\n")
	ids := map[string]int{}
	for i, n := range names {
		ids[n] = i
	}
	for _, g := range groups {
		fmt.Fprintf(&b, "{Name: %q, Entries: []kdata.HelperEntry{\n", g.name)
		for _, e := range g.entries {
			if protos[e.proto] == nil {
				log.Fatalf("%s: no prototype %s", g.name, e.proto)
			}
			fmt.Fprintf(&b, "{ID: %d, Proto: %q},\n", ids[e.id], e.proto)
		}
		b.WriteString("}},\n")
	}
	b.WriteString("}\n")
	return b.Bytes()
}
