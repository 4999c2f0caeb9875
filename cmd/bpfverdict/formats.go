package main

import (
	"io"
	"slices"
	"strings"

	"github.com/bpfverdict/bpfverdict/report"
)

// format is how check prints.
type format struct {
	name      string
	print     func(io.Writer, *report.Result) error // nil for the table, which needs to know more
	explained bool                                  // it has diagnoses in it
	logged    bool                                  // it has logs in it
}

var formats = []format{
	{"table", nil, true, true},
	{"csv", func(w io.Writer, r *report.Result) error { return report.CSV(w, r) }, false, false},
	{"json", report.JSON, true, true},
	{"jsonl", report.JSONLines, true, true},
	{"markdown", report.Markdown, false, false},
	{"html", report.HTML, true, true},
	{"github", report.GitHub, false, false},
	{"junit", printJUnit, false, true},
	{"sarif", printSARIF, true, false},
}

// formatNames are the names that --format takes.
func formatNames() []string { return namesOf(func(format) bool { return true }) }

// namesOf are the names of the formats that fit.
func namesOf(fits func(format) bool) []string {
	var names []string
	for _, f := range formats {
		if fits(f) {
			names = append(names, f.name)
		}
	}
	return names
}

// listed are names as "table, csv or json", with or as the word before the last.
func listed(names []string, or string) string {
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " " + or + " " + names[last]
}

// formatNamed returns the format of that name, which is one of formatNames.
func formatNamed(name string) format {
	return formats[slices.IndexFunc(formats, func(f format) bool { return f.name == name })]
}
