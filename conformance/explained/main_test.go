package main

import (
	"strings"
	"testing"
)

func TestRefusedExamplesAreExplained(t *testing.T) {
	var b strings.Builder
	if err := run(&b, "../../examples/refused", "6.18", false); err != nil {
		t.Fatal(err)
	}
	want := `5 refusals, 0 of objects without lines
code                        5/5
line                        5/5
cause                       5/5
a place that led there      5/5
begin of what is held       1/1
help                        5/5
`
	if b.String() != want {
		t.Errorf("%s", b.String())
	}
	if err := run(&b, t.TempDir(), "6.18", true); err == nil {
		t.Error("an empty folder is no error")
	}
}
