package kernellog

import (
	"slices"
	"strings"
)

// From 7.3 on, a block that explains a refusal stands behind its message: its category, then paragraphs under headings. A
// refusal that has led to another has a block of its own.
const explanation = "Verification failed: "

var headings = []string{"Reason:", "At:", "Causal path:", "Suggestion:"}

// Plain is a log without the kernel's explanations. whole is false where the log is a tail that begins within one, so that
// what stood before is not known.
func Plain(log string) (plain string, whole bool) {
	lines := strings.SplitAfter(log, "\n")
	var kept []string // from the last to the first
	for i := len(lines) - 1; i >= 0; i-- {
		if strings.HasPrefix(lines[i], explanation) {
			_, rest := cut(lines[i:])
			kept = append(kept, strings.Join(rest, ""))
			for i > 0 && lines[i-1] == "\n" {
				i--
			}
			lines = lines[:i]
		}
	}
	begun, rest := cut(lines)
	kept = append(kept, strings.Join(rest, ""))
	slices.Reverse(kept)
	return strings.Join(kept, ""), !begun
}

// cut returns the lines behind an explanation, or the rest of one, that is among them; begun is false if none is.
func cut(lines []string) (begun bool, rest []string) {
	for i := len(lines) - 1; i >= 0; i-- {
		if l := lines[i]; slices.Contains(headings, strings.TrimSpace(l)) && !strings.HasPrefix(l, " ") || strings.HasPrefix(l, explanation) {
			end := i + 1
			for end < len(lines) && (lines[end] == "\n" || strings.HasPrefix(lines[end], "  ")) {
				end++
			}
			return true, lines[end:]
		}
	}
	return false, lines
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
