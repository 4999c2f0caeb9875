package kimage

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Proto is the prototype of a helper, its types as Go source.
type Proto struct {
	Name   string // as tables have it: the symbol without bpf_ and _proto
	Sleeps bool
	Args   [5]string
	Row    string // of the table of prototypes
}

// Protos are all prototypes, sorted by name.
func (im *Image) Protos() ([]Proto, error) {
	r, err := newProtoReader(im)
	if err != nil {
		return nil, err
	}
	var list []Proto
	for _, s := range r.symbols() {
		p, err := r.proto(s)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.Name, err)
		}
		list = append(list, p)
	}
	return list, nil
}

// protoReader reads prototypes, struct bpf_func_proto, as the kernel's types say they are laid out.
type protoReader struct {
	im         *Image
	size       int
	off, width map[string]uint64
	args, rets *typeWords
}

// protoFlags are the members that say yes or no, and what they are called in tables. Older kernels lack some.
var protoFlags = []struct{ member, name string }{
	{"gpl_only", "GPLOnly"}, {"pkt_access", "PktAccess"}, {"might_sleep", "MightSleep"}, {"allow_fastcall", "AllowFastcall"},
}

func newProtoReader(im *Image) (*protoReader, error) {
	r := &protoReader{im: im, off: map[string]uint64{}, width: map[string]uint64{}}
	_, s := im.Types.FindStruct("bpf_func_proto")
	if s == nil {
		return nil, fmt.Errorf("no struct bpf_func_proto")
	}
	r.size = int(s.Size)
	for _, m := range []string{"ret_type", "ret_btf_id", "arg1_type", "arg1_btf_id"} {
		off, _, err := im.Field("bpf_func_proto", m)
		if err != nil {
			return nil, err
		}
		r.off[m] = off
	}
	for _, f := range protoFlags {
		if off, _, err := im.Field("bpf_func_proto", f.member); err == nil {
			r.off[f.member] = off
		}
	}
	flags := im.Enum("bpf_type_flag")
	r.args = newTypeWords("ARG", "abi.ArgType", im.Enum("bpf_arg_type"), flags)
	r.rets = newTypeWords("RET", "abi.RetType", im.Enum("bpf_return_type"), flags)
	return r, nil
}

var protoName = regexp.MustCompile(`^(bpf|sk)_\w+_proto(_\w+)?$`)

// symbols are those of prototypes, sorted by the name that tables have: without bpf_ and _proto.
func (r *protoReader) symbols() []Symbol {
	found := map[string]Symbol{}
	for _, s := range r.im.Symbols {
		if s.Code() || !protoName.MatchString(s.Name) || r.im.Bytes(s.Addr, r.size) == nil {
			continue
		}
		// A prototype without a function is the tail call's, or stands in for one of another file's.
		if r.im.Uint(s.Addr, 8) == 0 && s.Name != "bpf_tail_call_proto" {
			continue
		}
		s.Name = strings.Replace(strings.TrimPrefix(s.Name, "bpf_"), "_proto", "", 1)
		found[s.Name] = s
	}
	return slices.SortedFunc(maps.Values(found), func(a, b Symbol) int { return strings.Compare(a.Name, b.Name) })
}

// proto reads one prototype.
func (r *protoReader) proto(p Symbol) (out Proto, err error) {
	var b strings.Builder
	out.Name = p.Name
	fmt.Fprintf(&b, "{Name: %q", p.Name)
	for _, f := range protoFlags {
		if off, ok := r.off[f.member]; ok && r.im.Uint(p.Addr+off, 1) != 0 {
			fmt.Fprintf(&b, ", %s: true", f.name)
			out.Sleeps = out.Sleeps || f.name == "MightSleep"
		}
	}
	ret, err := r.rets.expr(r.im.Uint(p.Addr+r.off["ret_type"], 4))
	if err != nil {
		return out, err
	}
	fmt.Fprintf(&b, ", Ret: %s", ret)
	if id := r.im.Uint(p.Addr+r.off["ret_btf_id"], 8); id != 0 {
		if name := r.im.TypeName(uint32(r.im.Uint(id, 4))); name != "" {
			fmt.Fprintf(&b, ", RetStruct: %q", name)
		}
	}
	var args []string
	for i := range uint64(5) {
		word := r.im.Uint(p.Addr+r.off["arg1_type"]+4*i, 4)
		if word == 0 {
			continue
		}
		typ, err := r.args.expr(word)
		if err != nil {
			return out, err
		}
		out.Args[i] = typ
		arg := fmt.Sprintf("%d: {Type: %s", i, typ)
		// A number of bytes for memory, a type id's address for typed pointers.
		switch more, s := r.im.Uint(p.Addr+r.off["arg1_btf_id"]+8*i, 8), spelledOut[r.args.base[word]]; {
		case s.size != 0:
			arg += fmt.Sprintf(", Size: %d", s.size)
		case more == 0:
		case more < 1<<20:
			arg += fmt.Sprintf(", Size: %d", more)
		default:
			name := r.im.TypeName(uint32(r.im.Uint(more, 4)))
			if variable, ok := strings.CutSuffix(r.im.NameAt(more), "_id"); ok && name == "" {
				name = variable // an id that the kernel looks up when it starts
			}
			if name != "" {
				arg += fmt.Sprintf(", Struct: %q", name)
			}
		}
		args = append(args, arg+"}")
	}
	if len(args) > 0 {
		fmt.Fprintf(&b, ", Args: [5]kdata.HelperArg{%s}", strings.Join(args, ", "))
	}
	b.WriteString("},\n")
	out.Row = b.String()
	return out, nil
}

