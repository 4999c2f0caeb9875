package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/testing/asked"
)

// kinds are programs with one value each, which their Kfuncs stand for.
func kinds(list ...asked.Kind) *generator {
	return &generator{answers: &asked.Answers{Kinds: list}, attach: map[abi.AttachType]string{1: "BPF_ONE", 2: "BPF_TWO", 28: "BPF_TRACE_ITER"}}
}

func kind(t abi.ProgType, at abi.AttachType, name string, sleepable bool, value string) asked.Kind {
	return asked.Kind{Type: t, Attach: at, Name: name, Sleepable: sleepable, Kfuncs: []string{value}}
}

func value(k *asked.Kind) string { return k.Kfuncs[0] }

// The first row that applies is the right one, and what most have is said once.
func TestRows(t *testing.T) {
	g := kinds(
		kind(abi.PROG_TYPE_XDP, 0, "", false, "a"), kind(abi.PROG_TYPE_SCHED_CLS, 0, "", false, "a"),
		kind(abi.PROG_TYPE_CGROUP_SKB, 0, "", false, "b"), kind(abi.PROG_TYPE_CGROUP_SKB, 1, "", false, "c"), kind(abi.PROG_TYPE_CGROUP_SKB, 2, "", false, "c"),
		kind(abi.PROG_TYPE_TRACING, 28, "task", false, "d"), kind(abi.PROG_TYPE_TRACING, 28, "tcp", false, "e"), kind(abi.PROG_TYPE_TRACING, 28, "udp", false, "d"),
		kind(abi.PROG_TYPE_TRACING, 28, "task", true, "f"), kind(abi.PROG_TYPE_TRACING, 28, "udp", true, "f"),
	)
	var got []string
	for _, r := range g.rows(value, map[abi.ProgType]string{abi.PROG_TYPE_TRACING: "-"}) {
		when := strings.NewReplacer("kdata.When", "", "[]abi.ProgType", "", "[]abi.AttachType", "", "[]string", "", "abi.PROG_TYPE_", "", "abi.ATTACH_", "").Replace(r.when)
		got = append(got, when+" "+r.value)
	}
	want := []string{
		"{Types: {CGROUP_SKB}, Attach: {0}} b", // a number where the kernel's types have no name for it
		"{Types: {TRACING}, Attach: {TRACE_ITER}, Names: {\"tcp\"}} e",
		"{Types: {TRACING}, Attach: {TRACE_ITER}, Sleepable: true} f",
		"{Types: {TRACING}, Attach: {TRACE_ITER}} d",
		"{Types: {SCHED_CLS, XDP}} a", "{Types: {CGROUP_SKB}} c", "{Types: {TRACING}} -",
	}
	if !slices.Equal(got, want) {
		t.Errorf("rows\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// Lines that always occur together are a group.
func TestFactor(t *testing.T) {
	groups, chains := factor([]row{{value: `{ID: 1, Proto: "x"}` + "\n" + `{ID: 2, Proto: "y"}`}, {value: `{ID: 1, Proto: "x"}`}, {value: ""}})
	if len(groups) != 2 || groups[0].name != "x" || groups[1].name != "y" {
		t.Fatalf("groups %+v", groups)
	}
	if !slices.Equal(chains[0], []string{"x", "y"}) || !slices.Equal(chains[1], []string{"x"}) || chains[2] != nil {
		t.Errorf("chains %q", chains)
	}
}

func TestRegType(t *testing.T) {
	for said, want := range map[string][2]string{
		"trusted_ptr_or_null_task_struct": {"abi.PTR_TO_BTF_ID | abi.PTR_MAYBE_NULL | abi.PTR_TRUSTED", "task_struct"},
		"ptr_bpf_link":                    {"abi.PTR_TO_BTF_ID", "bpf_link"},
		"rdonly_buf_or_null":              {"abi.PTR_TO_BUF | abi.MEM_RDONLY | abi.PTR_MAYBE_NULL", ""},
		"scalar":                          {"abi.SCALAR_VALUE", ""},
	} {
		if typ, structure, err := regType(said); err != nil || typ != want[0] || structure != want[1] {
			t.Errorf("%s: %s of %q, %v", said, typ, structure, err)
		}
	}
	if _, _, err := regType("map_value"); err == nil {
		t.Error("map_value is known")
	}
}

// A field is a row, whole or in parts; what is beyond the beginning of a long context is as its end.
func TestLayout(t *testing.T) {
	c := &asked.Context{Cells: map[int]asked.Cell{}}
	scalar := [4]string{"scalar", "scalar", "scalar", "scalar"}
	c.Cells[0] = asked.Cell{Read: 7, Sext: 7, Types: scalar}
	c.Cells[1] = asked.Cell{Read: 1, Sext: 1, Types: scalar}
	c.Cells[2] = asked.Cell{Read: 3, Sext: 3, Types: scalar}
	c.Cells[3] = asked.Cell{Read: 1, Sext: 1, Types: scalar}
	c.Cells[8] = asked.Cell{Read: 8, Write: 8, Types: [4]string{3: "pkt"}}
	got, err := layout(c)
	want := "{Off: 0, Size: 4, Count: 1, Read: kdata.CtxNarrow, Type: abi.SCALAR_VALUE},\n" +
		"{Off: 8, Size: 8, Count: 1, Read: kdata.CtxExact, Type: abi.PTR_TO_PACKET, Write: kdata.CtxExact},\n"
	if err != nil || got != want {
		t.Errorf("%v\n%s\nwant\n%s", err, got, want)
	}
	c.Cells[8] = asked.Cell{Read: 8, Types: [4]string{3: "magic"}}
	if _, err := layout(c); err == nil {
		t.Error("an unknown type is taken")
	}
}
