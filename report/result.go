// Package report holds the result of a check and prints it. Printers are pure: the same Result gives the
// same bytes. What is printed for people has control characters escaped, since names and source lines
// come from the object.
package report

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/bpfverdict/bpfverdict/diagnosis"
)

// SchemaVersion is the version of the JSON form; docs/result.schema.json describes it.
// Added fields leave it as it is, removed or changed ones raise it. Version 1 called a program's size insns, and a
// diagnosis' path secondary.
const SchemaVersion = 2

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
	SchemaVersion int           `json:"schema_version"`
	ToolVersion   string        `json:"tool_version"` // of bpfverdict
	Kernel        string        `json:"kernel"`       // the model that judged; of several, their names with commas between
	KernelFacts   []KernelFacts `json:"kernel_facts"` // what the answers rest on, one a kernel
	// Complete: every program was judged of what was given. It is not where the check was interrupted, or where
	// something could not be read.
	Complete   bool      `json:"complete"`
	Shard      *Shard    `json:"shard"`      // which part of a run it is; nil for all
	Skipped    []string  `json:"skipped"`    // files of folders that are objects for other machines than BPF
	Unsearched []string  `json:"unsearched"` // folders in folders, which were not looked into
	List       []Program `json:"programs"`
}

// KernelFacts is what answers of a kernel's model rest on.
type KernelFacts struct {
	Kernel   string `json:"kernel"`
	Measured string `json:"measured"` // the build whose recorded answers the model is held to, "" for none
	Derived  string `json:"derived"`  // the model that some of its tables are taken from, "" for none
	Arch     string `json:"arch"`
	// Changes are what was changed of the model: features as +NAME and -NAME, and what was given to it, by a digest.
	Changes        []string `json:"changes"`
	Lockdown       string   `json:"lockdown"`
	JIT            bool     `json:"jit"`
	PageSize       uint32   `json:"page_size"` // bytes
	CPUs           uint32   `json:"cpus"`
	KprobeOverride bool     `json:"kprobe_override"`
	ErrorInjection bool     `json:"error_injection"`
}

// Merge makes one result of results of several kernels, or of several objects: what each kernel says of a program stands
// together. Of one result it is that, of none it is empty.
func Merge(results []*Result) *Result {
	if len(results) == 1 {
		return results[0]
	}
	all := &Result{SchemaVersion: SchemaVersion, KernelFacts: []KernelFacts{}, Complete: true, Skipped: []string{}, Unsearched: []string{}, List: []Program{}}
	if len(results) > 0 {
		all.ToolVersion, all.Shard = results[0].ToolVersion, results[0].Shard
	}
	order := map[programKey]int{}
	kernels := map[string]int{}
	var names []string
	for _, r := range results {
		if _, ok := kernels[r.Kernel]; !ok {
			kernels[r.Kernel] = len(names)
			names = append(names, r.Kernel)
			all.KernelFacts = append(all.KernelFacts, r.KernelFacts...)
		}
		all.add(r)
		for p := range r.Programs() {
			if _, ok := order[p.key()]; !ok {
				order[p.key()] = len(order)
			}
		}
	}
	all.Kernel = strings.Join(names, ",")
	if len(names) > 1 {
		slices.SortStableFunc(all.List, func(a, b Program) int {
			return cmp.Or(cmp.Compare(order[a.key()], order[b.key()]), cmp.Compare(kernels[a.Kernel], kernels[b.Kernel]))
		})
	}
	return all
}

// add adds what another result has, and lacks.
func (r *Result) add(other *Result) {
	r.Complete = r.Complete && other.Complete
	r.List = append(r.List, other.List...)
	r.Skipped = union(r.Skipped, other.Skipped)
	r.Unsearched = union(r.Unsearched, other.Unsearched)
}

// programKey tells the programs of a result by one kernel apart.
type programKey struct{ object, program, section, preset string }

func (p *Program) key() programKey { return programKey{p.Object, p.Name, p.Section, p.Preset} }

