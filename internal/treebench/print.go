package treebench

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"text/tabwriter"
)

// Result is what was measured, beside what the same programs cost in kernels.
type Result struct {
	Kernel  string     `json:"kernel"` // whose rules were kept
	Rows    []Row      `json:"rows"`
	Kernels []Recorded `json:"kernels"`
}

// beside is the row of the first kernel that has one for the same.
func (r *Result) beside(row *Row) *Row {
	for _, k := range r.Kernels {
		if f := Find(k.Rows, row.Way, row.Nodes, row.CPUs); f != nil {
			return f
		}
	}
	return nil
}

var columns = []string{"nodes", "cpus", "way", "steps", "steps/log2", "ns/lookup", "ns/step", "lookups/s", "ratio", "kernel ns/lookup", "kernel ratio", "missed"}

// cells are the texts of a row; what no kernel was measured with is empty.
func (r *Result) cells(row *Row) []string {
	var steps, perLog, perStep, kernelNS, kernelRatio string
	if row.Steps > 0 {
		steps, perStep = fmt.Sprintf("%.1f", row.Steps), fmt.Sprintf("%.1f", row.NS/row.Steps)
		perLog = fmt.Sprintf("%.2f", row.Steps/math.Log2(float64(row.Nodes)+1))
	}
	if k := r.beside(row); k != nil {
		kernelNS, kernelRatio = fmt.Sprintf("%.1f", k.NS), fmt.Sprintf("%.2f", k.Ratio)
	}
	return []string{
		strconv.Itoa(row.Nodes), strconv.Itoa(row.CPUs), string(row.Way), steps, perLog,
		fmt.Sprintf("%.1f", row.NS), perStep, fmt.Sprintf("%.0f", row.PerSecond), fmt.Sprintf("%.2f", row.Ratio),
		kernelNS, kernelRatio, strconv.Itoa(row.Missed),
	}
}

// Table prints the result for people.
func (r *Result) Table(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	line := func(cells []string) {
		for _, c := range cells {
			fmt.Fprint(t, c, "\t")
		}
		fmt.Fprintln(t)
	}
	line(columns)
	for i := range r.Rows {
		line(r.cells(&r.Rows[i]))
	}
	return t.Flush()
}

// CSV prints the result with a header.
func (r *Result) CSV(w io.Writer) error {
	c := csv.NewWriter(w)
	if err := c.Write(columns); err != nil {
		return err
	}
	for i := range r.Rows {
		if err := c.Write(r.cells(&r.Rows[i])); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}

// JSON prints the result and all figures of kernels.
func (r *Result) JSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(r)
}
