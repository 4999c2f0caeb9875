package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/bpfverdict/bpfverdict/report"
)

// formats are what check prints, besides the table for people.
var formats = []struct {
	name  string
	print func(io.Writer, *report.Result) error
	// explained: it has diagnoses in it.
	explained bool
}{
	{"csv", func(w io.Writer, r *report.Result) error { return report.CSV(w, r) }, false},
	{"json", report.JSON, true},
	{"jsonl", report.JSONLines, true},
	{"markdown", report.Markdown, false},
	{"html", report.HTML, true},
	{"github", report.GitHub, false},
	{"junit", printJUnit, false},
	{"sarif", printSARIF, true},
}

// logged are the formats that have logs.
var logged = map[string]bool{"table": true, "json": true, "jsonl": true, "html": true, "junit": true}

// explained reports that a format, or the table, has diagnoses in it.
func explained(format string) bool {
	for _, f := range formats {
		if f.name == format {
			return f.explained
		}
	}
	return true
}

// formatNames are the names that --format takes, as "table, csv or json".
func formatNames() string {
	names := []string{"table"}
	for _, f := range formats {
		names = append(names, f.name)
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " or " + names[last]
}

// printer returns what prints a format; nil for the table, which needs to know more.
func printer(format string) (func(io.Writer, *report.Result) error, error) {
	if format == "table" {
		return nil, nil
	}
	for _, f := range formats {
		if f.name == format {
			return f.print, nil
		}
	}
	return nil, fmt.Errorf("--format %q: use %s", format, formatNames())
}
