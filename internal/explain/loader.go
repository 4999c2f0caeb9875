package explain

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/diagnosis"
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/facts"
	"github.com/bpfverdict/bpfverdict/internal/near"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/types"
)

// Refusals by the loader have no path either: their place is where the object refers to what is missing.

// primaryRef says that it went wrong where the object refers to a name, which may be in another of its programs. It
// reports whether it does.
func (s *story) primaryRef(name, label string, kinds ...object.RefKind) bool {
	is := func(r object.Ref) bool { return r.Name == name && slices.Contains(kinds, r.Kind) }
	i := slices.IndexFunc(s.Image.Refs, func(r object.Ref) bool { return is(r) && r.Insn >= 0 })
	if i >= 0 {
		s.primary(s.Image.Refs[i].Insn, label)
		return true
	}
	if i = slices.IndexFunc(s.Image.Refs, is); i < 0 {
		return false
	}
	r := &s.Image.Refs[i]
	s.d.Notes = append(s.d.Notes, fmt.Sprintf("it is `%s` that needs it; of an object that needs what is missing, nothing is loaded", r.Function))
	if r.Line == nil {
		return false
	}
	p := lined(diagnosis.Place{Insn: -1, Label: label, Function: r.Function}, r.Line)
	s.d.Primary = &p
	return true
}

// tellNoKfunc tells of a kernel function that is not there: "extern (func ksym) '%s': not found in kernel or module BTFs".
func (s *story) tellNoKfunc() {
	name := s.text(0)
	s.d.Title = fmt.Sprintf("the kernel function `%s` is not on Linux %s", name, s.Model.Name())
	s.primaryRef(name, "called though it is not there", object.RefExtern)
	s.noteSince(name)
	if hint := s.nearKfunc(name); hint != "" {
		s.help(fmt.Sprintf("did you mean `%s`?", hint))
	}
	s.help(fmt.Sprintf("declare it `__ksym __weak`, and call it only `if (bpf_ksym_exists(%s))`", name))
}

func hasStruct(name string) func(*types.Set) bool {
	return func(set *types.Set) bool { id, _ := set.FindStruct(name); return id != 0 }
}

func hasFunc(name string) func(*types.Set) bool {
	return func(set *types.Set) bool { id, _ := set.FindFunc(name); return id != 0 }
}

// noteKernels notes which kernels have what this one lacks.
func (s *story) noteKernels(what string, has func(*types.Set) bool) {
	list, err := facts.KernelsWith(has)
	switch {
	case err != nil:
	case len(list) == 0:
		s.noteNowhere(what)
	default:
		s.noteList(what, list)
	}
}

// noteList notes the kernels that have something.
func (s *story) noteList(what string, list []string) {
	s.d.Notes = append(s.d.Notes, fmt.Sprintf("of the kernels that are modelled %s is on Linux %s", what, strings.Join(list, ", ")))
}

// tellKfuncType tells of a kernel function that the program declares in another way: "extern (func ksym) '%s': func_proto
// [%d] incompatible with %s [%d]".
func (s *story) tellKfuncType() {
	name := s.text(0)
	s.d.Title = fmt.Sprintf("`%s` is declared otherwise than Linux %s has it", name, s.Model.Name())
	s.primaryRef(name, "called by a declaration that does not fit", object.RefExtern)
	if _, fn := s.Model.Types().FindFunc(name); fn != nil {
		s.d.Notes = append(s.d.Notes, "the kernel has "+declaration(fn))
	}
	s.help("take the declaration from this kernel's vmlinux.h; for several kernels declare it once a form, with suffixes (name___old), each `__weak`")
}

// tellNoVar tells of a kernel variable that is not there: "extern (var ksym) '%s': not found in kernel BTF", "extern
// '%s' (strong): not resolved".
func (s *story) tellNoVar() {
	name := s.text(0)
	s.d.Title = fmt.Sprintf("the kernel variable `%s` is not on Linux %s", name, s.Model.Name())
	s.primaryRef(name, "used though it is not there", object.RefExtern)
	if id, _ := s.Model.Types().FindFunc(name); id != 0 {
		s.d.Notes = append(s.d.Notes, fmt.Sprintf("the kernel has a function `%s`, and no variable", name))
	} else {
		s.noteKernels(fmt.Sprintf("`%s`", name), func(set *types.Set) bool { id, _ := types.Find[*btf.Var](set, name); return id != 0 })
	}
	s.help(fmt.Sprintf("declare it `__ksym __weak`, and use it only `if (&%s)`", name))
}

// tellVarType tells of a kernel variable that the program declares in another way: "extern (var ksym) '%s': incompatible
// types, expected [%d] %s %s, but kernel has [%d] %s %s".
func (s *story) tellVarType() {
	name := s.text(0)
	s.d.Title = fmt.Sprintf("`%s` is declared as another type than Linux %s has", name, s.Model.Name())
	s.primaryRef(name, strings.TrimSpace(fmt.Sprintf("declared as %s %s; the kernel has %s %s", s.text(2), s.text(3), s.text(5), s.text(6))), object.RefExtern)
}

