package main

import (
	"fmt"
	"strings"

	"github.com/bpfverdict/bpfverdict/machine"
)

// known is a way in which programs that a kernel accepts do harm all the same, by number: testdata/cases.bpf.c has an
// example of each.
type known struct {
	number int
	what   string
	is     func(f *machine.Fault, insn string) bool
}

var cases = []known{
	{1, "kernels before 7.1 let bpf_rbtree_remove, _left and _right be passed a node that may be NULL, which they read",
		func(f *machine.Fault, insn string) bool {
			return f.Kind == machine.NullPointer && strings.Contains(insn, "call bpf_rbtree_")
		}},
}

// knownCase is what a fault is an example of; "" for a new one.
func knownCase(f *machine.Fault, insn string) string {
	for _, c := range cases {
		if c.is(f, insn) {
			return fmt.Sprintf("case %d: %s", c.number, c.what)
		}
	}
	return ""
}
