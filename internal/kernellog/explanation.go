package kernellog

import (
	"slices"
	"strings"
)

// From 7.3 on, a block that explains a refusal stands between its message and the statistics: its category, then
// paragraphs under headings. Some refusals have a line more behind it.
const explanation = "Verification failed: "

var headings = []string{"Reason:", "At:", "Causal path:", "Suggestion:"}

// Plain is a log without the kernel's explanation. whole is false where the log is a tail that begins within it, so that
// what stood before is not known.
func Plain(log string) (plain string, whole bool) {
	lines := strings.SplitAfter(log, "\n")
	first := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, explanation) })
	inside := first
	for i, l := range lines {
		if slices.Contains(headings, strings.TrimSpace(l)) && !strings.HasPrefix(l, " ") {
			inside = i
		}
	}
	if inside < 0 {
		return log, true
	}
	end := inside + 1
	for end < len(lines) && (lines[end] == "\n" || strings.HasPrefix(lines[end], "  ")) {
		end++
	}
	rest := strings.Join(lines[end:], "")
	if first < 0 {
		return rest, false
	}
	return strings.TrimRight(strings.Join(lines[:first], ""), "\n") + "\n" + rest, true
}

// Explanation is what of an explanation a log has.
type Explanation struct{ Cause, Place, Path, Help bool }

// Explained tells which parts of an explanation a log has. Of one whose beginning is cut off all that stands before what
// is left counts as there.
func Explained(log string) Explanation {
	var e Explanation
	parts := []*bool{&e.Cause, &e.Place, &e.Path, &e.Help}
	first := true
	for line := range strings.Lines(log) {
		i := slices.Index(headings, strings.TrimSpace(line))
		if i < 0 || strings.HasPrefix(line, " ") {
			continue
		}
		*parts[i] = true
		if first && !strings.Contains(log, explanation) {
			for _, p := range parts[:i] {
				*p = true
			}
		}
		first = false
	}
	return e
}
