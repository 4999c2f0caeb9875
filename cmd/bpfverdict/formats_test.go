package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/jstemmer/go-junit-report/v2/junit"
	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/bpfverdict/bpfverdict"
	"github.com/bpfverdict/bpfverdict/kernel"
	"github.com/bpfverdict/bpfverdict/report"
)

// hostile are programs with every verdict, and with names and texts that each format has to escape.
var hostile = &report.Result{SchemaVersion: report.SchemaVersion, Kernel: "6.18", Complete: true, List: []report.Program{
	{Object: "dir/a.bpf.o", Name: "fine", Kernel: "6.18", Verdict: report.Success, Processed: 7, DurationUS: 1500},
	{Object: "dir/a.bpf.o", Name: "bad", Kernel: "6.18", Verdict: report.Failure, Errno: 13, Message: "100%: R1 <ctx> & ]]> |",
		Source: &report.Source{File: "./src/a,b:c.bpf.c", Line: 12, Text: "x = *p;"}, Log: "one\x1b[31m\n100%: R1 <ctx> & ]]> |\n"},
	{Object: "b.bpf.o", Name: "who\nknows", Kernel: "6.18", Verdict: report.Unsupported, Message: "not judged"},
	{Object: "b.bpf.o", Name: "gone", Kernel: "6.18", Verdict: report.Error, Errno: 22, Message: "no such `type`"},
}}

func TestSARIFIsValid(t *testing.T) {
	doc := sarifReport(hostile)
	if err := doc.Validate(); err != nil {
		t.Fatalf("SARIF 2.1.0 does not allow it: %v", err)
	}
	results := doc.Runs[0].Results
	if len(results) != 3 {
		t.Fatalf("%d results, want one for each program that isn't a success, 3", len(results))
	}
	region := results[0].Locations[0].PhysicalLocation.Region
	if *results[0].RuleID != "verifier-refuses" || *region.StartLine != 12 {
		t.Errorf("rule %q at line %d, want verifier-refuses at line 12", *results[0].RuleID, *region.StartLine)
	}
	doc.Version = "9"
	if doc.Validate() == nil {
		t.Error("the schema takes any version: it checks nothing")
	}
	empty := sarifReport(&report.Result{Kernel: "6.18"})
	if err := empty.Validate(); err != nil {
		t.Errorf("without a finding: %v", err)
	}
}

// A diagnosis becomes a rule with a page, the path that led to the refusal, and a change that mends it.
func TestSARIFOfDiagnosis(t *testing.T) {
	k, err := kernel.Load("6.18")
	if err != nil {
		t.Fatal(err)
	}
	r, err := bpfverdict.CheckAll(t.Context(), k, []string{"../../examples/refused/..."}, bpfverdict.Explain())
	if err != nil {
		t.Fatal(err)
	}
	doc := sarifReport(r)
	if err := doc.Validate(); err != nil {
		t.Fatalf("SARIF 2.1.0 does not allow it: %v", err)
	}
	var found *sarif.Result
	for _, res := range doc.Runs[0].Results {
		if strings.HasPrefix(*res.Message.Text, "lookup_unchecked.bpf.o/count on Linux 6.18: `n` may be NULL") {
			found = res
		}
	}
	if found == nil || *found.RuleID != "BV0902" || len(found.CodeFlows) != 1 || len(found.Fixes) != 1 {
		t.Fatalf("the unchecked lookup is %+v", found)
	}
	if !slices.ContainsFunc(doc.Runs[0].Tool.Driver.Rules, func(r *sarif.ReportingDescriptor) bool {
		return *r.ID == "BV0902" && strings.HasSuffix(*r.HelpURI, "docs/codes/BV0902.md")
	}) {
		t.Errorf("its rule has no page")
	}
	steps := found.CodeFlows[0].ThreadFlows[0].Locations
	if len(steps) != 2 || *steps[0].Location.PhysicalLocation.Region.StartLine != 18 || *steps[1].Location.PhysicalLocation.Region.StartLine != 20 {
		t.Errorf("%d steps lead to it, want lines 18 and 20", len(steps))
	}
	change := found.Fixes[0].ArtifactChanges[0].Replacements[0]
	if *change.InsertedContent.Text != "\tif (!n) return 0;\n" || *change.DeletedRegion.StartLine != 19 {
		t.Errorf("line %d: %q", *change.DeletedRegion.StartLine, *change.InsertedContent.Text)
	}
}

// junitForm is what readers of JUnit's XML know: of each element its attributes, those that it must have with a !, and the
// elements in it.
var junitForm = map[string]struct{ attributes, elements string }{
	"testsuites": {"name time tests failures errors disabled skipped", "testsuite"},
	"testsuite":  {"name! tests! failures! errors! skipped disabled id hostname time timestamp package file", "properties testcase system-out system-err"},
	"testcase":   {"name! classname! time status", "skipped error failure system-out system-err"},
	"failure":    {"message type", ""},
	"error":      {"message type", ""},
	"skipped":    {"message type", ""},
}