// typeWords writes a type of an argument or a result in the words of package abi.
type typeWords struct {
	goType string
	base   map[uint64]string
	flags  map[uint64]string
}

// renamed are types and flags that later kernels call otherwise.
var renamed = map[string]string{
	"ARG_MEM_SIZE": "ARG_CONST_SIZE", "ARG_MEM_SIZE_OR_ZERO": "ARG_CONST_SIZE_OR_ZERO",
	"ARG_PTR_TO_ALLOC_MEM": "ARG_PTR_TO_RINGBUF_MEM", "RET_PTR_TO_ALLOC_MEM": "RET_PTR_TO_MEM", "MEM_ALLOC": "MEM_RINGBUF",
	"ARG_PTR_TO_KPTR":         "ARG_KPTR_XCHG_DEST",
	"MAP_TYPE_CGROUP_STORAGE": "MAP_TYPE_CGROUP_STORAGE_DEPRECATED", "MAP_TYPE_PERCPU_CGROUP_STORAGE": "MAP_TYPE_PERCPU_CGROUP_STORAGE_DEPRECATED",
}

// todays is what a name is called later; a name that has another meaning since then counts only where the later one is
// not there, too.
func todays(name string, among map[string]uint64) string {
	later, ok := renamed[name]
	if _, both := among[later]; ok && !both {
		return later
	}
	return name
}

// spelledOut are types of kernels before 5.17, which had no flags, and the flags that say the same since.
var spelledOut = map[string]struct {
	base  string
	flags []string
	size  int // bytes
}{
	"ARG_PTR_TO_MEM":              {"ARG_PTR_TO_MEM", []string{"MEM_RDONLY"}, 0},
	"ARG_PTR_TO_UNINIT_MEM":       {"ARG_PTR_TO_MEM", []string{"MEM_UNINIT", "MEM_WRITE"}, 0},
	"ARG_PTR_TO_UNINIT_MAP_VALUE": {"ARG_PTR_TO_MAP_VALUE", []string{"MEM_UNINIT", "MEM_WRITE"}, 0},
	"ARG_PTR_TO_INT":              {"ARG_PTR_TO_MEM", []string{"MEM_FIXED_SIZE", "MEM_ALIGNED"}, 4},
	"ARG_PTR_TO_LONG":             {"ARG_PTR_TO_MEM", []string{"MEM_FIXED_SIZE", "MEM_ALIGNED"}, 8},
}

func newTypeWords(prefix, goType string, values, flags map[string]uint64) *typeWords {
	w := &typeWords{goType: goType, base: map[uint64]string{}, flags: map[uint64]string{}}
	for name, v := range values {
		if v < 1<<8 && strings.HasPrefix(name, prefix) {
			w.base[v] = todays(name, values)
		}
	}
	for name, v := range flags {
		if !strings.HasPrefix(name, "__") {
			w.flags[v] = todays(name, flags)
		}
	}
	return w
}

func (w *typeWords) expr(word uint64) (string, error) {
	base := w.base[word&0xff]
	if base == "" {
		return "", fmt.Errorf("unknown type %#x", word)
	}
	var flags []string
	if rest, ok := strings.CutSuffix(base, "_OR_NULL"); ok {
		base, flags = rest, append(flags, "abi.PTR_MAYBE_NULL")
		if rest == "RET_PTR_TO_ALLOC_MEM" {
			flags = append(flags, "abi.MEM_RINGBUF")
		}
		base = todays(base, nil)
	}
	if s, ok := spelledOut[base]; ok && len(w.flags) == 0 {
		base = s.base
		for _, f := range s.flags {
			flags = append(flags, "abi."+f)
		}
	}
	for bit := uint64(1 << 8); bit != 0 && bit <= word; bit <<= 1 {
		if word&bit == 0 {
			continue
		}
		if w.flags[bit] == "" {
			return "", fmt.Errorf("unknown flag %#x", bit)
		}
		flags = append(flags, "abi."+w.flags[bit])
	}
	if len(flags) == 0 {
		return "abi." + base, nil
	}
	slices.Sort(flags)
	return fmt.Sprintf("abi.%s | %s(%s)", base, w.goType, strings.Join(flags, "|")), nil
}
