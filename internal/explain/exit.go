package explain

import (
	"fmt"
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/state"
)

// exitStep is the step that a program's exit is told of by: an exit's own line is the function's last brace, or the
// macro that it was written with, so the last step before it on another line says more. It is the refused step
// itself where that is no exit.
func (s *story) exitStep() int {
	if s.last < 0 || s.insnAt(s.last).Code != insn.JMP|insn.EXIT {
		return s.last
	}
	l := s.lineOf(s.steps[s.last].Insn)
	if l == nil || strings.Contains(l.Text, "return") {
		return s.last
	}
	for i := s.last - 1; i >= 0; i-- {
		if s.steps[i].Depth == s.steps[s.last].Depth && !s.sameLine(s.steps[i].Insn, s.steps[s.last].Insn) {
			return i
		}
	}
	return s.last
}

// lastBranch is the last conditional jump on the path before a step and after another, in the function of the last step
// or one that called it; -1 for none.
func (s *story) lastBranch(before, after int) int {
	for i := before; i > after; i-- {
		if s.isBranch(i) && s.steps[i].Depth <= s.steps[before].Depth {
			return i
		}
	}
	return -1
}

// isBranch reports a conditional jump that could have gone both ways.
func (s *story) isBranch(i int) bool {
	in := s.insnAt(i)
	if c := in.Class(); c != insn.JMP && c != insn.JMP32 {
		return false
	}
	switch in.Op() {
	case insn.JA, insn.CALL, insn.EXIT:
		return false
	}
	return true
}

// branchLabel says which way the path goes at a branch.
func (s *story) branchLabel(i int) string {
	if i+1 >= len(s.steps) {
		return ""
	}
	here := s.lineOf(s.steps[i].Insn)
	if here == nil {
		return "the path goes on at instruction " + fmt.Sprint(s.steps[i+1].Insn)
	}
	if truth, ok := s.truth(i, here.Text); ok {
		return fmt.Sprintf("on the path where this is %v", truth)
	}
	for j := i + 1; j < len(s.steps); j++ {
		if l := s.lineOf(s.steps[j].Insn); l != nil && !s.sameLine(s.steps[i].Insn, s.steps[j].Insn) {
			return fmt.Sprintf("on the path that goes on at line %d", l.Line)
		}
	}
	return "on this path"
}

// truth is whether a condition "if (x)" or "if (!x)" held on the path; other conditions may be compiled either way
// round.
func (s *story) truth(i int, text string) (truth, ok bool) {
	in := s.insnAt(i)
	if in.SrcKind() != insn.K || in.Imm != 0 || in.Op() != insn.JEQ && in.Op() != insn.JNE {
		return false, false
	}
	_, cond, found := strings.Cut(text, "if (")
	if !found || strings.Contains(cond, "&&") || strings.Contains(cond, "||") || strings.ContainsAny(cond, "<>") ||
		strings.Contains(cond, "==") || strings.Contains(cond, "!=") {
		return false, false
	}
	jumped := s.steps[i+1].Insn != s.steps[i].Insn+1
	zero := jumped == (in.Op() == insn.JEQ)
	return zero == strings.HasPrefix(strings.TrimSpace(cond), "!"), true
}

// tellLeak tells of a reference that is not given back.
func (s *story) tellLeak() {
	id := s.number(0)
	from := s.number(1)
	took := s.tookStep(uint32(id), state.REF_TYPE_PTR)
	name, callee := "", s.called(from)
	if took >= 0 {
		name = s.nameAt(took)
	}
	what, give := s.resource(callee)
	if id != 0 && took < 0 && callee == "" {
		s.d.Title = "a reference that the program was given is not released"
	} else {
		s.d.Title = fmt.Sprintf("%s %s is not released", what, quoted(name, "of `"+callee+"`"))
		if name == "" && callee == "" {
			s.d.Title = what + " is not released"
		}
	}
	s.tellExit(took, fmt.Sprintf("the program ends here, and %s is lost", quoted(name, "the reference")))
	if took >= 0 {
		s.secondary(took, fmt.Sprintf("%s is taken here, and must be given back", quoted(name, "the reference")))
	} else if callee != "" {
		s.marks = append(s.marks, mark{-1, s.place(from, "the reference is taken here, and must be given back")})
	}
	if give != "" {
		call := fmt.Sprintf(give, orElse(name, "…"))
		text := fmt.Sprintf("release it on every path: `%s` before the program ends", call)
		if name == "" || strings.HasPrefix(callee, "bpf_list_pop") || callee == "bpf_rbtree_remove" { // a node, and not what it is in
			call = ""
		}
		s.helpLeaving(text, call, took, name)
	}
}

