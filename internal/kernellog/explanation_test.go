package kernellog

import "testing"

func TestExplained(t *testing.T) {
	for log, want := range map[string]Explanation{
		"bad\n":             {},
		"bad\n" + explained: {Cause: true, Place: true, Help: true},
		"  cut\n\nCausal path:\n  f\n\nSuggestion:\n  Check it.\n": {Cause: true, Place: true, Path: true, Help: true},
		"  Reason:\n": {},
	} {
		if got := Explained(log); got != want {
			t.Errorf("%q: %+v, want %+v", log, got, want)
		}
	}
}
