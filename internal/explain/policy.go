package explain

import (
	"fmt"
	"strings"

	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/facts"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/near"
)

// tellHelper tells of a helper that programs of this type may not call, and which may.
func (s *story) tellHelper() {
	tales()[s.said.Format].tell(s)
	in := &s.Image.Insns[s.Insn]
	s.noteCallers(facts.HelperCallers(s.Model, s.Model.HelperName(in.Imm)))
	if twin := helperTwins[twinKey{s.Image.Type, s.Model.HelperName(in.Imm)}]; twin != "" {
		s.help(fmt.Sprintf("in a program of type %s `bpf_%s` serves instead", s.Image.Type, twin))
	}
}

type twinKey struct {
	prog   abi.ProgType
	helper string
}

// helperTwins are what serves instead of a helper of other program types.
var helperTwins = map[twinKey]string{
	{abi.PROG_TYPE_XDP, "skb_load_bytes"}:         "xdp_load_bytes",
	{abi.PROG_TYPE_XDP, "skb_store_bytes"}:        "xdp_store_bytes",
	{abi.PROG_TYPE_XDP, "skb_change_head"}:        "xdp_adjust_head",
	{abi.PROG_TYPE_XDP, "skb_change_tail"}:        "xdp_adjust_tail",
	{abi.PROG_TYPE_SCHED_CLS, "xdp_load_bytes"}:   "skb_load_bytes",
	{abi.PROG_TYPE_SCHED_CLS, "xdp_store_bytes"}:  "skb_store_bytes",
	{abi.PROG_TYPE_SCHED_CLS, "xdp_adjust_head"}:  "skb_change_head",
	{abi.PROG_TYPE_RAW_TRACEPOINT, "get_stackid"}: "get_stack",
}

// tellKfunc tells of a kernel function that programs of this type may not call, and which may.
func (s *story) tellKfunc() {
	tales()[s.said.Format].tell(s)
	in := &s.Image.Insns[s.Insn]
	if set := int(in.Off); in.IsKfuncCall() && set >= 0 && set < len(s.Image.Types) {
		kf := s.Model.Kfunc(s.Image.Types[set], uint32(in.Imm))
		s.noteCallers(facts.KfuncCallers(s.Model, kf))
	}
}

// typesWith lists the types of programs for which f holds.
func (s *story) typesWith(f func(kmodel.Prog) bool) []string {
	var list []string
	for t := abi.ProgType(1); t.String() != "" && !strings.HasPrefix(t.String(), "unknown") && t < 64; t++ {
		if _, ok := s.Model.CtxType(kmodel.Prog{Type: t}); !ok && t != abi.PROG_TYPE_SYSCALL {
			continue
		}
		if f(kmodel.Prog{Type: t, GPL: true, Sleepable: false}) || f(kmodel.Prog{Type: t, GPL: true, Sleepable: true}) {
			list = append(list, t.String())
		}
	}
	return list
}

// noteCallers notes the sections whose programs may call what is refused.
func (s *story) noteCallers(sections []string) {
	const most = 12
	more := ""
	if n := len(sections) - most; n > 0 {
		sections, more = sections[:most], fmt.Sprintf(", and %d more", n)
	}
	if len(sections) > 0 {
		s.d.Notes = append(s.d.Notes, "it may be called in "+strings.Join(sections, ", ")+more)
	}
}

