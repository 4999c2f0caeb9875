package asm_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/testing/asm"
)

func TestParse(t *testing.T) {
	helpers := asm.Names{Helper: func(n string) (int32, bool) { return 1, n == "map_lookup_elem" }}
	for _, tc := range []struct {
		text string
		want []insn.Insn
	}{
		{"exit", []insn.Insn{{Code: 0x95}}},
		{"r0 = 0", []insn.Insn{{Code: 0xb7}}},
		{"w3 = -1", []insn.Insn{{Code: 0xb4, Dst: 3, Imm: -1}}},
		{"r1 = *(u32 *)(r6 +4)", []insn.Insn{{Code: 0x61, Dst: 1, Src: 6, Off: 4}}},
		{"r1 = *(s8 *)(r6 -4)", []insn.Insn{{Code: 0x91, Dst: 1, Src: 6, Off: -4}}},
		{"*(u64 *)(r10 -8) = r1", []insn.Insn{{Code: 0x7b, Dst: 10, Src: 1, Off: -8}}},
		{"*(u8 *)(r10 -1) = 5", []insn.Insn{{Code: 0x72, Dst: 10, Off: -1, Imm: 5}}},
		{"r1 s>>= 3", []insn.Insn{{Code: 0xc7, Dst: 1, Imm: 3}}},
		{"w1 s/= w2", []insn.Insn{{Code: 0x3c, Dst: 1, Src: 2, Off: 1}}},
		{"r2 = (s16)r3", []insn.Insn{{Code: 0xbf, Dst: 2, Src: 3, Off: 16}}},
		{"r2 = be32 r2", []insn.Insn{{Code: 0xdc, Dst: 2, Imm: 32}}},
		{"l: if r1 s> -3 goto l", []insn.Insn{{Code: 0x65, Dst: 1, Imm: -3, Off: -1}}},
		{"if w1 != w2 goto pc+2", []insn.Insn{{Code: 0x5e, Dst: 1, Src: 2, Off: 2}}},
		{"call bpf_map_lookup_elem#1", []insn.Insn{{Code: 0x85, Imm: 1}}},
		{"call f\nf: exit", []insn.Insn{{Code: 0x85, Src: 1}, {Code: 0x95}}},
		{"r1 = map[2] + 8 ll", []insn.Insn{{Code: 0x18, Dst: 1, Src: 2, Imm: 2}, {Imm: 8}}},
		{"r1 = 0x100000002 ll", []insn.Insn{{Code: 0x18, Dst: 1, Imm: 2}, {Imm: 1}}},
		{"lock *(u64 *)(r10 -8) += r1", []insn.Insn{{Code: 0xdb, Dst: 10, Src: 1, Off: -8}}},
		{"r1 = atomic64_fetch_add((u64 *)(r10 -8), r1)", []insn.Insn{{Code: 0xdb, Dst: 10, Src: 1, Off: -8, Imm: 1}}},
		{"r0 = *(u8 *)skb[r7 + 3]", []insn.Insn{{Code: 0x50, Src: 7, Imm: 3}}},
	} {
		got, err := asm.Parse(tc.text, helpers)
		if err != nil {
			t.Errorf("%q: %v", tc.text, err)
		} else if d := cmp.Diff(tc.want, got); d != "" {
			t.Errorf("%q: %s", tc.text, d)
		}
	}
}

func TestParseErrors(t *testing.T) {
	for text, want := range map[string]string{
		"r0 = 0\nfoo":    `line 2: "foo": no such instruction`,
		"goto nowhere":   `label "nowhere" is not defined`,
		"call kfunc:foo": "no such kfunc",
	} {
		if _, err := asm.Parse(text, asm.Names{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
}
