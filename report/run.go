package report

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// RunSchemaVersion is the version of a RunResult's JSON form; docs/run.schema.json describes it. Added fields leave it as
// it is, removed or changed ones raise it.
const RunSchemaVersion = 1

// Outcome is how a run ended.
type Outcome string

// Outcomes.
const (
	Returned Outcome = "returned"
	Faulted  Outcome = "fault"    // the program did what no verified program may do
	Rejected Outcome = "rejected" // it did not run: the kernel would not load it
	TimedOut Outcome = "timeout"  // it did not end in the time it was given
	Lacking  Outcome = "unsupported"
)

// RunResult is what runs of programs gave.
type RunResult struct {
	SchemaVersion int    `json:"schema_version"`
	Kernel        string `json:"kernel"` // the model that programs were verified by and run on
	Runs          []Run  `json:"runs"`
}

// Run is one run of a program.
type Run struct {
	Object     string         `json:"object"` // path as given
	Program    string         `json:"program"`
	Outcome    Outcome        `json:"outcome"`
	Retval     uint32         `json:"retval"`      // what the program returned; 0 if it did not
	Insns      uint64         `json:"insns"`       // instructions run, in all repetitions; 0 of a compiled program
	DurationNS int64          `json:"duration_ns"` // what running took, in nanoseconds
	Printk     []string       `json:"printk"`      // lines of bpf_printk
	DataOut    string         `json:"data_out"`    // the packet afterwards, in hexadecimal; empty for none
	CtxOut     string         `json:"ctx_out"`     // the context afterwards, likewise
	Maps       map[string]any `json:"maps"`        // elements by map, if asked for; else null
	Message    string         `json:"message"`     // why it did not return; one line
	Fault      *Fault         `json:"fault"`       // null without one
}

// Fault is what a program did that no verified program may do.
type Fault struct {
	Kind    string  `json:"kind"`
	Program string  `json:"program"` // in which it happened: a tail call may have led there
	Insn    int     `json:"insn"`
	Source  *Source `json:"source"`
	Detail  string  `json:"-"` // all that is known of it, in several lines
}

// RunJSON prints a result as JSON.
func RunJSON(w io.Writer, r *RunResult) error {
	return writeJSON(w, r)
}

// RunTable prints a result for people: a line a run, below it what else there is to say.
func RunTable(w io.Writer, r *RunResult) error {
	for i := range r.Runs {
		if err := r.Runs[i].print(w); err != nil {
			return err
		}
	}
	return nil
}

func (r *Run) print(w io.Writer) error {
	var b strings.Builder
	name := Escape(r.Object)
	if r.Program != "" {
		name += ":" + Escape(r.Program)
	}
	for _, line := range r.Printk {
		fmt.Fprintf(&b, "%s: printk: %s\n", name, Escape(line))
	}
	switch {
	case r.Outcome == Returned:
		cost := fmt.Sprintf("%d instructions", r.Insns)
		if r.Insns == 0 {
			cost = fmt.Sprintf("compiled, %d ns", r.DurationNS)
		}
		fmt.Fprintf(&b, "%s: return %d (%#x), %s\n", name, r.Retval, r.Retval, cost)
	case r.Fault != nil:
		fmt.Fprintf(&b, "%s: fault: %s\n", name, EscapeLines(r.Fault.Detail))
	default:
		fmt.Fprintf(&b, "%s: %s: %s\n", name, r.Outcome, Escape(r.Message))
	}
	for _, name := range slices.Sorted(maps.Keys(r.Maps)) {
		fmt.Fprintf(&b, "map %s:\n", Escape(name))
		text, err := json.Marshal(r.Maps[name])
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "  %s\n", Escape(string(text)))
	}
	_, err := io.WriteString(w, b.String())
	return err
}
