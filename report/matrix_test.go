package report

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// two are the results of two kernels: all verdicts, a reason that both give, one that has a cause, and a program that
// only one came to.
func two() []*Result {
	source := &Source{File: "/src/a.bpf.c", Line: 7, Text: "x = *p;"}
	refused := func(kernel string) Program {
		return Program{Object: "d/a.o", Name: "bad", Kernel: kernel, Section: "xdp", Type: "xdp", Verdict: Failure, Errno: 13, Message: "R1 invalid <mem> access", Source: source, Processed: 3}
	}
	old := []Program{
		refused("6.12"),
		{Object: "d/a.o", Name: "locked", Kernel: "6.12", Section: "tc", Type: "sched_cls", Verdict: Failure, Errno: 22, Message: "not under a lock",
			Cause: &Cause{Kind: CauseFeature, Name: "under-lock", Since: "7.1", Effect: "may be called", Missing: true}},
		{Object: "d/b.o", Name: "odd", Kernel: "6.12", Section: "tc", Type: "sched_cls", Verdict: Unsupported, Message: "not known"},
	}
	now := []Program{
		refused("7.1"),
		{Object: "d/a.o", Name: "locked", Kernel: "7.1", Section: "tc", Type: "sched_cls", Verdict: Success, Processed: 40, States: 3, PeakStates: 2},
		{Object: "d/b.o", Name: "odd", Kernel: "7.1", Section: "tc", Type: "sched_cls", Verdict: Error, Errno: 2, Message: "no function\x1b[31m"},
		{Object: "d/b.o", Name: "late", Kernel: "7.1", Section: "tc", Type: "sched_cls", Verdict: Success, Processed: 5},
	}
	return []*Result{
		{SchemaVersion: SchemaVersion, Kernel: "6.12", Complete: false, Skipped: []string{"x.o"}, List: old},
		{SchemaVersion: SchemaVersion, Kernel: "7.1", Complete: true, Skipped: []string{"x.o"}, List: now},
	}
}

func TestMatrixTable(t *testing.T) {
	var b strings.Builder
	if err := MatrixTable(&b, NewMatrix(two()), TableOptions{}); err != nil {
		t.Fatal(err)
	}
	want := `File  Program  6.12      7.1  First
----  -------  ----  -------  -----
a.o   bad      no 1     no 1  none
a.o   locked   no 2       40  7.1
b.o   odd       ? 3  error 4  none
b.o   late        -        5  7.1

   1  R1 invalid <mem> access (EACCES)
      a.bpf.c:7: x = *p;

   2  not under a lock (EINVAL)
      the kernel lacks the feature under-lock (since 7.1): may be called

   3  not known (unsupported)

   4  no function\x1b[31m (ENOENT)

4 programs on 2 kernels: 0 accepted by all, 2 by some, 2 by none; 1 files skipped for other machines; incomplete: not all that was given was judged
`
	if d := cmp.Diff(want, b.String()); d != "" {
		t.Error(d)
	}
}

func TestMatrixCSV(t *testing.T) {
	var b strings.Builder
	if err := MatrixCSV(&b, NewMatrix(two())); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(b.String(), "\n")
	want := []string{
		"file_name,prog_name,kernel,verdict,total_insns,total_states,peak_states,message,cause",
		"a.o,bad,6.12,failure,3,0,0,R1 invalid <mem> access,",
		"a.o,bad,7.1,failure,3,0,0,R1 invalid <mem> access,",
		"a.o,locked,6.12,failure,0,0,0,not under a lock,lacks the feature under-lock (since 7.1): may be called",
		"a.o,locked,7.1,success,40,3,2,,",
	}
	if d := cmp.Diff(want, lines[:5]); d != "" {
		t.Error(d)
	}
}

func TestMatrixMarkdown(t *testing.T) {
	var b strings.Builder
	if err := MatrixMarkdown(&b, NewMatrix(two())); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| Object | Program | 6.12 | 7.1 | First |\n|---|---|--:|--:|---|\n",
		"| a.o | locked | no 2 | 40 | 7.1 |\n",
		"| 1 | R1 invalid &lt;mem&gt; access (EACCES) | `a.bpf.c:7` |  |\n",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is not in\n%s", want, &b)
		}
	}
}

// The page has nothing of an object's in it that a browser takes for more than text, and needs no other file.
func TestMatrixHTML(t *testing.T) {
	var b strings.Builder
	if err := MatrixHTML(&b, NewMatrix(two())); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`<td class="cell failure"><a href="#r2">no 2</a></td><td class="cell success">40</td>`,
		`<tr id="r1"><td class="cell">1</td><td class="failure"><code>R1 invalid &lt;mem&gt; access</code> (EACCES)</td>`,
		`the kernel lacks the feature under-lock (since 7.1)`,
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is not in\n%s", want, &b)
		}
	}
	for _, bad := range []string{"<mem>", "\x1b", "src=", "http", "<script", "@import", "url("} {
		if strings.Contains(b.String(), bad) {
			t.Errorf("%q is in the page", bad)
		}
	}
}

func TestMatrixJSONMatchesPublishedSchema(t *testing.T) {
	file := filepath.Join("..", "docs", "matrix.schema.json")
	schema := compileSchema(t, file)
	for name, m := range map[string]*Matrix{"every verdict": NewMatrix(two()), "nothing": NewMatrix(nil)} {
		var b bytes.Buffer
		if err := MatrixJSON(&b, m); err != nil {
			t.Fatal(err)
		}
		validate(t, name, schema, &b)
	}
	described(t, file, map[string]any{"row": MatrixRow{}, "cell": Cell{}, "reason": Reason{}, "source": Source{}, "cause": Cause{}})
}

// described holds that a schema describes, and requires, all fields that JSON has of some types.
func described(t *testing.T, file string, types map[string]any) {
	t.Helper()
	data, err := os.ReadFile(file)
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
	for def, v := range types {
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

// Merged results keep each kernel's answer apart, also when they are compared.
func TestMerge(t *testing.T) {
	all := Merge(two())
	var got []string
	for _, p := range all.List {
		got = append(got, p.Name+" "+p.Kernel)
	}
	want := []string{"bad 6.12", "bad 7.1", "locked 6.12", "locked 7.1", "odd 6.12", "odd 7.1", "late 7.1"}
	if d := cmp.Diff(want, got); d != "" || all.Kernel != "6.12,7.1" || all.Complete || len(all.Skipped) != 1 {
		t.Error(d, all.Kernel, all.Complete, all.Skipped)
	}
	if d := Compare(all, Merge(two())); d.Same != len(want) || len(d.Changes) != 0 {
		t.Errorf("%d the same, changed %v", d.Same, d.Changes)
	}
	var b strings.Builder
	if err := Table(&b, all, TableOptions{}); err != nil || !strings.Contains(b.String(), "Duration (us)  Kernel\n") {
		t.Errorf("%v\n%s", err, &b)
	}
	one := two()[:1]
	if none := Merge(nil); none.Kernel != "" || len(none.List) != 0 || !none.Complete {
		t.Errorf("of none: %+v", none)
	}
	if Merge(one) != one[0] {
		t.Error("one result is merged to another")
	}
}
