package report

import (
	"encoding/json"
	"fmt"
	"io"
)

// JSON prints the result as one object.
func JSON(w io.Writer, r *Result) error { return writeJSON(w, r) }

// JSONLines prints one object a line for each program: what JSON has of it, and the schema's version.
func JSONLines(w io.Writer, r *Result) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for p := range r.Programs() {
		line := struct {
			SchemaVersion int `json:"schema_version"`
			*Program
		}{r.SchemaVersion, p}
		if err := enc.Encode(line); err != nil {
			return err
		}
	}
	return nil
}

func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// oldest is the oldest version that ReadJSON reads: of what it called otherwise nothing is compared.
const oldest = 1

// ReadJSON reads what JSON printed, also by version 1. Unknown fields are ignored; another schema_version, an unknown
// verdict and a negative figure are errors.
func ReadJSON(rd io.Reader) (*Result, error) {
	r := Result{Complete: true} // as results are that don't say
	if err := json.NewDecoder(rd).Decode(&r); err != nil {
		return nil, err
	}
	if r.SchemaVersion != SchemaVersion && r.SchemaVersion != oldest {
		return nil, fmt.Errorf("schema_version %d, want %d", r.SchemaVersion, SchemaVersion)
	}
	r.SchemaVersion = SchemaVersion
	for p := range r.Programs() {
		if p.Kernel == "" {
			p.Kernel = r.Kernel
		}
		if err := p.valid(); err != nil {
			return nil, fmt.Errorf("%s/%s: %w", Escape(p.Object), Escape(p.Name), err)
		}
	}
	return &r, nil
}

// valid returns what no check would have found of a program.
func (p *Program) valid() error {
	switch p.Verdict {
	case Success, Failure, Unsupported, Error:
	default:
		return fmt.Errorf("unknown verdict %q", p.Verdict)
	}
	for _, f := range []struct {
		name  string
		value int64
	}{
		{"errno", int64(p.Errno)}, {"size", int64(p.Size)}, {"processed", int64(p.Processed)},
		{"walked", int64(p.Walked)}, {"states", int64(p.States)}, {"peak_states", int64(p.PeakStates)},
		{"max_states_per_insn", int64(p.MaxStatesPerInsn)}, {"stack_depth", int64(p.StackDepth)},
		{"duration_us", p.DurationUS},
	} {
		if f.value < 0 {
			return fmt.Errorf("%s is negative: %d", f.name, f.value)
		}
	}
	return nil
}
