package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A Stat is something that is known of a program, under veristat's names.
type Stat struct {
	Names  []string              // all by which it may be called; the first is CSV's
	Head   string                // what tables call it
	Text   func(*Program) string // nil for a number
	Number func(*Program) int    // nil for a text

	costs bool // only known of what the verifier came to
}

// stats are all that can be printed, filtered and sorted by.
var stats = []Stat{
	{Names: []string{"file_name", "filename", "file"}, Head: "File", Text: func(p *Program) string { return baseName(p.Object) }},
	{Names: []string{"prog_name", "progname", "prog"}, Head: "Program", Text: func(p *Program) string { return p.Name }},
	{Names: []string{"verdict"}, Head: "Verdict", Text: func(p *Program) string { return string(p.Verdict) }},
	{Names: []string{"duration", "dur"}, Head: "Duration (us)", Number: func(p *Program) int { return int(p.DurationUS) }, costs: true},
	{Names: []string{"total_insns", "insns"}, Head: "Insns", Number: func(p *Program) int { return p.Processed }, costs: true},
	{Names: []string{"total_states", "states"}, Head: "States", Number: func(p *Program) int { return p.States }, costs: true},
	{Names: []string{"peak_states"}, Head: "Peak states", Number: func(p *Program) int { return p.PeakStates }, costs: true},
	{Names: []string{"max_states_per_insn"}, Head: "Max states per insn", Number: func(p *Program) int { return p.MaxStatesPerInsn }, costs: true},
	{Names: []string{"prog_type"}, Head: "Program type", Text: func(p *Program) string { return p.Type }},
	{Names: []string{"prog_size"}, Head: "Program size", Number: func(p *Program) int { return p.Size }},
	{Names: []string{"stack_depth", "stack"}, Head: "Stack depth", Number: func(p *Program) int { return p.StackDepth }, costs: true},
	{Names: []string{"walked"}, Head: "Walked", Number: func(p *Program) int { return p.Walked }, costs: true},
	{Names: []string{"code"}, Head: "Code", Text: func(p *Program) string { return p.Code }},
	{Names: []string{"preset"}, Head: "Preset", Text: func(p *Program) string { return p.Preset }},
	{Names: []string{"kernel"}, Head: "Kernel", Text: func(p *Program) string { return p.Kernel }},
}

// FindStat returns the stat of that name, in whatever case.
func FindStat(name string) (*Stat, bool) {
	i := slices.IndexFunc(stats, func(s Stat) bool { return slices.Contains(s.Names, strings.ToLower(strings.TrimSpace(name))) })
	if i < 0 {
		return nil, false
	}
	return &stats[i], true
}

// StatNames are the first names of all stats.
func StatNames() []string {
	names := make([]string, len(stats))
	for i := range stats {
		names[i] = stats[i].Names[0]
	}
	return names
}

// ParseStats reads names with commas between them.
func ParseStats(list string) ([]*Stat, error) {
	var out []*Stat
	for name := range strings.SplitSeq(list, ",") {
		s, ok := FindStat(name)
		if !ok {
			return nil, fmt.Errorf("no stat %q; there are %s", name, strings.Join(StatNames(), ", "))
		}
		out = append(out, s)
	}
	return out, nil
}

// mustStats is ParseStats of names that are known.
func mustStats(list string) []*Stat {
	out, err := ParseStats(list)
	if err != nil {
		panic(err)
	}
	return out
}

// Figure is the stat as a number; of a verdict it is 1 for a success and 0 for others, of other texts 0.
func (s *Stat) Figure(p *Program) int {
	switch {
	case s.Number != nil:
		return s.Number(p)
	case s.Names[0] == "verdict" && p.Verdict == Success:
		return 1
	}
	return 0
}

// cell is the stat for people: a dash where a program never got so far.
func (s *Stat) cell(p *Program) string {
	switch {
	case s.Text != nil:
		return Escape(s.Text(p))
	case s.costs && p.Verdict == Error:
		return "-"
	}
	return strconv.Itoa(s.Number(p))
}
