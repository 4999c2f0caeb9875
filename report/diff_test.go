package report

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// twoResults differ in every way.
func twoResults() (base, with *Result) {
	prog := func(name string, v Verdict, processed int, msg string) Program {
		return Program{Object: "x/a.o", Name: name, Verdict: v, Processed: processed, Message: msg}
	}
	base = &Result{Kernel: "6.12", List: []Program{
		prog("cheaper", Success, 100, ""), prog("same", Success, 5, ""), prog("dearer", Success, 100, ""),
		prog("gone", Success, 1, ""), prog("breaks", Success, 10, ""), prog("mends", Failure, 3, "leak"),
		prog("says", Failure, 3, "old words"),
	}}
	with = &Result{Kernel: "6.18", List: []Program{
		prog("cheaper", Success, 90, ""), prog("same", Success, 5, ""), prog("dearer", Success, 150, ""),
		prog("breaks", Failure, 4, "no"), prog("mends", Success, 9, ""), prog("says", Failure, 3, "new words"),
		prog("new", Failure, 1, "bad"),
	}}
	return base, with
}

func TestDiffTable(t *testing.T) {
	base, with := twoResults()
	var b strings.Builder
	if err := DiffTable(&b, Compare(base, with), TableOptions{}); err != nil {
		t.Fatal(err)
	}
	want := `better   a.o mends: failure -> success
    leak
worse    a.o breaks: success -> failure
    no
worse    a.o new: only in 6.18, failure
    bad
worse    a.o gone: only in 6.12, success
changed  a.o says: message
    was old words
    now new words
worse    a.o dearer: insns 100 -> 150, +50 (+50.00%); states 0 -> 0; peak states 0 -> 0
better   a.o cheaper: insns 100 -> 90, -10 (-10.00%); states 0 -> 0; peak states 0 -> 0
6.18 against 6.12: 7 changed (2 better, 4 worse), 1 the same
`
	if d := cmp.Diff(want, b.String()); d != "" {
		t.Error(d)
	}
}

func TestDiffCSVHasVeristatsComparisonColumns(t *testing.T) {
	base, with := twoResults()
	var b strings.Builder
	if err := DiffCSV(&b, Compare(base, with)); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(b.String(), "\n")
	for i, want := range map[int]string{
		0: "file_name,prog_name,verdict_base,verdict_comp,verdict_diff,duration_base,duration_comp,duration_diff,total_insns_base,total_insns_comp,total_insns_diff",
		2: "a.o,breaks,success,failure,MISMATCH,0,0,+0 (+0.00%),10,4,-6 (-60.00%)",
		3: "a.o,new,N/A,failure,N/A,N/A,0,N/A,N/A,1,N/A",
	} {
		if !strings.HasPrefix(lines[i], want) {
			t.Errorf("line %d: %s", i, lines[i])
		}
	}
}

func TestDiffMatchesPublishedSchema(t *testing.T) {
	schema := compileSchema(t, filepath.Join("..", "docs", "diff.schema.json"))
	later := sample()
	later.List[0].Processed = 20                       // cost
	later.List[1].Verdict = Success                    // verdict
	later.List[2].Message = "nothing like that"        // message
	later.List[3].Name, later.List[3].Kernel = "x", "" // gone, and new
	d := Compare(sample(), later)
	if len(d.Changes) != 5 {
		t.Fatalf("%d changes, want one of each kind", len(d.Changes))
	}
	var b bytes.Buffer
	if err := DiffJSON(&b, d); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	validate(t, "every kind", schema, &b)
	for _, broken := range []string{
		strings.Replace(text, `"kind": "cost"`, `"kind": "price"`, 1), strings.Replace(text, `"same"`, `"alike"`, 1),
		strings.Replace(text, `"verdict": "success"`, `"verdict": "fine"`, 1),
	} {
		doc, err := jsonschema.UnmarshalJSON(strings.NewReader(broken))
		if err != nil {
			t.Fatal(err)
		}
		if schema.Validate(doc) == nil {
			t.Errorf("the schema takes\n%s", broken)
		}
	}
	described(t, filepath.Join("..", "docs", "diff.schema.json"), map[string]any{"change": Change{}})
}