// tellExit marks where the path leaves the program, and the branch that led there.
func (s *story) tellExit(after int, label string) {
	step := s.exitStep()
	if step < 0 {
		s.primary(s.Insn, label)
		return
	}
	if step <= after {
		step = s.last
	}
	if line := s.returnAfter(step); line != nil && step > after {
		s.secondary(step, "on the path where this is true")
		p := lined(s.place(s.Insn, label), line)
		s.d.Primary = &p
		return
	}
	if s.isBranch(step) && step > after && step < s.last { // nothing between: the branch is the place
		s.primary(s.steps[step].Insn, strings.Replace(s.branchLabel(step), "on the path where", "where", 1)+", "+label)
	} else {
		s.primary(s.steps[step].Insn, label)
		if b := s.lastBranch(step-1, after); b >= 0 {
			s.secondary(b, s.branchLabel(b))
		}
	}
	s.d.Primary.Insn = s.Insn
}

// returnAfter is the return in the source below a branch that the path leaves the function by, where the compiler
// made no instruction of it; nil if the source doesn't tell.
func (s *story) returnAfter(step int) *object.LineInfo {
	if step < 0 || step >= s.last || !s.isBranch(step) {
		return nil
	}
	l := s.lineOf(s.steps[step].Insn)
	lines := s.source(l)
	other := s.steps[step].Insn + 1
	if s.steps[step+1].Insn == other {
		other += int(s.insnAt(step).Off)
	}
	for n := int(l.Line); n < len(lines) && n < int(l.Line)+3; n++ {
		if col := strings.Index(lines[n], "return"); col >= 0 {
			if o := s.lineOf(other); o != nil && int(o.Line) == n+1 {
				return nil // the other way leads there
			}
			return &object.LineInfo{File: l.File, Line: uint32(n + 1), Col: uint32(col + 1), Text: lines[n]}
		}
	}
	return nil
}

// resource names what a function hands out, and how it is given back: a format of the name.
func (s *story) resource(callee string) (what, give string) {
	for _, r := range resources {
		for _, t := range r.take {
			if t == callee {
				return r.what, r.give
			}
		}
	}
	return "the reference", ""
}

// resources are the pairs of functions that take and give back.
var resources = []struct {
	what string
	take []string
	give string
}{
	{"the ring buffer record", []string{"bpf_ringbuf_reserve"}, "bpf_ringbuf_discard(%s, 0);"},
	{"the ring buffer dynptr", []string{"bpf_ringbuf_reserve_dynptr"}, "bpf_ringbuf_discard_dynptr(%s, 0);"},
	{"the socket", []string{"bpf_sk_lookup_tcp", "bpf_sk_lookup_udp", "bpf_skc_lookup_tcp", "bpf_map_lookup_elem"}, "bpf_sk_release(%s);"},
	{"the task", []string{"bpf_task_acquire", "bpf_task_from_pid", "bpf_task_from_vpid"}, "bpf_task_release(%s);"},
	{"the cgroup", []string{"bpf_cgroup_acquire", "bpf_cgroup_from_id", "bpf_cgroup_ancestor"}, "bpf_cgroup_release(%s);"},
	{"the CPU mask", []string{"bpf_cpumask_create", "bpf_cpumask_acquire"}, "bpf_cpumask_release(%s);"},
	{"the file", []string{"bpf_get_task_exe_file"}, "bpf_put_file(%s);"},
	{"the object", []string{"bpf_obj_new_impl", "bpf_obj_new", "bpf_refcount_acquire_impl", "bpf_list_pop_front", "bpf_list_pop_back", "bpf_rbtree_remove"}, "bpf_obj_drop(%s);"},
	{"the per-CPU object", []string{"bpf_percpu_obj_new_impl"}, "bpf_percpu_obj_drop(%s);"},
	{"the connection", []string{"bpf_xdp_ct_lookup", "bpf_skb_ct_lookup", "bpf_ct_insert_entry"}, "bpf_ct_release(%s);"},
	{"the key", []string{"bpf_lookup_user_key", "bpf_lookup_system_key"}, "bpf_key_put(%s);"},
	{"the crypto context", []string{"bpf_crypto_ctx_create", "bpf_crypto_ctx_acquire"}, "bpf_crypto_ctx_release(%s);"},
	{"the numbers iterator", []string{"bpf_iter_num_new"}, "bpf_iter_num_destroy(&%s);"},
	{"the pointer that bpf_kptr_xchg returned", []string{"bpf_kptr_xchg"}, ""},
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
