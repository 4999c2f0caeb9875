package main

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/FIDELITY.md's rows")

// docs/FIDELITY.md says what the ratchet holds.
func TestFidelityHasTheBaselines(t *testing.T) {
	if *update {
		if err := refreshRows(".."); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(filepath.Join("..", docFile))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := kernelRows("baselines")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), rows) {
		t.Errorf("%s is not of these baselines: go test ./conformance -run Fidelity -update", docFile)
	}
	if again := string(withRows(text, rows)); again != string(text) {
		t.Errorf("the rows are not replaced by themselves:\n%s", again)
	}
}

func TestCompareBuilds(t *testing.T) {
	for _, c := range [][2]string{{"6.9.1", "6.12.0"}, {"6.18", "6.18.44"}, {"7.0.13", "7.1.2"}, {"6.18.44", "6.18.44-v782"}} {
		if compareBuilds(c[0], c[1]) >= 0 || compareBuilds(c[1], c[0]) <= 0 || compareBuilds(c[0], c[0]) != 0 {
			t.Error(c)
		}
	}
}