// tellNoTarget tells of a program that attaches to something, which nobody has said.
func (s *story) tellNoTarget() {
	section := strings.TrimPrefix(s.Image.Section, "?")
	s.d.Title = fmt.Sprintf("SEC(%q) does not say what the program attaches to", section)
	s.primaryFunc(0, "this program has no target")
	preset := fmt.Sprintf("where a program sets it before it loads the object, say the same here: --attach %s=TARGET", s.Image.Name)
	if s.Image.Type == abi.PROG_TYPE_EXT {
		s.d.Title = fmt.Sprintf("`%s` replaces a function of another program, and nothing says of which", s.Image.Name)
		s.help(fmt.Sprintf("its loader says which, with bpf_program__set_attach_target(); here it is --attach %s=OBJECT.o:PROGRAM", s.Image.Name))
		return
	}
	s.help(fmt.Sprintf("write it behind a slash: SEC(\"%s/NAME\")", section))
	s.help(preset)
}

// tellNoType tells of a section whose name says nothing: "prog '%s': missing BPF prog type, check ELF section name '%s'".
func (s *story) tellNoType() {
	section := s.text(1)
	s.d.Title = fmt.Sprintf("SEC(%q) says no type of program", section)
	s.primaryFunc(0, "this program has no type")
	kind, _, _ := strings.Cut(section, "/")
	if slices.ContainsFunc(object.Sections(), func(sec object.Section) bool { return sec.Name == kind }) && kind != section {
		s.helpSection(fmt.Sprintf("SEC(%q) stands alone: nothing belongs behind it", kind), kind)
	} else if hint := near.Name(kind, func(yield func(string) bool) {
		for _, sec := range object.Sections() {
			if !yield(sec.Name) {
				return
			}
		}
	}); hint != "" {
		s.helpSection(fmt.Sprintf("did you mean SEC(%q)?", hint+strings.TrimPrefix(section, kind)), hint+strings.TrimPrefix(section, kind))
	}
	s.help(fmt.Sprintf("name the section after its type, such as SEC(\"tc\") or SEC(\"xdp\"); where the loader sets the type: --type %s=TYPE", s.Image.Name))
}

// tellNoHook tells of an attach target that is not there: "prog '%s': failed to find kernel BTF type ID of '%s': -%d".
func (s *story) tellNoHook() {
	target := s.text(1)
	kind, format := "function", "%s"
	switch s.Image.Attach {
	case abi.ATTACH_TRACE_RAW_TP:
		kind, format = "tracepoint", "btf_trace_%s"
	case abi.ATTACH_LSM_MAC, abi.ATTACH_LSM_CGROUP:
		kind, format = "LSM hook", "bpf_lsm_%s"
	case abi.ATTACH_TRACE_ITER:
		kind, format = "iterator", "bpf_iter_%s"
	}
	module, name, found := strings.Cut(target, ":")
	if !found {
		name = target
	}
	s.d.Title = fmt.Sprintf("there is no %s `%s` to attach to on Linux %s", kind, target, s.Model.Name())
	s.primaryFunc(0, fmt.Sprintf("SEC(%q) attaches to it", strings.TrimPrefix(s.Image.Section, "?")))
	if found && module != "vmlinux" {
		s.d.Notes = append(s.d.Notes, fmt.Sprintf("the types of the module %s are needed: --module-btf FILE adds them", module))
	} else {
		full := fmt.Sprintf(format, name)
		s.noteKernels(fmt.Sprintf("the %s `%s`", kind, name), func(set *types.Set) bool {
			if kind == "tracepoint" {
				id, _ := types.Find[*btf.Typedef](set, full)
				return id != 0
			}
			return hasFunc(full)(set)
		})
	}
	nearest := nearTarget[*btf.Func]
	if kind == "tracepoint" {
		nearest = nearTarget[*btf.Typedef]
	}
	if hint := nearest(s, strings.TrimSuffix(format, "%s"), name); hint != "" {
		s.helpSection(fmt.Sprintf("did you mean `%s`?", hint), strings.TrimSuffix(s.Image.Section, name)+hint)
	}
	if kind == "function" {
		s.help("functions that the compiler inlines or renames can't be attached to: take a tracepoint or an LSM hook, which stay")
	}
}

