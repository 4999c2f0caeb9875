package report

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/bpfverdict/bpfverdict/diagnosis"
)

// sample has a program of every verdict.
func sample() *Result {
	r := &Result{SchemaVersion: SchemaVersion, Kernel: "6.18", Complete: true, List: []Program{
		{Object: "dir/a.bpf.o", Name: "good", Section: "xdp", Type: "xdp", Verdict: Success, Size: 10, Insn: -1,
			Processed: 12, States: 1, PeakStates: 1, DurationUS: 35, StackDepth: 8},
		{Object: "dir/a.bpf.o", Name: "bad", Section: "tc", Type: "sched_cls", Verdict: Failure, Errno: 13,
			Message: "R1 invalid mem access 'scalar'", Source: &Source{"src/a.bpf.c", 21, 5, "*p = 1;"}, Size: 20, Insn: 4,
			Processed: 7, DurationUS: 9, Log: "0: R1=ctx() R10=fp0\nR1 invalid mem access 'scalar'\n"},
		{Object: "dir/b.bpf.o", Name: "odd", Section: "tc", Type: "sched_cls", Verdict: Unsupported, Message: "no such thing"},
		{Object: "dir/b.bpf.o", Name: "lost", Section: "?fentry/x", Type: "tracing", Verdict: Error, Errno: 3,
			Message: "extern 'x' (strong): not resolved"},
	}}
	for p := range r.Programs() {
		p.Kernel = r.Kernel
	}
	return r
}

