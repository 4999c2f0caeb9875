package project

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/bpfverdict/bpfverdict/report"
)

// Judge holds what was found about a group's programs on one kernel against what it expects. It marks the programs that are
// as they should be though they are no success, and returns in a line each what is otherwise, beside the programs that
// are not marked and no success.
func (g *Group) Judge(r *report.Result) []string {
	var wrong []string
	for _, glob := range slices.Sorted(maps.Keys(g.Expect)) {
		want, found := g.Expect[glob], false
		for p := range r.Programs() {
			if !match(glob, p.Object, p.Name) {
				continue
			}
			found = true
			switch {
			case p.Verdict != want.Verdict:
				if p.Verdict == report.Success {
					wrong = append(wrong, fmt.Sprintf("%s is accepted on Linux %s, %s is expected", p.Name, p.Kernel, want.Verdict))
				}
			case !strings.Contains(p.Message, want.Message):
				wrong = append(wrong, fmt.Sprintf("%s on Linux %s says %q, %q is expected", p.Name, p.Kernel, p.Message, want.Message))
			default:
				p.Expected = p.Verdict != report.Success
			}
		}
		if !found {
			wrong = append(wrong, fmt.Sprintf("expect: %q fits no program", glob))
		}
	}
	wrong = append(wrong, g.judgeOneOf(r)...)
	for p := range r.Programs() {
		if p.Verdict != report.Success && anyMatch(g.Optional, p.Object, p.Name) {
			p.Expected = true
		}
	}
	return wrong
}

// judgeOneOf marks the programs that need not load because another one does.
func (g *Group) judgeOneOf(r *report.Result) (wrong []string) {
	for _, list := range g.OneOf {
		var loads, refused []*report.Program
		for p := range r.Programs() {
			switch {
			case !anyMatch(list, p.Object, p.Name):
			case p.Verdict == report.Success:
				loads = append(loads, p)
			default:
				refused = append(refused, p)
			}
		}
		if len(loads) == 0 {
			wrong = append(wrong, fmt.Sprintf("one-of: none of %s loads on Linux %s", strings.Join(list, ", "), r.Kernel))
		}
		for _, p := range refused {
			p.Expected = len(loads) > 0
		}
	}
	return wrong
}
