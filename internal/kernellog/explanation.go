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
