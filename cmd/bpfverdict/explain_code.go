package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/bpfverdict/bpfverdict/diagnosis"
	"github.com/bpfverdict/bpfverdict/docs/codes"
	"github.com/bpfverdict/bpfverdict/internal/lazyregexp"
)

// codeArg is how a code is spelled, or how codes begin.
var codeArg = lazyregexp.New(`(?i)^BV[0-9]{0,4}$`)

// areCodes reports whether all arguments are codes, or how some begin.
func areCodes(args []string) bool {
	return len(args) > 0 && !slices.ContainsFunc(args, func(a string) bool { return !codeArg().MatchString(a) })
}

// explainCodes prints the page of each code; of what several codes begin with, it lists them.
func explainCodes(w io.Writer, ids []string) error {
	for i, id := range ids {
		id = strings.ToUpper(id)
		page, ok := codes.Page(id)
		if !ok {
			page = listCodes(id)
		}
		if page == "" {
			return fmt.Errorf("no code %s: bpfverdict explain BV lists all", id)
		}
		if i > 0 {
			page = "\n" + page
		}
		if _, err := io.WriteString(w, page); err != nil {
			return err
		}
	}
	return nil
}

// listCodes lists the codes that begin so, a line each.
func listCodes(prefix string) string {
	var b strings.Builder
	for _, c := range diagnosis.Codes() {
		if strings.HasPrefix(c.ID, prefix) {
			fmt.Fprintf(&b, "%s  %s\n", c.ID, c.Title)
		}
	}
	return b.String()
}
