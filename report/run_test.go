package report

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
)

var runs = &RunResult{SchemaVersion: RunSchemaVersion, Kernel: "6.18", Runs: []Run{
	{Object: "a.bpf.o", Program: "first", Outcome: Returned, Retval: 12, Insns: 3, DurationNS: 400, DataOut: "00ff",
		Printk: []string{"one", "two\x1b"}, Maps: map[string]any{"counts": []map[string]any{{"key": 1, "value": 2}}, "none": nil}},
	{Object: "a.bpf.o", Program: "second", Outcome: Faulted, Message: "second: NULL pointer",
		Fault: &Fault{Kind: "NULL pointer", Program: "second", Insn: 4, Source: &Source{File: "a.c", Line: 3, Text: "x"}, Detail: "second: NULL pointer\n  x"}},
	{Object: "a.bpf.o", Program: "third", Outcome: Lacking, Message: "third: the machine lacks helper bpf_x"},
	{Object: "b.bpf.o", Outcome: Rejected, Message: "no types"},
}}

func TestRunJSON(t *testing.T) {
	schema := compileSchema(t, filepath.Join("..", "docs", "run.schema.json"))
	var b bytes.Buffer
	if err := RunJSON(&b, runs); err != nil {
		t.Fatal(err)
	}
	validate(t, "runs", schema, &b)
	// What the schema is for: a field that is missing or of another type is found.
	for _, broken := range []string{`{"schema_version": 1, "kernel": "6.18"}`, `{"schema_version": 2, "kernel": "", "runs": []}`,
		`{"schema_version": 1, "kernel": "", "runs": [{"object": "a"}]}`} {
		var v any
		if err := json.Unmarshal([]byte(broken), &v); err != nil {
			t.Fatal(err)
		}
		if schema.Validate(v) == nil {
			t.Errorf("%s is valid", broken)
		}
	}
}

func TestRunTable(t *testing.T) {
	var b strings.Builder
	if err := RunTable(&b, runs); err != nil {
		t.Fatal(err)
	}
	const want = `a.bpf.o:first: printk: one
a.bpf.o:first: printk: two\x1b
a.bpf.o:first: return 12 (0xc), 3 instructions
map counts:
  [{"key":1,"value":2}]
map none:
  null
a.bpf.o:second: fault: second: NULL pointer
  x
a.bpf.o:third: unsupported: third: the machine lacks helper bpf_x
b.bpf.o: rejected: no types
`
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}
