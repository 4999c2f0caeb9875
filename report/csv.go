package report

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"strconv"
)

// csvStats are what CSV prints. They are those that every version of veristat knows, so that its compare mode reads it.
var csvStats = mustStats("file,prog,verdict,duration,insns,states,peak_states,max_states_per_insn")

// CSV prints one line a program under veristat's column names; of no stats, those that every version of veristat knows.
func CSV(w io.Writer, r *Result, stats ...*Stat) error {
	if len(stats) == 0 {
		stats = csvStats
	}
	c := csv.NewWriter(w)
	var head []string
	for _, s := range stats {
		head = append(head, s.Names[0])
	}
	if err := c.Write(head); err != nil {
		return err
	}
	for p := range r.Programs() {
		var row []string
		for _, s := range stats {
			if s.Text != nil {
				row = append(row, Escape(s.Text(p)))
			} else {
				row = append(row, strconv.Itoa(s.Number(p)))
			}
		}
		if err := c.Write(row); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}

// csvFields are what ReadCSV reads, by veristat's names.
var csvFields = map[string]func(*Program, string) error{
	"file_name": func(p *Program, s string) error { p.Object = s; return nil },
	"prog_name": func(p *Program, s string) error { p.Name = s; return nil },
	"verdict":   func(p *Program, s string) error { p.Verdict = Verdict(s); return nil },
	"duration": func(p *Program, s string) (err error) {
		p.DurationUS, err = strconv.ParseInt(s, 10, 64)
		return err
	},
	"total_insns":         number(func(p *Program) *int { return &p.Processed }),
	"total_states":        number(func(p *Program) *int { return &p.States }),
	"peak_states":         number(func(p *Program) *int { return &p.PeakStates }),
	"max_states_per_insn": number(func(p *Program) *int { return &p.MaxStatesPerInsn }),
	"prog_size":           number(func(p *Program) *int { return &p.Size }),
	"stack_depth":         number(func(p *Program) *int { return &p.StackDepth }),
}

func number(field func(*Program) *int) func(*Program, string) error {
	return func(p *Program, s string) (err error) {
		*field(p), err = strconv.Atoi(s)
		return err
	}
}

// ReadCSV reads what CSV printed, or veristat: files, programs, verdicts and figures. Other columns are ignored.
func ReadCSV(rd io.Reader) (*Result, error) {
	c := csv.NewReader(rd)
	head, err := c.Read()
	if err != nil {
		return nil, err
	}
	fields, known := make([]func(*Program, string) error, len(head)), 0
	for i, name := range head {
		if fields[i] = csvFields[name]; fields[i] != nil && i < 3 {
			known++
		}
	}
	if known < 3 {
		return nil, errors.New("it doesn't begin with the columns file_name, prog_name and verdict")
	}
	r := &Result{SchemaVersion: SchemaVersion, Complete: true, KernelFacts: []KernelFacts{}, Skipped: []string{}, Unsearched: []string{}, List: []Program{}}
	for {
		row, err := c.Read()
		if err == io.EOF {
			return r, nil
		}
		if err != nil {
			return nil, err
		}
		line, _ := c.FieldPos(0)
		p := Program{Insn: -1}
		for i, text := range row {
			if fields[i] == nil {
				continue
			}
			if err := fields[i](&p, text); err != nil {
				return nil, fmt.Errorf("line %d: %s: %q is no number", line, head[i], text)
			}
		}
		if err := p.valid(); err != nil {
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
		r.List = append(r.List, p)
	}
}

// baseName is the last element of a path written on any system.
func baseName(p string) string { return path.Base(filepath.ToSlash(p)) }
