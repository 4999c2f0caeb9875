package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// sample has a program of every verdict.
func sample() *Result {
	return &Result{SchemaVersion: SchemaVersion, Kernel: "6.18", Programs: []Program{
		{Object: "dir/a.bpf.o", Program: "good", Section: "xdp", Type: "xdp", Verdict: Success, Insns: 10,
			Processed: 12, States: 1, PeakStates: 1, DurationUS: 35, StackDepth: 8},
		{Object: "dir/a.bpf.o", Program: "bad", Section: "tc", Type: "sched_cls", Verdict: Failure, Errno: 13,
			Message: "R1 invalid mem access 'scalar'", Source: &Source{"src/a.bpf.c", 21, "*p = 1;"}, Insns: 20,
			Processed: 7, DurationUS: 9, Log: "0: R1=ctx() R10=fp0\nR1 invalid mem access 'scalar'\n"},
		{Object: "dir/b.bpf.o", Program: "odd", Section: "tc", Type: "sched_cls", Verdict: Unsupported, Message: "no such thing"},
		{Object: "dir/b.bpf.o", Program: "lost", Section: "?fentry/x", Type: "tracing", Verdict: Error, Errno: 3,
			Message: "extern 'x' (strong): not resolved"},
	}}
}

func TestTable(t *testing.T) {
	var b strings.Builder
	if err := Table(&b, sample(), TableOptions{Next: "bpfverdict check --log-level 1 dir/a.bpf.o"}); err != nil {
		t.Fatal(err)
	}
	want := `File     Program  Verdict      Duration (us)  Insns  States  Peak states
-------  -------  -----------  -------------  -----  ------  -----------
a.bpf.o  good     success                 35     12       1            1
a.bpf.o  bad      failure                  9      7       0            0
    R1 invalid mem access 'scalar'
    a.bpf.c:21: *p = 1;
b.bpf.o  odd      unsupported              0      0       0            0
    no such thing
b.bpf.o  lost     error                    -      -       -            -
    extern 'x' (strong): not resolved

Linux 6.18: 4 programs: 1 accepted, 1 rejected, 1 unsupported, 1 in error
next: bpfverdict check --log-level 1 dir/a.bpf.o
`
	if d := cmp.Diff(want, b.String()); d != "" {
		t.Error(d)
	}
}

// What the kernel says at the refused instruction is shown in full, up to a few lines.
func TestTableLines(t *testing.T) {
	r := sample()
	r.Programs = r.Programs[1:2]
	r.Programs[0].Lines = []string{"1", "2", "3", "4", "5", "6", "Unreleased reference id=3 alloc_insn=10", r.Programs[0].Message}
	var b strings.Builder
	if err := Table(&b, r, TableOptions{Quiet: true}); err != nil {
		t.Fatal(err)
	}
	_, reason, _ := strings.Cut(b.String(), "0            0\n")
	want := "    3\n    4\n    5\n    6\n    Unreleased reference id=3 alloc_insn=10\n" +
		"    R1 invalid mem access 'scalar'\n    a.bpf.c:21: *p = 1;\n"
	if d := cmp.Diff(want, reason); d != "" {
		t.Error(d)
	}
}

func TestQuietTable(t *testing.T) {
	r := sample()
	r.Programs = r.Programs[:1]
	var b strings.Builder
	if err := Table(&b, r, TableOptions{Quiet: true, Color: true}); err != nil || b.String() != "" {
		t.Errorf("got %q, %v, want nothing: all are accepted", b.String(), err)
	}
}

func TestCSVColumns(t *testing.T) {
	var b bytes.Buffer
	if err := CSV(&b, sample()); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&b).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{
		{"file_name", "prog_name", "verdict", "duration", "total_insns", "total_states", "peak_states", "max_states_per_insn"},
		{"a.bpf.o", "good", "success", "35", "12", "1", "1", "0"},
	}
	if d := cmp.Diff(want, rows[:2]); d != "" {
		t.Error(d)
	}
}

func TestLogsCarryVeristatsHeader(t *testing.T) {
	var b strings.Builder
	if err := Logs(&b, sample()); err != nil {
		t.Fatal(err)
	}
	want := "PROCESSING a.bpf.o/bad, DURATION US: 9, VERDICT: failure, VERIFIER LOG:\n" +
		"0: R1=ctx() R10=fp0\nR1 invalid mem access 'scalar'\n\n"
	if d := cmp.Diff(want, b.String()); d != "" {
		t.Error(d)
	}
}

func TestJSONMatchesPublishedSchema(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile(filepath.Join("..", "docs", "result.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	for name, r := range map[string]*Result{
		"every verdict": sample(),
		"nothing":       {SchemaVersion: SchemaVersion, Kernel: "6.18", Programs: []Program{}},
	} {
		var b bytes.Buffer
		if err := JSON(&b, r); err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(&b)
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(doc); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSchemaNamesEveryField holds the schema complete: a field that JSON has must be described.
func TestSchemaNamesEveryField(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("..", "docs", "result.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	var schema struct {
		Defs map[string]struct {
			Required   []string
			Properties map[string]any
		} `json:"$defs"`
	}
	if err := json.Unmarshal(data, &schema); err != nil {
		t.Fatal(err)
	}
	for def, v := range map[string]any{"program": Program{}, "source": Source{}} {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		var fields map[string]any
		if err := json.Unmarshal(text, &fields); err != nil {
			t.Fatal(err)
		}
		d := schema.Defs[def]
		if len(fields) != len(d.Properties) || len(fields) != len(d.Required) {
			t.Errorf("%s: %d fields, %d described, %d required", def, len(fields), len(d.Properties), len(d.Required))
		}
		for f := range fields {
			if _, ok := d.Properties[f]; !ok {
				t.Errorf("%s.%s is not in the schema", def, f)
			}
		}
	}
}

func TestReadJSON(t *testing.T) {
	var b bytes.Buffer
	if err := JSON(&b, sample()); err != nil {
		t.Fatal(err)
	}
	got, err := ReadJSON(&b)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(sample(), got); d != "" {
		t.Error(d)
	}
	if _, err := ReadJSON(strings.NewReader(`{"schema_version": 2}`)); err == nil {
		t.Error("a newer schema was read")
	}
}
