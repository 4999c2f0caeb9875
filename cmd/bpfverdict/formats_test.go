package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"strings"
	"testing"

	"github.com/jstemmer/go-junit-report/v2/junit"

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
		print, err := printer(c.format)
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := print(&b, hostile); err != nil {
			t.Fatal(err)
		}
		for _, want := range c.want {
			if !strings.Contains(b.String(), want+"\n") {
				t.Errorf("%s lacks the line\n%s\nin\n%s", c.format, want, b.String())
			}
		}
	}
}