func TestTable(t *testing.T) {
	var b strings.Builder
	if err := Table(&b, sample(), TableOptions{Next: "bpfverdict check --log-level 1 dir/a.bpf.o"}); err != nil {
		t.Fatal(err)
	}
	want := `  Program  Verdict      Insns  States  Peak states  Duration (us)
  -------  -----------  -----  ------  -----------  -------------
dir/a.bpf.o
  good     success         12       1            1             35
  bad      failure          7       0            0              9
    R1 invalid mem access 'scalar'
    a.bpf.c:21: *p = 1;
dir/b.bpf.o
  odd      unsupported      0       0            0              0
    no such thing
  lost     error            -       -            -              -
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
	r.List = r.List[1:2]
	r.List[0].Note = "loaded without"
	r.List[0].Lines = []string{"1", "2", "3", "4", "5", "6", "Unreleased reference id=3 alloc_insn=10", r.List[0].Message}
	var b strings.Builder
	if err := Table(&b, r, TableOptions{Quiet: true}); err != nil {
		t.Fatal(err)
	}
	_, reason, _ := strings.Cut(b.String(), "0            0              9\n")
	want := "    3\n    4\n    5\n    6\n    Unreleased reference id=3 alloc_insn=10\n" +
		"    R1 invalid mem access 'scalar'\n    a.bpf.c:21: *p = 1;\n    note: loaded without\n"
	if d := cmp.Diff(want, reason); d != "" {
		t.Error(d)
	}
}

func TestQuietTable(t *testing.T) {
	r := sample()
	r.List = r.List[:1]
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
	schema := compileSchema(t, filepath.Join("..", "docs", "result.schema.json"))
	for name, r := range map[string]*Result{
		"every verdict": sample(),
		"nothing":       {SchemaVersion: SchemaVersion, Kernel: "6.18", List: []Program{}},
	} {
		var b bytes.Buffer
		if err := JSON(&b, r); err != nil {
			t.Fatal(err)
		}
		validate(t, name, schema, &b)
	}
}

// compileSchema reads a published schema; those that it refers to lie beside it.
func compileSchema(t *testing.T, file string) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	beside, err := filepath.Glob(filepath.Join(filepath.Dir(file), "*.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	id := ""
	for _, path := range beside {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		this, _ := doc.(map[string]any)["$id"].(string)
		if err := c.AddResource(this, doc); err != nil {
			t.Fatal(err)
		}
		if filepath.Base(path) == filepath.Base(file) {
			id = this
		}
	}
	schema, err := c.Compile(id)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// validate holds a JSON text against a schema.
func validate(t *testing.T, name string, schema *jsonschema.Schema, text io.Reader) {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(text)
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(doc); err != nil {
		t.Errorf("%s: %v", name, err)
	}
}

// TestSchemaNamesEveryField holds the schema complete: a field that JSON has must be described.
func TestSchemaNamesEveryField(t *testing.T) {
	described(t, filepath.Join("..", "docs", "result.schema.json"), map[string]any{
		"kernel_facts": KernelFacts{}, "shard": Shard{}, "program": Program{}, "source": Source{}, "diagnosis": diagnosis.Diagnosis{}, "place": diagnosis.Place{},
	})
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
	for text, want := range map[string]string{
		`{"schema_version": 3}`: "schema_version 3, want 2",
		`{"schema_version": 1, "programs": [{"object": "a.o", "program": "p", "verdict": "\u001b[31m"}]}`:               `a.o/p: unknown verdict "\x1b[31m"`,
		`{"schema_version": 1, "programs": [{"object": "a.o", "program": "p", "verdict": "success", "processed": -1}]}`: "a.o/p: processed is negative: -1",
		`{"schema_version": 1, "programs": [{"verdict": "error", "errno": -22}]}`:                                       "/: errno is negative: -22",
	} {
		if _, err := ReadJSON(strings.NewReader(text)); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

// What a terminal would obey comes from objects and saved results: nothing printed for people has any of it.
func TestNothingPrintedControlsTheTerminal(t *testing.T) {
	const evil = "a\x1b[2Jb\rc\u009bd\xffe\u202ef\x7f"
	const shown = `a\x1b[2Jb\rc\u009bd\xffe\u202ef\x7f`
	p := Program{Object: "dir/" + evil, Name: evil, Verdict: Failure, Message: evil, Lines: []string{evil}, Note: evil,
		Source: &Source{File: evil, Line: 1, Text: evil}, Log: evil + "\n\tlogged\n"}
	other := p
	other.Verdict, other.Name = Success, evil+"2"
	good := p
	good.Verdict = Success
	r := &Result{Kernel: evil, List: []Program{p}}
	d := Compare(r, &Result{Kernel: evil, List: []Program{good, other}})
	var b strings.Builder
	for _, err := range []error{
		Table(&b, r, TableOptions{Next: evil}), Logs(&b, r), CSV(&b, r), DiffTable(&b, d, TableOptions{}), DiffCSV(&b, d),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	fmt.Fprintf(&b, "%v\n%+v\n%v\n%v\n", p.Err(), p.Err(), p.Source, &BugError{Object: evil, Program: evil, Message: evil})
	text := b.String()
	if i := strings.IndexFunc(text, func(r rune) bool { return !strconv.IsPrint(r) && r != '\n' && r != '\t' }); i >= 0 {
		t.Errorf("control character at %q", text[max(0, i-40):i+10])
	}
	if !strings.Contains(text, shown) || !strings.Contains(text, "\n\tlogged\n") {
		t.Errorf("the text itself is lost:\n%s", text)
	}
}

func TestErr(t *testing.T) {
	r := sample()
	errs := make([]error, len(r.List))
	for i := range r.List {
		errs[i] = r.List[i].Err()
	}
	if errs[0] != nil {
		t.Errorf("an accepted program: %v", errs[0])
	}
	var rej *Rejection
	if !errors.As(errs[1], &rej) || !errors.Is(errs[1], syscall.EACCES) || !errors.Is(errs[1], Errno(13)) {
		t.Fatalf("a rejected program: %v", errs[1])
	}
	for format, want := range map[string]string{
		"%v": "R1 invalid mem access 'scalar' (EACCES)",
		"%s": "R1 invalid mem access 'scalar' (EACCES)",
		"%q": `"R1 invalid mem access 'scalar' (EACCES)"`,
		"%+v": "dir/a.bpf.o: bad on Linux 6.18: R1 invalid mem access 'scalar' (EACCES)\n" +
			"src/a.bpf.c:21: *p = 1;\n0: R1=ctx() R10=fp0\nR1 invalid mem access 'scalar'",
	} {
		if got := fmt.Sprintf(format, rej); got != want {
			t.Errorf("%s: %s\nwant %s", format, got, want)
		}
	}
	if !errors.Is(errs[2], ErrUnsupported) || errs[2].Error() != "unsupported by the model: no such thing" {
		t.Errorf("an unsupported program: %v", errs[2])
	}
	if !errors.As(errs[3], &rej) || rej.Errno != 3 {
		t.Errorf("a program in error: %v", errs[3])
	}
	bug := Program{Object: "a.o", Name: "p", Verdict: Error, Bug: true, Message: "internal bug: x"}
	if be := new(BugError); !errors.As(bug.Err(), &be) || be.Error() != "a.o/p: internal bug: x" {
		t.Errorf("a bug: %v", bug.Err())
	}
}
