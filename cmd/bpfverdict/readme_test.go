package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// shown is a command in a document, and what the document says it prints.
var shown = regexp.MustCompile("(?s)```\n\\$ (bpfverdict [^\n]*)\n(.*?)```")

// TestReadme runs the commands that README.md shows and wants what it says they print: "..." on a line of its own
// stands for any lines, a time for any time.
func TestReadme(t *testing.T) {
	root := filepath.Join("..", "..")
	text, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	commands := shown.FindAllStringSubmatch(strings.ReplaceAll(string(text), "\r\n", "\n"), -1)
	if len(commands) < 4 {
		t.Fatalf("README.md shows %d commands", len(commands))
	}
	for _, c := range commands {
		t.Run(c[1], func(t *testing.T) {
			cmd := exec.Command("bpfverdict", strings.Fields(c[1])[1:]...)
			cmd.Dir = root
			got, err := cmd.CombinedOutput()
			if _, refused := err.(*exec.ExitError); err != nil && !refused {
				t.Fatal(err)
			}
			if !printed(c[2]).MatchString(string(got)) {
				t.Errorf("README.md says\n%s\nprinted is\n%s", c[2], got)
			}
		})
	}
}

var duration = regexp.MustCompile(`((?:success|failure)(?: +\d+){3}) +\d+`)

// printed matches what a document shows.
func printed(text string) *regexp.Regexp {
	var re strings.Builder
	re.WriteString(`\A`)
	for line := range strings.Lines(text) {
		if line == "...\n" {
			re.WriteString(`(?s:.*\n)?`)
			continue
		}
		for i, part := range duration.Split(line, 2) {
			if i == 1 {
				re.WriteString(regexp.QuoteMeta(duration.FindStringSubmatch(line)[1]) + ` +\d+`)
			}
			re.WriteString(regexp.QuoteMeta(part))
		}
	}
	return regexp.MustCompile(re.String() + `\z`)
}
