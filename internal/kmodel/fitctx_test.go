package kmodel

import (
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

// Linux 5.10's packets end before the time that hardware stamped them with, and what it pads them with has no code.
func TestContextsOfOlderTypes(t *testing.T) {
	m, err := Load("5.10")
	if err != nil {
		t.Fatal(err)
	}
	d, err := Detect(m.Types(), "", "5.10")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name          string
		typ           abi.ProgType
		off, size     int
		ok, converted bool
	}{
		{"gso_size", abi.PROG_TYPE_SCHED_CLS, 176, 4, true, true},
		{"tstamp_type", abi.PROG_TYPE_SCHED_CLS, 180, 1, true, false},
		{"hwtstamp", abi.PROG_TYPE_SCHED_CLS, 184, 8, false, false},
		{"argument", abi.PROG_TYPE_RAW_TRACEPOINT, 80, 8, true, true},
		{"sk", abi.PROG_TYPE_SK_REUSEPORT, 40, 8, false, false},
	} {
		f, ok := d.CtxAccess(Prog{Type: c.typ}, c.off, c.size, false)
		if ok != c.ok || ok && f.Unconverted == c.converted {
			t.Errorf("%s: %v, %+v", c.name, ok, f)
		}
	}
}
