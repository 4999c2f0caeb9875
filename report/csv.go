package report

import (
	"encoding/csv"
	"io"
	"path"
	"path/filepath"
	"strconv"
)

// statColumns are the figures that CSV gives, under veristat's names. They are those that every
// version of veristat knows, so that its compare mode reads what CSV prints.
var statColumns = []struct {
	name  string
	value func(*Program) int
}{
	{"duration", func(p *Program) int { return int(p.DurationUS) }},
	{"total_insns", func(p *Program) int { return p.Processed }},
	{"total_states", func(p *Program) int { return p.States }},
	{"peak_states", func(p *Program) int { return p.PeakStates }},
	{"max_states_per_insn", func(p *Program) int { return p.MaxStatesPerInsn }},
}

// CSV prints one line a program under veristat's column names.
func CSV(w io.Writer, r *Result) error {
	c := csv.NewWriter(w)
	head := []string{"file_name", "prog_name", "verdict"}
	for _, col := range statColumns {
		head = append(head, col.name)
	}
	if err := c.Write(head); err != nil {
		return err
	}
	for p := range r.Programs() {
		row := []string{Escape(baseName(p.Object)), Escape(p.Name), string(p.Verdict)}
		for _, col := range statColumns {
			row = append(row, strconv.Itoa(col.value(p)))
		}
		if err := c.Write(row); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}

// baseName is the last element of a path written on any system.
func baseName(p string) string { return path.Base(filepath.ToSlash(p)) }
