// Package report holds the result of a check and prints it. Printers are pure:
// the same Result gives the same bytes.
package report

// SchemaVersion is the version of the JSON form; docs/result.schema.json describes it.
// Added fields leave it as it is, removed or changed ones raise it.
const SchemaVersion = 1

// Verdict is the answer for one program.
type Verdict string

// Verdicts.
const (
	Success     Verdict = "success"     // the kernel would load it
	Failure     Verdict = "failure"     // the verifier would refuse it
	Unsupported Verdict = "unsupported" // the model can't judge it
	Error       Verdict = "error"       // it never reaches the verifier, or a bug of ours
)

// Result is what was found about a number of programs on one kernel.
type Result struct {
	SchemaVersion int       `json:"schema_version"`
	Kernel        string    `json:"kernel"`
	Programs      []Program `json:"programs"`
}

// Program is what was found about one program.
type Program struct {
	Object  string   `json:"object"` // path as given, or as found in a directory
	Program string   `json:"program"`
	Section string   `json:"section"`
	Type    string   `json:"type"` // as in "xdp"
	Verdict Verdict  `json:"verdict"`
	Errno   int      `json:"errno"`   // positive; 0 on success
	Message string   `json:"message"` // why it isn't a success, one line
	Lines   []string `json:"-"`       // all that the kernel says there, Message being the last
	Source  *Source  `json:"source"`  // where it was refused; nil if unknown

	Insns            int `json:"insns"`     // instructions loaded, subprograms included
	Processed        int `json:"processed"` // instructions walked
	States           int `json:"states"`
	PeakStates       int `json:"peak_states"`
	MaxStatesPerInsn int `json:"max_states_per_insn"`
	StackDepth       int `json:"stack_depth"` // bytes, all subprograms together

	DurationUS int64  `json:"duration_us"`
	Log        string `json:"log"` // the kernel's log text, at the level asked for

	// Bug marks an Error that is a bug of this program, not a fact about the input.
	Bug bool `json:"-"`
}

// Source is a place in the source of a program.
type Source struct {
	File string `json:"file"`
	Line int    `json:"line"`
	Text string `json:"text"` // the line, trimmed
}

// Count returns how many programs have the verdict.
func (r *Result) Count(v Verdict) int {
	n := 0
	for i := range r.Programs {
		if r.Programs[i].Verdict == v {
			n++
		}
	}
	return n
}
