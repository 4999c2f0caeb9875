package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/jstemmer/go-junit-report/v2/junit"

	"github.com/bpfverdict/bpfverdict/report"
)

// printJUnit prints the result as JUnit's XML: a suite for each object, a case for each program.
func printJUnit(w io.Writer, r *report.Result) error {
	all := junit.Testsuites{Name: "bpfverdict, Linux " + report.Escape(r.Kernel)}
	var suite *junit.Testsuite
	var took int64 // by the suite, in microseconds
	flush := func() {
		if suite != nil {
			suite.Time = seconds(took)
			all.AddSuite(*suite)
		}
		suite, took = nil, 0
	}
	for p := range r.Programs() {
		if suite == nil || suite.Name != report.Escape(p.Object) {
			flush()
			suite = &junit.Testsuite{Name: report.Escape(p.Object), ID: len(all.Suites)}
		}
		took += p.DurationUS
		c := junit.Testcase{Name: report.Escape(p.Name), Classname: "Linux " + report.Escape(p.Kernel), Time: seconds(p.DurationUS)}
		switch what := junitResult(p); {
		case p.Verdict == report.Success || p.Expected:
		case p.Verdict == report.Failure:
			c.Failure = what
		case p.Verdict == report.Unsupported:
			c.Skipped = what
		default:
			c.Error = what
		}
		suite.AddTestcase(c)
	}
	flush()
	if _, err := io.WriteString(w, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"); err != nil {
		return err
	}
	return all.WriteXML(w)
}

func seconds(us int64) string { return fmt.Sprintf("%.6f", float64(us)/1e6) }

// junitResult is why a program isn't a success: the message, and below it the source and the log.
func junitResult(p *report.Program) *junit.Result {
	var text []string
	if p.Source != nil {
		text = append(text, fmt.Sprintf("%v: %s", p.Source, report.Escape(p.Source.Text)))
	}
	if p.Note != "" {
		text = append(text, "note: "+report.Escape(p.Note))
	}
	if p.Log != "" {
		text = append(text, report.EscapeLines(p.Log))
	}
	return &junit.Result{Message: report.Escape(p.Message), Type: p.Errno.String(), Data: strings.Join(text, "\n")}
}
