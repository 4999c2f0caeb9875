package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
)

// baseline is what was last reached: agreements by figure, more is better, and
// counts of what should not be, less is better.
type baseline struct {
	Kernel string `json:"kernel"` // the build whose answers these are
	// Corpus is what it answered about, if not the 6.12 selftests.
	Corpus string `json:"corpus,omitempty"`
	// CPUs is how many the machine had that answered, where the answers don't say it and it shows in them.
	CPUs   uint             `json:"cpus,omitempty"`
	Agree  map[string]ratio `json:"agree"`
	Faults map[string]int   `json:"faults"`
}

func (c *comparison) baseline() baseline {
	b := baseline{Kernel: c.recorded, Agree: map[string]ratio{}, Faults: map[string]int{}}
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
	b.Agree["refused: errno"] = c.Refused.Errno
	b.Agree["refused: counts"] = c.Refused.Counts
	b.Agree["refused: stack depth"] = c.Refused.Depth
	b.Agree["refused: log"] = c.Refused.Log
	b.Agree["prepare"] = c.Prepare
	b.Faults["false accepts"] = c.FalseAccepts
	b.Faults["false accepts, no kfunc or BTF pointer"] = c.FalseAcceptsPlain
	b.Faults["bugs"] = c.Bugs
	return b
}

func writeBaseline(path string, c *comparison, was *baseline) error {
	b := c.baseline()
	b.CPUs, b.Corpus = was.CPUs, was.Corpus
	data, err := json.MarshalIndent(b, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(data, '\n'), 0o644)
}

func readBaseline(path string) (*baseline, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	b := &baseline{}
	if err := json.Unmarshal(data, b); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return b, nil
}

// hold fails if a figure is worse than it was, if there is less to compare than there was, or if another
// kernel answered.
func (was *baseline) hold(w io.Writer, path string, c *comparison) error {
	if was.Kernel != c.recorded {
		return fmt.Errorf("these are the answers of kernel %q; %s is about %q", c.recorded, path, was.Kernel)
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

// against prints each figure of now that is worse, smaller or unheard of, and counts them and the better.
func (was *baseline) against(now baseline, w io.Writer) (worse, better int) {
	for _, name := range slices.Sorted(maps.Keys(now.Agree)) {
		a, known := was.Agree[name]
		b := now.Agree[name]
		x, y := int64(a.Equal)*int64(max(b.Total, 1)), int64(b.Equal)*int64(max(a.Total, 1))
		switch {
		case !known:
			worse++
			fmt.Fprintf(w, "not in the baseline: %s: %s\n", name, b)
		case y < x, b.Total < a.Total && !isSubset(name):
			worse++
			fmt.Fprintf(w, "worse: %s: %s, was %s\n", name, b, a)
		case y > x:
			better++
		}
	}
	for _, name := range slices.Sorted(maps.Keys(was.Agree)) {
		if _, ok := now.Agree[name]; !ok {
			worse++
			fmt.Fprintf(w, "gone: %s: was %s\n", name, was.Agree[name])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(now.Faults)) {
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

// isSubset reports whether a figure is of a subset whose members depend on what we can link: there only
// shares can be compared. All programs together are counted elsewhere.
func isSubset(figure string) bool {
	name, _, _ := strings.Cut(figure, ": ")
	for i := range subsets {
		if subsets[i].name == name {
			return true
		}
	}
	return false
}
