package main

import (
	"fmt"
	"io"
	"path"
	"path/filepath"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/bpfverdict/bpfverdict/report"
)

// homepage is where the project is found.
const homepage = "https://github.com/bpfverdict/bpfverdict"

// sarifRules say, by verdict, which rule a result stands for and how grave it is.
var sarifRules = map[report.Verdict]struct{ id, text, level string }{
	report.Failure:     {"verifier-refuses", "The kernel's verifier refuses the program.", "error"},
	report.Error:       {"not-loadable", "The program never reaches the verifier.", "error"},
	report.Unsupported: {"not-judged", "The model of the kernel can't judge the program.", "warning"},
}

// sarifReport is the result as SARIF 2.1.0: one run, with a result for each program that isn't a success.
func sarifReport(r *report.Result) *sarif.Report {
	run := sarif.NewRunWithInformationURI("bpfverdict", homepage)
	run.Tool.Driver.WithVersion(version)
	for p := range r.Programs() {
		rule, bad := sarifRules[p.Verdict]
		if !bad || p.Expected {
			continue
		}
		run.AddRule(rule.id).WithShortDescription(sarif.NewMultiformatMessageString().WithText(rule.text))
		name := report.Escape(filepath.Base(p.Object) + "/" + p.Name)
		text := fmt.Sprintf("%s on Linux %s: %s", name, report.Escape(p.Kernel), report.Escape(p.Message))
		place := sarif.NewPhysicalLocation()
		if s := p.Source; s != nil && s.Line > 0 {
			place.WithArtifactLocation(sarif.NewSimpleArtifactLocation(path.Clean(s.File)))
			place.WithRegion(sarif.NewRegion().WithStartLine(s.Line))
		} else {
			place.WithArtifactLocation(sarif.NewSimpleArtifactLocation(filepath.ToSlash(p.Object)))
		}
		run.CreateResultForRule(rule.id).WithLevel(rule.level).
			WithMessage(sarif.NewTextMessage(text)).
			AddLocation(sarif.NewLocationWithPhysicalLocation(place)).
			// The same program's same refusal is the same finding, wherever its line moves.
			WithPartialFingerprints(map[string]string{"program/v1": name + ": " + report.Escape(p.Message)})
	}
	doc := sarif.NewReport()
	doc.AddRun(run)
	return doc
}

func printSARIF(w io.Writer, r *report.Result) error { return sarifReport(r).PrettyWrite(w) }
