// Package kernellog reads what a kernel's verifier said: its log as BPF_PROG_LOAD returns it, or as loaders, terminals and
// dmesg show it, whole or in part.
package kernellog

import (
	"slices"
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/lazyregexp"
)

// branchBefore is the branch that a path came from: before 6.4 a log that goes back to it has lost the end of its line, and
// what is said first of the path follows in the same line.
var branchBefore = lazyregexp.New(`^\d+: \([0-9a-f]{2}\) if \S+ \S+ \S+ goto pc[+-]\d+ +([^ ;])`)

// statistics are how the lines begin that follow the message.
var statistics = []string{"verification time ", "stack depth ", "subprog ", "insns processed ", "processed "}

// statisticsBehind are the first statistics, whichever a kernel writes.
var statisticsBehind = lazyregexp.New(`(verification time \d+ usec|processed \d+ insns \(limit \d+\) .*)$`)

// LastMessage is the last line of a verifier log before the statistics, "" if there is none or if it was cut off.
func LastMessage(log string) string {
	log, _ = Plain(log)
	lines := strings.Split(strings.TrimRight(log, "\n"), "\n")
	for i := len(lines) - 1; i >= 0; i-- {
		l := lines[i]
		if slices.ContainsFunc(statistics, func(s string) bool { return strings.HasPrefix(l, s) }) {
			continue
		}
		// A message without a newline runs into the statistics.
		if at := statisticsBehind().FindStringIndex(l); at != nil {
			l = l[:at[0]]
		}
		if m := branchBefore().FindStringSubmatchIndex(l); m != nil {
			l = l[m[2]:]
		}
		return l
	}
	return ""
}