// tellContext tells of an access to the context where nothing is, or that is not allowed: "invalid bpf_context access
// off=%d size=%d".
func (s *story) tellContext() {
	off := s.number(0)
	size := s.number(1)
	what, verb := fmt.Sprintf("byte %d of the context", off), "read"
	if s.Insn >= 0 {
		if c := s.Image.Insns[s.Insn].Class(); c == insn.ST || c == insn.STX {
			verb = "written"
		}
	}
	ctx, _ := s.Model.CtxType(s.Prog)
	if field := s.contextField(ctx.UserStruct, off); field != "" {
		what = fmt.Sprintf("`%s` of struct %s", field, ctx.UserStruct)
		may := s.typesWith(func(p kmodel.Prog) bool {
			c, _ := s.Model.CtxType(p)
			_, ok := s.Model.CtxAccess(p, off, size, verb == "written")
			return ok && c.UserStruct == ctx.UserStruct
		})
		if len(may) > 0 {
			s.d.Notes = append(s.d.Notes, fmt.Sprintf("`%s` can be %s by programs of type %s", field, verb, strings.Join(may, ", ")))
		}
	}
	s.d.Title = fmt.Sprintf("%s can't be %s by a program of type %s", what, verb, s.Image.Type)
	if strings.HasPrefix(what, "byte") && s.Image.Type == abi.PROG_TYPE_TRACING {
		s.d.Title = fmt.Sprintf("the function that the program is attached to has no argument at byte %d", off)
	}
	s.primary(s.Insn, fmt.Sprintf("%d bytes at byte %d of the context", size, off))
	if reg, ok := s.pointerReg(); ok {
		s.tellHistory(s.here(reg), "")
	}
}

// contextField is the member of a struct at an offset, "" for none.
func (s *story) contextField(name string, off int) string {
	if name == "" {
		return ""
	}
	_, st := s.Model.Types().FindStruct(name)
	if st == nil {
		return ""
	}
	field := ""
	for _, m := range st.Members {
		size, err := btf.Sizeof(m.Type)
		if at := int(m.Offset.Bytes()); err == nil && at <= off && off < at+size {
			field = m.Name
		}
	}
	return field
}

// tellUnresolved tells of an instruction that the loader could not make: a field, kernel function or map that is not there.
func (s *story) tellUnresolved() {
	s.primary(s.Insn, "")
	why := ""
	for _, u := range s.Image.Unresolved {
		if u.Insn == s.Insn {
			why = u.Why
		}
	}
	if why == "" {
		id := s.number(1)
		s.d.Title = fmt.Sprintf("there is no helper %d on Linux %s", id, s.Model.Name())
		s.d.Primary.Label = "the call names a helper that this kernel doesn't have"
		return
	}
	switch {
	case strings.HasPrefix(why, "kfunc"):
		name := between(why, "'", "'")
		s.d.Title = fmt.Sprintf("the kernel function `%s` is not on Linux %s", name, s.Model.Name())
		s.noteSince(name)
		s.d.Primary.Label = "called though it is not there"
		s.help(fmt.Sprintf("call it only where `bpf_ksym_exists(%s)`", name))
		if hint := s.nearKfunc(name); hint != "" {
			s.help(fmt.Sprintf("did you mean `%s`?", hint))
		}
	case strings.HasPrefix(why, "BPF map"):
		s.d.Title = fmt.Sprintf("the map `%s` was not created", between(why, "'", "'"))
		s.d.Primary.Label = "used though it is not there"
	default:
		s.tellRelocation(why)
	}
}

// tellRelocation tells of a field that the kernel's types don't have: "... <byte_off> [5] struct task_struct.state (0:1 @ offset 24)".
func (s *story) tellRelocation(why string) {
	access := between(why, "] ", " (")
	kind := between(why, "<", ">")
	s.d.Title = fmt.Sprintf("`%s` is not in the types of Linux %s", strings.TrimPrefix(access, "struct "), s.Model.Name())
	s.d.Primary.Label = fmt.Sprintf("needs `%s` (%s)", access, kind)
	structName, path, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(access, "struct "), "union "), ".")
	structName, _, _ = strings.Cut(structName, "___")
	_, st := s.Model.Types().FindStruct(structName)
	switch {
	case st == nil:
		s.noteNoStruct(structName)
		if hint := nearTarget[*btf.Struct](s, "", structName); hint != "" {
			s.help(fmt.Sprintf("did you mean struct %s?", hint))
		}
	case path != "":
		field, _, _ := strings.Cut(path, ".")
		if moved, in, err := facts.MemberMoved(s.Model, structName, field); err == nil && moved != "" {
			s.d.Notes = append(s.d.Notes, fmt.Sprintf("`%s` of struct %s is called `%s` here; Linux %s still has it under its old name", field, structName, moved, in.Name))
			s.help(fmt.Sprintf("read `%s` where `%s` does not exist", moved, field))
		} else if hint := nearMember(st, field); hint != "" {
			s.help(fmt.Sprintf("struct %s has a member `%s`: read that where `%s` does not exist", structName, hint, field))
		}
		s.help(fmt.Sprintf("guard the access with bpf_core_field_exists(((struct %s *)0)->%s)", structName, path))
	}
}

