package kernellog

import (
	"slices"
	"strings"
	"testing"
)

// level1 is a log of level 1: states, source, and the path to the refusal.
const level1 = `0: R1=ctx() R10=fp0
; int probe(void *ctx) @ x.c:5
0: (b7) r6 = 0                        ; R6=0
; return *p; @ x.c:7
1: (61) r0 = *(u32 *)(r6 +0)
R6 invalid mem access 'scalar'
processed 2 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0
`

func prefixed(prefix, text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(prefix + line)
	}
	return b.String()
}

// Logs come whole or in part, of three levels, from terminals, dmesg and loaders.
func TestParse(t *testing.T) {
	refused := Log{Steps: []Step{{0, 0xb7, "r6 = 0"}, {1, 0x61, "r0 = *(u32 *)(r6 +0)"}}, Message: "R6 invalid mem access 'scalar'", Begun: true, Ended: true}
	of := func(change func(*Log)) Log { l := refused; change(&l); return l }
	libbpf := "libbpf: prog 'probe': BPF program load failed: Permission denied\nlibbpf: prog 'probe': -- BEGIN PROG LOAD LOG --\n" + level1 +
		"-- END PROG LOAD LOG --\nlibbpf: prog 'probe': failed to load: -13\nlibbpf: failed to load object 'x.bpf.o'\n"
	lines := strings.SplitAfter(level1, "\n")
	for _, c := range []struct {
		name, text string
		want       Log
	}{
		{"level 1", level1, refused},
		{"level 0", "R6 invalid mem access 'scalar'\nprocessed 2 insns (limit 1000000) max_states_per_insn 0\n", of(func(l *Log) { l.Steps = nil })},
		{"message alone", "R6 invalid mem access 'scalar'", of(func(l *Log) { l.Steps = nil })},
		{"libbpf", libbpf, of(func(l *Log) { l.Program = "probe" })},
		{"dmesg", prefixed("[  123.456789] ", libbpf), of(func(l *Log) { l.Program = "probe" })},
		{"dmesg -T", prefixed("[Thu Nov 26 12:00:01 2026] ", level1), refused},
		{"journal", prefixed("Nov 26 12:00:01 web-3 agent[812]: ", libbpf), of(func(l *Log) { l.Program = "probe" })},
		{"ISO time", prefixed("2026-11-26T12:00:01.123456+00:00 ", level1), refused},
		{"indented by Go", "program probe: load program: permission denied:\n" + prefixed("\t", level1), of(func(l *Log) { l.Program = "probe" })},
		{"one line of Go", "loading objects: program probe: load program: permission denied: R6 invalid mem access 'scalar' (5 line(s) omitted)", of(func(l *Log) { l.Steps, l.Program = nil, "probe" })},
		{"quoted in a mail", prefixed("> ", level1), refused},
		{"veristat", "PROCESSING x.bpf.o/probe, DURATION US: 12, VERDICT: failure, VERIFIER LOG:\n" + level1, of(func(l *Log) { l.Program = "probe" })},
		{"CRLF", strings.ReplaceAll(level1, "\n", "\r\n"), refused},
		{"level 2", "func#0 @0\nLive regs before insn:\n  0: .......... (b7) r6 = 0\n" + level1, refused},
		{"beginning cut", strings.Join(lines[3:], ""), of(func(l *Log) { l.Steps, l.Begun = l.Steps[1:], false })},
		{"end cut", strings.Join(lines[:5], ""), of(func(l *Log) { l.Message, l.Ended = "", false })},
		{"cut within a line", level1[:60], of(func(l *Log) { l.Steps, l.Message, l.Ended = nil, "", false })},
		{"7.3's explanation", strings.Join(lines[:6], "") + explained + lines[6], refused},
		{"accepted", strings.Join(append(slices.Clone(lines[:5]), "2: (95) exit\n", lines[6]), ""), Log{Steps: []Step{{0, 0xb7, "r6 = 0"}, {1, 0x61, "r0 = *(u32 *)(r6 +0)"}, {2, 0x95, "exit"}}, Begun: true, Ended: true, Accepted: true}},
	} {
		logs := Parse(c.text)
		if c.name == "cut within a line" {
			if len(logs) > 0 && logs[0].Ended {
				t.Errorf("%s: %+v", c.name, logs)
			}
			continue
		}
		if len(logs) != 1 {
			t.Errorf("%s: %d logs: %+v", c.name, len(logs), logs)
			continue
		}
		got := logs[0]
		got.Said = nil
		if got.Program != c.want.Program || got.Message != c.want.Message || got.Begun != c.want.Begun || got.Ended != c.want.Ended ||
			got.Accepted != c.want.Accepted || !slices.Equal(got.Steps, c.want.Steps) {
			t.Errorf("%s:\n%+v, want\n%+v", c.name, got, c.want)
		}
	}
	if logs := Parse(libbpf + strings.ReplaceAll(libbpf, "probe", "other")); len(logs) != 2 || logs[0].Program != "probe" || logs[1].Program != "other" {
		t.Errorf("two programs: %+v", logs)
	}
	if logs := Parse("\n \n"); len(logs) != 0 {
		t.Errorf("nothing: %+v", logs)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(level1)
	f.Fuzz(func(t *testing.T, text string) {
		for _, l := range Parse(text) {
			if l.Last() >= 0 && len(l.Steps) == 0 || len(l.Said) > 0 && l.Said[len(l.Said)-1] != l.Message {
				t.Errorf("%+v", l)
			}
		}
	})
}
