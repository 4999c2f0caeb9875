package diagnosis_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/bpfverdict/bpfverdict/diagnosis"
	"github.com/bpfverdict/bpfverdict/docs/codes"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
)

const pagesDir = "../docs/codes"

// TestPagesAreUpToDate holds the pages of docs/codes to the table, the programs and the models.
func TestPagesAreUpToDate(t *testing.T) {
	models := map[string]*kmodel.Model{}
	for _, name := range measured {
		models[name] = load(t, name)
	}
	want := map[string]string{"README.md": indexPage()}
	for _, c := range diagnosis.Codes() {
		want[c.ID+".md"] = codePage(t, c, models)
	}
	if *update {
		for name, text := range want {
			if err := os.WriteFile(filepath.Join(pagesDir, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		return
	}
	found, err := filepath.Glob(pagesDir + "/*.md")
	if err != nil {
		t.Fatal(err)
	}
	if len(found) != len(want) {
		t.Errorf("%d pages, want %d", len(found), len(want))
	}
	for name, text := range want {
		got, err := os.ReadFile(filepath.Join(pagesDir, name))
		if err != nil || string(got) != text {
			t.Errorf("%s is out of date: go test ./diagnosis -run Pages -update", name)
		}
	}
	if page, ok := codes.Page("BV0301"); !ok || page != want["BV0301.md"] {
		t.Error("package codes doesn't hold the page of BV0301")
	}
	if _, ok := codes.Page("BV9999"); ok {
		t.Error("a page for a code that is none")
	}
}

// measured are the kernels whose answers a page shows.
var measured = []string{"6.12", "6.18", "7.1", "7.3"}

// indexPage lists all codes.
func indexPage() string {
	var b strings.Builder
	b.WriteString("# Why a program is refused\n\nEach rule that the verifier, or a loader, holds programs to has a code, which is the same on all kernels.\n" +
		"`bpfverdict explain CODE` prints its page.\n")
	subject := ""
	for _, c := range diagnosis.Codes() {
		if s := c.Subject(); s != subject {
			subject = s
			fmt.Fprintf(&b, "\n## %s\n\n| code | what is wrong |\n|---|---|\n", upper(s))
		}
		fmt.Fprintf(&b, "| [%s](%s.md) | %s |\n", c.ID, c.ID, c.Title)
	}
	return b.String()
}

func upper(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// codePage is the page of one code.
func codePage(t *testing.T, c diagnosis.Code, models map[string]*kmodel.Model) string {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "# %s: %s\n\n", c.ID, c.Title)
	fmt.Fprintf(&b, "Subject: %s. Linux 7.3 puts it under %q.\n\n", c.Subject(), c.Category)
	fmt.Fprintf(&b, "**The rule.** %s\n\n**Why.** %s\n\n**What to write instead.** %s\n", c.Rule, c.Why, c.Fix)
	if c.NoProgram != "" {
		fmt.Fprintf(&b, "\nThere is no example: %s.\n", c.NoProgram)
	} else {
		s := readSample(t, "testdata/programs/"+c.ID+".bpf.c")
		refused, repaired := sources(t, s)
		fmt.Fprintf(&b, "\n## Refused\n\n```c\n%s```\n\n## Accepted\n\n```c\n%s```\n\n", refused, repaired)
		b.WriteString(kernelTable(t, s, models))
	}
	if words := append(append(slices.Clone(c.Formats), c.Narrow...), c.Older...); len(words) > 0 {
		b.WriteString("\n## In a kernel's or loader's words\n\n```\n")
		for _, w := range words {
			b.WriteString(argIndex.ReplaceAllString(w, "%") + "\n")
		}
		b.WriteString("```\n")
	}
	return b.String()
}

var (
	argIndex = regexp.MustCompile(`%\[\d+\]`)
	// head is what each source begins with, foot what it ends with.
	head = regexp.MustCompile(`(?s)^.*?#include "bpf.h"\n\n`)
	foot = regexp.MustCompile(`(?s)\nLICENSE\("GPL"\);\n$`)
	note = regexp.MustCompile(`[ \t]*//~ NOTE`)
	here = regexp.MustCompile(`//~ ERROR BV\d+`)
	kern = regexp.MustCompile(`(?m)^//~ KERNEL .*\n`)
)

// sources returns the refused program and what surrounds it, and the repaired one.
func sources(t *testing.T, s sample) (refused, repaired string) {
	t.Helper()
	read := func(name string) string {
		text, err := os.ReadFile("testdata/programs/" + name)
		if err != nil {
			t.Fatal(err)
		}
		out := string(text)
		for _, cut := range []*regexp.Regexp{head, foot, note, kern} {
			out = cut.ReplaceAllString(out, "")
		}
		return here.ReplaceAllString(out, "// refused here")
	}
	text := read(s.name + ".bpf.c")
	if twin := s.name + ".repaired.bpf.c"; strings.HasSuffix(s.repaired, ".repaired.bpf.o") {
		return text, read(twin)
	}
	at := strings.Index(text, " refused(")
	end := strings.Index(text[max(at, 0):], "\n}\n")
	if at < 0 || end < 0 {
		t.Fatalf("%s: no end of refused()", s.name)
	}
	end += at + len("\n}\n")
	return text[:end], strings.TrimPrefix(text[end:], "\n")
}

// kernelTable says what the kernels of the models answer, those that agree in one line.
func kernelTable(t *testing.T, s sample, models map[string]*kmodel.Model) string {
	t.Helper()
	type row struct {
		from, to          string
		refused, repaired string
	}
	var rows []row
	for _, name := range measured {
		r := row{name, name, said(t, models[name], "testdata/programs/"+s.name+".bpf.o", "refused"), said(t, models[name], s.repaired, "repaired")}
		if n := len(rows); n > 0 && rows[n-1].refused == r.refused && rows[n-1].repaired == r.repaired {
			rows[n-1].to = name
			continue
		}
		rows = append(rows, r)
	}
	var b strings.Builder
	b.WriteString("| Linux | the first | the second |\n|---|---|---|\n")
	for _, r := range rows {
		span := r.from
		if r.to != r.from {
			span += " to " + r.to
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", span, r.refused, r.repaired)
	}
	return b.String()
}

// said shows an answer in a table.
func said(t *testing.T, k *kmodel.Model, file, program string) string {
	t.Helper()
	switch a := ask(t, k, file, program); {
	case a.open:
		return "not judged"
	case a == answer{}:
		return "accepted"
	case a.message == "":
		return "refused without a word"
	default:
		return "`" + strings.ReplaceAll(a.message, "|", "\\|") + "`"
	}
}
