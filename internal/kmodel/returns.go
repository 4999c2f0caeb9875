package kmodel

import (
	"math"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kdata"
)

// RetRange says which values a program may return.
type RetRange = kdata.RetRange

// RetRange returns what a program may return from its main function. void says that the attach target's
// function (of LSM, struct_ops) returns nothing. struct_ops programs whose member returns a pointer are the
// verifier's business: they return a reference or 0.
func (m *Model) RetRange(p Prog, void bool) RetRange {
	if m.notes() {
		m.note("RetRange", p, void)
	}
	r := RetRange{Min: math.MinInt32, Max: math.MaxInt32}
	switch {
	case p.Type == abi.PROG_TYPE_LSM && p.Attach == abi.ATTACH_LSM_CGROUP:
		if void {
			return RetRange{Min: 1, Max: 1, Checked: true}
		}
		return RetRange{Min: 0, Max: 1, Checked: true}
	case p.Type == abi.PROG_TYPE_LSM && !void:
		lo, hi := m.LSMReturnRange(p.AttachName)
		return RetRange{Min: lo, Max: hi, Checked: true, Ret32: true}
	case p.Type == abi.PROG_TYPE_LSM, p.Type == abi.PROG_TYPE_STRUCT_OPS:
		r.NoValue = void
		return r
	}
	for i := range m.t.Returns {
		if rule := &m.t.Returns[i]; m.applies(&rule.When, p) {
			return rule.RetRange
		}
	}
	return r
}
