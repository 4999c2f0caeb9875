package report

import (
	"bufio"
	"fmt"
	"io"
	"path"
	"strings"
)

// GitHub prints a workflow command for each program that should be a success and is none, which GitHub shows beside the line of
// source it names, and the totals.
func GitHub(w io.Writer, r *Result) error {
	b := bufio.NewWriter(w)
	for p := range r.Programs() {
		if !p.bad() {
			continue
		}
		level := "error"
		if p.Verdict == Unsupported {
			level = "warning"
		}
		var at string
		if s := p.Source; s != nil {
			at = fmt.Sprintf("file=%s,line=%d,", githubProperty(path.Clean(s.File)), s.Line)
		}
		title := fmt.Sprintf("%s/%s on Linux %s", baseName(p.Object), p.Name, p.Kernel)
		fmt.Fprintf(b, "::%s %stitle=%s::%s\n", level, at, githubProperty(title), githubText(p.Message))
	}
	fmt.Fprintln(b, Summary(r))
	return b.Flush()
}

// What a workflow command has escaped: in its message, and in its properties.
var (
	githubMessage = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	githubValue   = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

func githubText(s string) string     { return githubMessage.Replace(Escape(s)) }
func githubProperty(s string) string { return githubValue.Replace(Escape(s)) }