func TestJUnitHasItsForm(t *testing.T) {
	var b bytes.Buffer
	if err := printJUnit(&b, hostile); err != nil {
		t.Fatal(err)
	}
	in := []string{"testsuites"} // what may come, of each element that is open
	dec := xml.NewDecoder(&b)
	seen := map[string]int{}
	for {
		token, err := dec.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			name := e.Name.Local
			form, known := junitForm[name]
			if !known || !slices.Contains(strings.Fields(in[len(in)-1]), name) {
				t.Fatalf("<%s> where only %q may stand", name, in[len(in)-1])
			}
			in = append(in, form.elements)
			seen[name]++
			given := map[string]bool{}
			for _, a := range e.Attr {
				given[a.Name.Local] = true
				if !slices.Contains(strings.Fields(strings.ReplaceAll(form.attributes, "!", "")), a.Name.Local) {
					t.Errorf("<%s %s>: no such attribute", name, a.Name.Local)
				}
			}
			for _, a := range strings.Fields(form.attributes) {
				if must, ok := strings.CutSuffix(a, "!"); ok && !given[must] {
					t.Errorf("<%s> lacks %s", name, must)
				}
			}
		case xml.EndElement:
			in = in[:len(in)-1]
		}
	}
	if seen["testsuite"] != 2 || seen["testcase"] != 4 || seen["failure"] != 1 || seen["skipped"] != 1 || seen["error"] != 1 {
		t.Errorf("elements: %v", seen)
	}
}

func TestJUnitReadsBack(t *testing.T) {
	var b bytes.Buffer
	if err := printJUnit(&b, hostile); err != nil {
		t.Fatal(err)
	}
	var all junit.Testsuites
	if err := xml.Unmarshal(b.Bytes(), &all); err != nil {
		t.Fatal(err)
	}
	if all.Tests != 4 || all.Failures != 1 || all.Errors != 1 || all.Skipped != 1 || len(all.Suites) != 2 {
		t.Errorf("%d tests, %d failures, %d errors, %d skipped, %d suites", all.Tests, all.Failures, all.Errors, all.Skipped, len(all.Suites))
	}
	bad := all.Suites[0].Testcases[1]
	if bad.Failure == nil || bad.Failure.Message != hostile.List[1].Message || !strings.Contains(bad.Failure.Data, `one\x1b[31m`) {
		t.Errorf("a refusal is %+v", bad.Failure)
	}
	if got := all.Suites[0].Time; got != "0.001500" {
		t.Errorf("the suite took %s seconds", got)
	}
}

func TestJSONLinesReadBack(t *testing.T) {
	var b bytes.Buffer
	if err := report.JSONLines(&b, hostile); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
	if len(lines) != 4 {
		t.Fatalf("%d lines for 4 programs", len(lines))
	}
	var p struct {
		Version int `json:"schema_version"`
		report.Program
	}
	if err := json.Unmarshal([]byte(lines[1]), &p); err != nil {
		t.Fatal(err)
	}
	if p.Version != report.SchemaVersion || p.Kernel != "6.18" || p.Name != "bad" || p.Errno != 13 {
		t.Errorf("read back: %+v", p)
	}
}

func TestTextFormatsEscape(t *testing.T) {
	for _, c := range []struct {
		format string
		want   []string
	}{
		{"github", []string{
			`::error file=src/a%2Cb%3Ac.bpf.c,line=12,title=a.bpf.o/bad on Linux 6.18::100%25: R1 <ctx> & ]]> |`,
			`::warning title=b.bpf.o/who\nknows on Linux 6.18::not judged`,
			`Linux 6.18: 4 programs: 1 accepted, 1 rejected, 1 unsupported, 1 in error`,
		}},
		{"markdown", []string{
			`| a.bpf.o | bad | failure | 100%: R1 &lt;ctx&gt; &amp; ]]&gt; \| | ` + "`a,b:c.bpf.c:12` |",
			"| b.bpf.o | gone | error | no such \\`type\\` |  |",
			`<details><summary>1 accepted</summary>`,
			`| a.bpf.o | fine | 7 | 0 | 0 |`,
		}},
	} {
		var b bytes.Buffer
		if err := formatNamed(c.format).print(&b, hostile); err != nil {
			t.Fatal(err)
		}
		for _, want := range c.want {
			if !strings.Contains(b.String(), want+"\n") {
				t.Errorf("%s lacks the line\n%s\nin\n%s", c.format, want, b.String())
			}
		}
	}
}
