package main

import (
	"cmp"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"strings"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/bpfverdict/bpfverdict/diagnosis"
	"github.com/bpfverdict/bpfverdict/report"
)

// homepage is where the project is found.
const homepage = "https://github.com/bpfverdict/bpfverdict"

// sarifRules say, by verdict, which rule a result stands for where it has no code, and how grave it is.
var sarifRules = map[report.Verdict]struct{ id, text, level string }{
	report.Failure:     {"verifier-refuses", "The kernel's verifier refuses the program.", "error"},
	report.Error:       {"not-loadable", "The program never reaches the verifier.", "error"},
	report.Unsupported: {"not-judged", "The model of the kernel can't judge the program.", "warning"},
}

// sarifReport is the result as SARIF 2.1.0: one run, with a result for each program that isn't a success.
func sarifReport(r *report.Result) *sarif.Report {
	run := sarif.NewRunWithInformationURI("bpfverdict", homepage)
	run.Tool.Driver.WithVersion(r.ToolVersion)
	for p := range r.Programs() {
		rule, bad := sarifRules[p.Verdict]
		if !bad || p.Expected {
			continue
		}
		id := cmp.Or(p.Code, rule.id)
		described := run.AddRule(id)
		if code, ok := diagnosis.Lookup(p.Code); ok {
			described.WithName(code.Title).
				WithShortDescription(sarif.NewMultiformatMessageString().WithText(code.Title)).
				WithFullDescription(sarif.NewMultiformatMessageString().WithText(code.Rule + " " + code.Why)).
				WithHelp(sarif.NewMultiformatMessageString().WithText(code.Fix)).
				WithHelpURI(homepage + "/blob/main/docs/codes/" + code.ID + ".md")
		} else {
			described.WithShortDescription(sarif.NewMultiformatMessageString().WithText(rule.text))
		}
		name := report.Escape(filepath.Base(p.Object) + "/" + p.Name)
		found := run.CreateResultForRule(id).WithLevel(rule.level).
			WithMessage(sarif.NewTextMessage(sarifText(name, p))).
			AddLocation(sarif.NewLocationWithPhysicalLocation(sarifPlace(p))).
			// The same program's same refusal is the same finding, wherever its line moves.
			WithPartialFingerprints(map[string]string{"program/v1": name + ": " + report.Escape(p.Message)})
		if d := p.Diagnosis; d != nil {
			sarifPath(found, d)
			sarifFixes(found, d)
		}
	}
	doc := sarif.NewReport()
	doc.AddRun(run)
	return doc
}

// sarifText is what a result says: where there is a diagnosis its title, then the kernel's words, then what to do.
func sarifText(name string, p *report.Program) string {
	text := fmt.Sprintf("%s on Linux %s: ", name, report.Escape(p.Kernel))
	d := p.Diagnosis
	if d == nil {
		return text + report.Escape(p.Message)
	}
	text += report.Escape(d.Title)
	if p.Message != "" && p.Message != d.Title {
		text += "\nkernel: " + report.Escape(p.Message)
	}
	for _, h := range d.Help {
		text += "\nhelp: " + report.Escape(h.Text)
	}
	return text
}

// sarifPlace is where a program was refused; where nothing tells, its object.
func sarifPlace(p *report.Program) *sarif.PhysicalLocation {
	if d := p.Diagnosis; d != nil && d.Primary != nil && d.Primary.File != "" && d.Primary.Line > 0 {
		return sarifAt(d.Primary)
	}
	place := sarif.NewPhysicalLocation()
	if s := p.Source; s != nil && s.Line > 0 {
		return place.WithArtifactLocation(sarif.NewSimpleArtifactLocation(path.Clean(s.File))).
			WithRegion(sarif.NewRegion().WithStartLine(s.Line))
	}
	return place.WithArtifactLocation(sarif.NewSimpleArtifactLocation(filepath.ToSlash(p.Object)))
}

// sarifAt is a place of a diagnosis.
func sarifAt(p *diagnosis.Place) *sarif.PhysicalLocation {
	region := sarif.NewRegion().WithStartLine(p.Line)
	if p.Column > 0 {
		region.WithStartColumn(p.Column)
		if p.Width > 0 {
			region.WithEndColumn(p.Column + p.Width)
		}
	}
	return sarif.NewPhysicalLocation().WithArtifactLocation(sarif.NewSimpleArtifactLocation(path.Clean(p.File))).WithRegion(region)
}

// sarifPath adds the path that led to a refusal, as far as its source is known.
func sarifPath(found *sarif.Result, d *diagnosis.Diagnosis) {
	places := d.Secondary
	if d.Primary != nil {
		places = append(places[:len(places):len(places)], *d.Primary)
	}
	flow := sarif.NewThreadFlow()
	for i := range places {
		p := &places[i]
		if p.File == "" || p.Line <= 0 {
			continue
		}
		flow.AddLocation(sarif.NewThreadFlowLocation().WithLocation(
			sarif.NewLocationWithPhysicalLocation(sarifAt(p)).WithMessage(sarif.NewTextMessage(report.Escape(cmp.Or(p.Label, "here"))))))
	}
	if len(flow.Locations) > 0 {
		found.AddCodeFlow(sarif.NewCodeFlow().AddThreadFlow(flow))
	}
}

// sarifFixes adds the changes to the source that are certain.
func sarifFixes(found *sarif.Result, d *diagnosis.Diagnosis) {
	for _, h := range d.Help {
		e := h.Edit
		if e == nil || e.Line <= 0 {
			continue
		}
		region := sarif.NewRegion().WithStartLine(e.Line).WithStartColumn(1)
		insert := strings.TrimSuffix(e.New, "\n")
		if e.Old == "" {
			region.WithEndLine(e.Line).WithEndColumn(1)
			insert += "\n"
		} else {
			region.WithEndLine(e.Line).WithEndColumn(len([]rune(e.Old)) + 1)
		}
		change := sarif.NewArtifactChange().WithArtifactLocation(sarif.NewSimpleArtifactLocation(path.Clean(e.File))).
			AddReplacement(sarif.NewReplacement().WithDeletedRegion(region).WithInsertedContent(sarif.NewArtifactContent().WithText(insert)))
		found.AddFixe(sarif.NewFix().WithDescription(sarif.NewTextMessage(report.Escape(h.Text))).AddArtifactChange(change))
	}
}

func printSARIF(w io.Writer, r *report.Result) error { return sarifReport(r).PrettyWrite(w) }