// noteNoStruct notes that the kernel has no struct of that name.
func (s *story) noteNoStruct(name string) {
	s.d.Notes = append(s.d.Notes, fmt.Sprintf("there is no struct %s on this kernel", name))
	switch list, err := facts.KernelsWith(hasStruct(name)); {
	case err != nil:
	case len(list) > 0:
		s.noteList("struct "+name, list)
		s.help(fmt.Sprintf("ask whether it exists before: bpf_core_type_exists(struct %s)", name))
	default:
		s.help(fmt.Sprintf("if struct %s is the program's own, its accesses must not be relocated: define it where `preserve_access_index` does not hold, outside of vmlinux.h and of `#pragma clang attribute push`", name))
	}
}

// nearMember is the member of a struct that a name may have become: one with underscores, or one that is near.
func nearMember(st *btf.Struct, name string) string {
	for _, m := range st.Members {
		if m.Name != "" && m.Name != name && strings.Trim(m.Name, "_") == strings.Trim(name, "_") {
			return m.Name
		}
	}
	return near.Name(name, func(yield func(string) bool) {
		for _, m := range st.Members {
			if m.Name != "" && !yield(m.Name) {
				return
			}
		}
	})
}

func between(text, from, to string) string {
	_, rest, ok := strings.Cut(text, from)
	if !ok {
		return ""
	}
	rest, _, _ = strings.Cut(rest, to)
	return rest
}

// nearKfunc is the function of the kernel that a name most likely stands for and that programs may call, "" for none.
func (s *story) nearKfunc(name string) string {
	return near.Typo(name, func(yield func(string) bool) {
		for _, other := range facts.Names[*btf.Func](s.Model.Types()) {
			if d := len(other) - len(name); d < -2 || d > 2 {
				continue
			}
			if id, _ := s.Model.Types().FindFunc(other); s.Model.Kfunc(s.Model.Types(), id) != nil && !yield(other) {
				return
			}
		}
	})
}

// nearTarget is the name that one most likely stands for among those of the kernel's types of a kind, behind a prefix.
func nearTarget[T btf.Type](s *story, prefix, name string) string {
	return near.Typo(name, func(yield func(string) bool) {
		for _, other := range facts.Names[T](s.Model.Types()) {
			if rest, ok := strings.CutPrefix(other, prefix); ok && !yield(rest) {
				return
			}
		}
	})
}

// noteSince notes the first kernel that has a function which this one lacks.
func (s *story) noteSince(kfunc string) {
	r, ok, err := facts.KfuncSince(kfunc)
	switch {
	case err != nil:
	case ok:
		s.d.Notes = append(s.d.Notes, fmt.Sprintf("of the kernels that are modelled, Linux %s is the first that has `%s`", r.Name, kfunc))
	default:
		s.noteNowhere("`" + kfunc + "`")
	}
}

// noteNowhere notes that no model has something.
func (s *story) noteNowhere(what string) {
	s.d.Notes = append(s.d.Notes, fmt.Sprintf("no kernel that is modelled has %s: if a module has it, --module-btf FILE adds the module's types", what))
}
