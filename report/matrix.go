package report

import "slices"

// MatrixVersion is the version of a Matrix's JSON form; docs/matrix.schema.json describes it.
// Added fields leave it as it is, removed or changed ones raise it.
const MatrixVersion = 1

// Matrix is what several kernels say about the same programs.
type Matrix struct {
	SchemaVersion int      `json:"schema_version"`
	Kernels       []string `json:"kernels"` // the models that judged, a column each
	// Complete: every program was judged by every kernel.
	Complete bool        `json:"complete"`
	Skipped  []string    `json:"skipped"` // files of folders that are objects for other machines than BPF
	List     []MatrixRow `json:"programs"`
	Reasons  []Reason    `json:"reasons"` // what cells refer to, numbered from 1
}

// MatrixRow is what each kernel says about one program.
type MatrixRow struct {
	Object  string `json:"object"`
	Name    string `json:"program"`
	Section string `json:"section"`
	Type    string `json:"type"`
	// First is the first of the kernels that accepts it, empty for none.
	First string `json:"first"`
	Cells []Cell `json:"cells"` // one a kernel
}

// Cell is what one kernel says about one program.
type Cell struct {
	Verdict    Verdict `json:"verdict"` // empty where the check ended before
	Errno      Errno   `json:"errno"`
	Processed  int     `json:"processed"`
	States     int     `json:"states"`
	PeakStates int     `json:"peak_states"`
	Reason     int     `json:"reason"` // the number of why it isn't a success, 0 for none
}

// Reason is why a program isn't accepted.
type Reason struct {
	Number  int     `json:"number"`
	Verdict Verdict `json:"verdict"`
	Errno   Errno   `json:"errno"`
	Message string  `json:"message"`
	Source  *Source `json:"source"` // nil if unknown
	Cause   *Cause  `json:"cause"`  // how the kernel differs from the next one that accepts the program; nil if unknown
}

// Cause is something in which two kernels differ that decides about a program.
type Cause struct {
	Kind   CauseKind `json:"kind"`
	Name   string    `json:"name"`   // of the feature, of several with + between; of the helper, with bpf_; of the kernel function
	Since  string    `json:"since"`  // the first release that has all of it; of helpers and functions, the first of the kernels that judged
	Effect string    `json:"effect"` // what features change, one line
	// Missing: the kernel that refuses lacks it; otherwise it has it, and the one that accepts lacks it.
	Missing bool `json:"missing"`
}

// CauseKind is what a Cause is.
type CauseKind string

// Kinds of causes.
const (
	CauseFeature CauseKind = "feature" // a feature of the verifier
	CauseHelper  CauseKind = "helper"  // a helper that the program may call
	CauseKfunc   CauseKind = "kfunc"   // a kernel function that it may call
)

// NewMatrix puts results side by side, a column each. They are of the same programs.
func NewMatrix(results []*Result) *Matrix {
	m := &Matrix{SchemaVersion: MatrixVersion, Kernels: []string{}, Complete: true, Skipped: []string{}, List: []MatrixRow{}, Reasons: []Reason{}}
	rows, reasons := map[programKey]int{}, map[reasonKey]int{}
	for column, r := range results {
		m.Kernels = append(m.Kernels, r.Kernel)
		m.Complete = m.Complete && r.Complete
		m.Skipped = union(m.Skipped, r.Skipped)
		for p := range r.Programs() {
			i, ok := rows[p.key()]
			if !ok {
				i = len(m.List)
				rows[p.key()] = i
				m.List = append(m.List, MatrixRow{Object: p.Object, Name: p.Name, Section: p.Section, Type: p.Type, Cells: make([]Cell, len(results))})
			}
			m.List[i].Cells[column] = m.cell(p, reasons)
		}
	}
	m.number()
	return m
}

// cell is what a result says of a program. Reasons are numbered as they come; numbers has those that have come.
func (m *Matrix) cell(p *Program, numbers map[reasonKey]int) Cell {
	c := Cell{Verdict: p.Verdict, Errno: p.Errno, Processed: p.Processed, States: p.States, PeakStates: p.PeakStates}
	if p.Verdict == Success {
		return c
	}
	reason := Reason{Verdict: p.Verdict, Errno: p.Errno, Message: p.Message, Source: p.Source, Cause: p.Cause}
	key := reason.key()
	if numbers[key] == 0 {
		m.Reasons = append(m.Reasons, reason)
		numbers[key] = len(m.Reasons)
	}
	c.Reason = numbers[key]
	return c
}

// reasonKey is alike of reasons that read alike.
type reasonKey struct {
	reason          Reason // without what it points to
	source          Source
	cause           Cause
	sourced, caused bool
}

func (r Reason) key() reasonKey {
	var k reasonKey
	if k.sourced = r.Source != nil; k.sourced {
		k.source = *r.Source
	}
	if k.caused = r.Cause != nil; k.caused {
		k.cause = *r.Cause
	}
	r.Source, r.Cause = nil, nil
	k.reason = r
	return k
}

// number numbers the reasons in the order in which a reader meets them, and finds the first kernels.
func (m *Matrix) number() {
	var order []Reason
	numbers := make([]int, len(m.Reasons)+1)
	for i := range m.List {
		row := &m.List[i]
		for column := range row.Cells {
			c := &row.Cells[column]
			if c.Verdict == Success && row.First == "" {
				row.First = m.Kernels[column]
			}
			if c.Reason > 0 && numbers[c.Reason] == 0 {
				order = append(order, m.Reasons[c.Reason-1])
				numbers[c.Reason] = len(order)
				order[len(order)-1].Number = len(order)
			}
			c.Reason = numbers[c.Reason]
		}
	}
	if order != nil {
		m.Reasons = order
	}
}

// Missed are the rows that not all of the kernels accept, by those that do not.
func (m *Matrix) Missed(kernels []string) []MatrixRow {
	var out []MatrixRow
	for _, row := range m.List {
		for i, c := range row.Cells {
			if c.Verdict != Success && slices.Contains(kernels, m.Kernels[i]) {
				out = append(out, row)
				break
			}
		}
	}
	return out
}
