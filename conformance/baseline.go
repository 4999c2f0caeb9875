package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
)

// baseline is what was last reached: agreements by figure, more is better, and
// counts of what should not be, less is better.
type baseline struct {
	Agree  map[string]ratio `json:"agree"`
	Faults map[string]int   `json:"faults"`
}

func (c *comparison) baseline() baseline {
	b := baseline{Agree: map[string]ratio{}, Faults: map[string]int{}}
	add := func(name string, f *figures) {
		b.Agree[name+": verdict"] = f.Verdict
		b.Agree[name+": message"] = f.Message
		b.Agree[name+": processed"] = f.Processed
	}
	add("all", &c.All)
	for name, f := range c.Subsets {
		add(name, f)
	}
	for name, f := range c.Groups {
		add("group "+name, f)
	}
	b.Agree["states"] = c.States
	b.Agree["prepare"] = c.Prepare
	b.Faults["false accepts"] = c.FalseAccepts
	b.Faults["false accepts, no kfunc or BTF pointer"] = c.FalseAcceptsPlain
	b.Faults["bugs"] = c.Bugs
	return b
}

func writeBaseline(path string, c *comparison) error {
	data, err := json.MarshalIndent(c.baseline(), "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(data, '\n'), 0o644)
}

// holdBaseline fails if a figure is worse than it was.
func holdBaseline(w io.Writer, path string, c *comparison) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var was baseline
	if err := json.Unmarshal(data, &was); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	worse, better := was.against(c.baseline(), w)
	if worse > 0 {
		return fmt.Errorf("%d figures are worse than in %s", worse, path)
	}
	if better > 0 {
		fmt.Fprintf(w, "%d figures are better than in %s: record them with -update\n", better, path)
	}
	return nil
}

// against prints each figure of now that is worse, and counts the worse and the better.
func (was *baseline) against(now baseline, w io.Writer) (worse, better int) {
	for _, name := range slices.Sorted(maps.Keys(was.Agree)) {
		a, b := was.Agree[name], now.Agree[name]
		// Membership of a subset may move with what we can link, so shares are compared.
		switch x, y := int64(a.Equal)*int64(max(b.Total, 1)), int64(b.Equal)*int64(max(a.Total, 1)); {
		case y < x:
			worse++
			fmt.Fprintf(w, "worse: %s: %s, was %s\n", name, b, a)
		case y > x:
			better++
		}
	}
	for _, name := range slices.Sorted(maps.Keys(was.Faults)) {
		switch a, b := was.Faults[name], now.Faults[name]; {
		case b > a:
			worse++
			fmt.Fprintf(w, "worse: %s: %d, was %d\n", name, b, a)
		case b < a:
			better++
		}
	}
	return worse, better
}