// union adds to list what it lacks of more.
func union(list, more []string) []string {
	for _, s := range more {
		if !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	return list
}

// several reports that more than one kernel judged.
func (r *Result) several() bool {
	return slices.ContainsFunc(r.List, func(p Program) bool { return p.Kernel != r.List[0].Kernel })
}

// Programs goes through the programs, which may be changed meanwhile.
func (r *Result) Programs() iter.Seq[*Program] {
	return func(yield func(*Program) bool) {
		for i := range r.List {
			if !yield(&r.List[i]) {
				return
			}
		}
	}
}

// Program is what was found about one program.
type Program struct {
	Object  string   `json:"object"`        // path as given, or as found in a directory
	SHA256  string   `json:"object_sha256"` // of the object's bytes, in hexadecimal
	Name    string   `json:"program"`
	Kernel  string   `json:"kernel"`  // the model that judged
	Preset  string   `json:"preset"`  // of several that programs were judged with, the name of the one; empty for none
	Section string   `json:"section"` // as in the file, with a leading ? where libbpf wouldn't load it unasked
	Type    string   `json:"type"`    // as in "xdp"
	Verdict Verdict  `json:"verdict"`
	Errno   Errno    `json:"errno"`   // what loading would fail with; 0 on success
	Code    string   `json:"code"`    // of the rule that it breaks, as diagnosis.Lookup takes it; "" for none
	Message string   `json:"message"` // why it isn't a success, one line
	Lines   []string `json:"-"`       // all that the kernel says there, Message being the last
	Note    string   `json:"note"`    // what else the answer rests on, one line; empty for nothing
	Insn    int      `json:"insn"`    // the instruction that was refused, subprograms counted on; -1 for none
	// Function is the function of the program that it is in, "" for none.
	Function string  `json:"function"`
	Source   *Source `json:"source"` // where it was refused; nil if unknown
	Cause    *Cause  `json:"-"`      // how the kernel differs from one that accepts it; nil where nobody asked, or if unknown
	// Diagnosis explains a refusal; nil for other verdicts, or if nobody asked.
	Diagnosis *diagnosis.Diagnosis `json:"diagnosis"`

	Size             int `json:"size"`                // instructions loaded, subprograms included
	Processed        int `json:"processed"`           // instructions walked, each as often as it was
	Walked           int `json:"walked"`              // instructions that some path ran, of Size
	States           int `json:"states"`              // states remembered, all together
	PeakStates       int `json:"peak_states"`         // the most states remembered at a time
	MaxStatesPerInsn int `json:"max_states_per_insn"` // the most states remembered at one instruction
	StackDepth       int `json:"stack_depth"`         // bytes, all subprograms together

	// Cost is where the walk went; nil if nobody asked, and of programs that came to no limit.
	Cost *diagnosis.Cost `json:"cost"`

	// Assumed are the constants that the program refers to and that were taken as the object has them, since
	// nobody set them; a loader may, and what is behind them may then be walked.
	Assumed []string `json:"assumed"`

	DurationUS int64  `json:"duration_us"` // what judging took, in microseconds
	Log        string `json:"log"`         // the kernel's log text, at the level asked for

	// Expected marks a program that is no success and is not meant to be, as a project's file says.
	Expected bool `json:"expected"`

	// Bug marks an Error that is a bug of this program, not a fact about the input.
	Bug bool `json:"-"`
}

// Coverage is how much of a program's instructions some path ran, in percent.
func (p *Program) Coverage() float64 {
	if p.Size == 0 {
		return 0
	}
	return 100 * float64(p.Walked) / float64(p.Size)
}

// bad reports a program that should have been a success.
func (p *Program) bad() bool { return p.Verdict != Success && !p.Expected }

// assumption says in one line that an acceptance doesn't cover the whole program, because of constants that
// nobody has set; empty where it does.
func (p *Program) assumption() string {
	if p.Verdict != Success || len(p.Assumed) == 0 || p.Walked >= p.Size {
		return ""
	}
	noun, them := "constant at its default", "it"
	if len(p.Assumed) > 1 {
		noun, them = "constants at their defaults", "them"
	}
	return fmt.Sprintf("%d %s: %d of %d instructions walked; --set changes %s", len(p.Assumed), noun, p.Walked, p.Size, them)
}

// Source is a place in the source of a program.
type Source struct {
	File   string `json:"file"`
	Line   int    `json:"line"`   // from 1
	Column int    `json:"column"` // from 1, 0 if unknown
	Text   string `json:"text"`   // the line, trimmed
}

// String returns "file:line", with what a terminal would obey escaped; "unknown source" for nil.
func (s *Source) String() string {
	if s == nil {
		return "unknown source"
	}
	return fmt.Sprintf("%s:%d", Escape(s.File), s.Line)
}

// Count returns how many programs have the verdict.
func (r *Result) Count(v Verdict) int {
	n := 0
	for p := range r.Programs() {
		if p.Verdict == v {
			n++
		}
	}
	return n
}
