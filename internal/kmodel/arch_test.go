package kmodel

import (
	"strings"
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

// A kernel for another machine has that machine's registers and types, and the features of the one that was asked.
func TestOn(t *testing.T) {
	m, err := Load("6.18-private-stack")
	if err != nil {
		t.Fatal(err)
	}
	arm, ok := m.On("arm64")
	if !ok || arm.Name() != "6.18@arm64-private-stack" || arm.Arch().Name != "arm64" || arm.Features() != m.Features() {
		t.Fatalf("%v: %s", ok, arm.Name())
	}
	if _, regs := arm.Types().FindStruct("user_pt_regs"); regs == nil {
		t.Error("its types are not those of arm64")
	}
	kprobe := Prog{Type: abi.PROG_TYPE_KPROBE}
	for off, want := range map[int]bool{0: true, 312: true, 320: false} {
		if _, ok := arm.CtxAccess(kprobe, off, 8, false); ok != want {
			t.Errorf("a register at %d: %v", off, ok)
		}
	}
	if c, _ := arm.CtxType(kprobe); c.UserStruct != "user_pt_regs" {
		t.Errorf("the context of a kprobe is %+v", c)
	}
	if back, ok := arm.On("amd64"); !ok || back.Name() != m.Name() || back.Arch() != m.Arch() {
		t.Errorf("and back it is %s", back.Name())
	}
	if _, ok := m.On("s390x"); ok {
		t.Error("there is no model for s390x")
	}
	if own := m.With(WithTypes(arm.Types())); func() bool { o, ok := own.On("s390x"); return !ok || o != own }() {
		t.Error("types that were given are of the machine that is meant")
	}
}

// Models for other machines are loaded by name, and are not among those for the usual one.
func TestLoadForOtherMachines(t *testing.T) {
	m, err := Load("6.18@arm64")
	if err != nil || m.Name() != "6.18@arm64" || m.Borrowed() != "6.18" {
		t.Errorf("%v, %v", m, err)
	}
	if _, err := Load("6.18@vax"); err == nil {
		t.Error("6.18@vax is loaded")
	}
	for _, name := range Names() {
		if strings.Contains(name, "@") {
			t.Errorf("%s is listed", name)
		}
	}
}
