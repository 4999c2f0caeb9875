package project

import (
	"fmt"
	"strconv"
	"strings"
)

// Draft is the text of a file for objects at these paths, on these kernels, with these programs refused so far. It is
// made for people to go on with.
func Draft(paths, kernels []string, refused []string) string {
	var b strings.Builder
	b.WriteString("# What bpfverdict checks here: run \"bpfverdict check\" in this folder or one below.\n")
	fmt.Fprintf(&b, "kernels: [%s]\n\nobjects:\n  - paths:\n", strings.Join(quoted(kernels), ", "))
	for _, p := range quoted(paths) {
		fmt.Fprintf(&b, "      - %s\n", p)
	}
	b.WriteString(`    # What the loader does before it loads:
    # set: {debug: true, "cfg.ports[0]": 80}
    # map: {events: max_entries=1024}
    # type: {"classifier/*": sched_cls}
    # attach: {on_open: do_unlinkat}
    # Programs that need not load, or of which one has to:
    # optional: ["*_old"]
    # one-of: [[probe_v1, probe_v2]]
`)
	if len(refused) > 0 {
		b.WriteString("    # Refused when this file was written:\n    expect:\n")
		for _, name := range quoted(refused) {
			fmt.Fprintf(&b, "      %s: failure\n", name)
		}
	}
	return b.String()
}

// quoted are texts as YAML takes them for texts: versions look like numbers there.
func quoted(texts []string) []string {
	out := make([]string, len(texts))
	for i, t := range texts {
		out[i] = strconv.Quote(t)
	}
	return out
}