// tellOps tells of a struct_ops that this kernel has not, or has otherwise.
func (s *story) tellOps() {
	name, missing := s.text(0), strings.Contains(s.said.Format, "is not found in")
	s.primaryFunc(0, "the program is one of such a struct, or in an object with one")
	if !missing {
		s.primaryDefined(regexp.MustCompile(`\.`+regexp.QuoteMeta(s.text(1))+`\s*=`), "this member", "")
		s.d.Title = fmt.Sprintf("the struct_ops `%s` sets `%s`, which Linux %s has not, or of another type", name, s.text(1), s.Model.Name())
		s.help(fmt.Sprintf("leave `%s` out, or set it to NULL or 0 before loading where the kernel lacks it", s.text(1)))
		return
	}
	s.d.Title = fmt.Sprintf("Linux %s has no struct_ops of the type struct %s", s.Model.Name(), name)
	s.primaryDefined(regexp.MustCompile(`\bstruct\s+`+regexp.QuoteMeta(name)+`(___\w+)?\s+\w+\s*=`), "programs can't implement such a struct here", "")
	if id, _ := s.Model.Types().FindStruct(name); id != 0 {
		s.d.Notes = append(s.d.Notes, fmt.Sprintf("struct %s is there, and programs may not implement it: that takes a struct bpf_struct_ops_%s", name, name))
	} else {
		s.noteKernels("such a struct_ops", hasStruct("bpf_struct_ops_"+name))
	}
	s.help("put the variable into SEC(\"?.struct_ops\") if programs of the object should be loaded without it")
}

// tellOpsReuse tells of a program that stands for two members of struct_ops.
func (s *story) tellOpsReuse() {
	s.d.Title = fmt.Sprintf("`%s` stands for two members, of which the second is `%s`", s.text(2), s.text(1))
	s.primaryFunc(0, "a program gets its types from one member")
	s.primaryDefined(regexp.MustCompile(`\.`+regexp.QuoteMeta(s.text(1))+`\s*=`), "this is another member", "")
	s.help("write a program for each member; they may call the same function")
}

// tellKconfig tells of an option whose value does not fit its declaration: "extern (kcfg) '%s': ...".
func (s *story) tellKconfig() {
	name := s.text(0)
	s.d.Title = fmt.Sprintf("`%s` is declared as a type that its value does not fit", name)
	what := s.plain()
	if _, rest, ok := strings.Cut(what, "': "); ok {
		what = rest
	}
	if !s.primaryRef(name, what, object.RefExtern) {
		s.primaryFunc(0, what)
	}
}

// tellUnusedOps tells of a struct_ops program that is in no struct.
func (s *story) tellUnusedOps() {
	s.d.Title = fmt.Sprintf("no struct_ops variable has `%s` as a member", s.Image.Name)
	s.primaryFunc(0, "which member it implements is not known")
	s.help(fmt.Sprintf("set a member to it: `SEC(\".struct_ops\") struct … ops = { .member = (void *)%s };`", s.Image.Name))
}

// tellNoMap tells of a map that the kernel does not create.
func (s *story) tellNoMap() {
	name := s.text(0)
	s.d.Title = fmt.Sprintf("the kernel does not create the map `%s`", name)
	label := orElse(s.why, s.plain())
	if !s.primaryRef(name, label, object.RefMap, object.RefData) {
		s.primaryFunc(0, label)
	}
	s.primaryDefined(regexp.MustCompile(`\b`+regexp.QuoteMeta(name)+`(\[\d+\])?\s+SEC\(`), label, "it is used here")
	if strings.HasPrefix(s.said.Format, "Error in") {
		s.d.Notes = append(s.d.Notes, "the loader's words are of its first attempt, with the types of key and value; the second one, without them, is refused, too")
	}
	s.help(fmt.Sprintf("mend its definition; where the loader changes it before it creates it, say the same here: --map %s:max_entries=…, value_size=…, inner=…", name))
}

// declaration is how C declares a function.
func declaration(fn *btf.Func) string {
	proto, _ := fn.Type.(*btf.FuncProto)
	if proto == nil {
		return fn.Name + "()"
	}
	var params []string
	for _, p := range proto.Params {
		params = append(params, joined(cType(p.Type), p.Name))
	}
	return fmt.Sprintf("`%s(%s)`", joined(cType(proto.Return), fn.Name), strings.Join(params, ", "))
}

func joined(typ, name string) string {
	if strings.HasSuffix(typ, "*") {
		return typ + name
	}
	return strings.TrimSpace(typ + " " + name)
}

// cType is how C names a type.
func cType(t btf.Type) string {
	switch t := t.(type) {
	case *btf.Pointer:
		return joined(cType(t.Target), "*")
	case *btf.Const:
		return "const " + cType(t.Type)
	case *btf.Volatile:
		return cType(t.Type)
	case *btf.TypeTag:
		return cType(t.Type)
	case *btf.Struct:
		return "struct " + t.Name
	case *btf.Union:
		return "union " + t.Name
	case *btf.Enum:
		return "enum " + t.Name
	}
	return orElse(types.Name(t), "void")
}
