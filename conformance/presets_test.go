package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/bpfverdict/bpfverdict"
	"github.com/bpfverdict/bpfverdict/kernel"
)

// TestPresetsRunningKernel sets the constants of the corpus' objects and holds the answers against those of a
// veristat that knows -G, which the running kernel gives it: verdict, instructions, states and peak states of
// each program about which both agree when nothing is set.
func TestPresetsRunningKernel(t *testing.T) {
	corpus, veristat := os.Getenv("BPFVERDICT_CORPUS"), os.Getenv("BPFVERDICT_VERISTAT")
	if corpus == "" || veristat == "" {
		t.Skip("BPFVERDICT_CORPUS is the folder of the corpus, BPFVERDICT_VERISTAT a veristat that knows -G (0.5)")
	}
	if help, _ := exec.CommandContext(t.Context(), veristat, "--help").CombinedOutput(); !strings.Contains(string(help), "-G") {
		t.Fatalf("%s knows no -G", veristat)
	}
	files, err := filepath.Glob(filepath.Join(corpus, "*.bpf.o"))
	if err != nil {
		t.Fatal(err)
	}
	k, err := kernel.Load(kernel.Default())
	if err != nil {
		t.Fatal(err)
	}
	var objects, compared, changed int
	for _, file := range files {
		o, err := bpfverdict.Open(file)
		if err != nil {
			continue // not of this test
		}
		p := presetCase{t: t, object: o, model: k, file: file, veristat: veristat}
		n, m := p.run()
		compared, changed = compared+n, changed+m
		if n > 0 {
			objects++
		}
	}
	t.Logf("%d objects, %d answers compared, %d of them other than without a preset", objects, compared, changed)
	if objects < 20 || changed < 20 {
		t.Error("too few to say anything")
	}
}

// presetCase is one object whose constants are set.
type presetCase struct {
	t              *testing.T
	object         *bpfverdict.Object
	model          *kernel.Model
	file, veristat string
}

// run sets each constant by itself and then all together. It returns how many answers it compared, and how
// many of those the setting changes.
func (c *presetCase) run() (compared, changed int) {
	names := c.constants()
	if len(names) == 0 {
		return 0, 0
	}
	base := c.agreed(nil)
	all := []string{}
	for _, name := range names {
		all = append(all, name+" = 7")
	}
	const single = 4 // of an object with many constants, so many by themselves
	cases := [][]string{all}
	for _, name := range names[:min(single, len(names))] {
		cases = append(cases, []string{name + " = 1"})
	}
	for _, sets := range cases {
		ours, err := c.ours(sets)
		if err != nil {
			c.t.Errorf("%s: %q: %v", filepath.Base(c.file), sets, err)
			continue
		}
		theirs := c.theirs(sets)
		for program, before := range base {
			if ours[program] != theirs[program] {
				c.t.Errorf("%s/%s: %q: %s, veristat says %s", filepath.Base(c.file), program, sets, ours[program], theirs[program])
			}
			compared++
			if ours[program] != before {
				changed++
			}
		}
	}
	return compared, changed
}

// constants are the constants that programs refer to, and of arrays the first element, as far as they can be set.
func (c *presetCase) constants() []string {
	res, err := c.object.Check(c.t.Context(), c.model)
	if err != nil {
		c.t.Fatal(err)
	}
	seen := map[string]bool{}
	var names []string
	for p := range res.Programs() {
		for _, name := range p.Assumed {
			if seen[name] {
				continue
			}
			seen[name] = true
			for _, part := range []string{name, name + "[0]"} {
				pe := new(bpfverdict.PresetError)
				_, err := c.ours([]string{part + " = 1"})
				if err == nil {
					names = append(names, part)
					break
				} else if !errors.As(err, &pe) {
					c.t.Errorf("%s: %v", part, err)
				}
			}
		}
	}
	return names
}

// agreed are the answers of both, where they are the same and the kernel has walked the program.
func (c *presetCase) agreed(sets []string) map[string]string {
	ours, err := c.ours(sets)
	if err != nil {
		c.t.Fatal(err)
	}
	theirs := c.theirs(sets)
	for program, answer := range ours {
		if theirs[program] != answer || strings.HasPrefix(answer, "failure 0 ") {
			delete(ours, program)
		}
	}
	return ours
}

// ours are our answers by program.
func (c *presetCase) ours(sets []string) (map[string]string, error) {
	var opts []bpfverdict.Option
	for _, set := range sets {
		name, value, _ := strings.Cut(set, "=")
		opts = append(opts, bpfverdict.Set(name, value))
	}
	res, err := c.object.Check(c.t.Context(), c.model, opts...)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for p := range res.Programs() {
		verdict := "failure"
		if p.Verdict == "success" {
			verdict = "success"
		}
		out[p.Name] = fmt.Sprintf("%s %d %d %d", verdict, p.Processed, p.States, p.PeakStates)
	}
	return out, nil
}

// theirs are veristat's answers by program.
func (c *presetCase) theirs(sets []string) map[string]string {
	args := []string{"-q", "-o", "csv", "-e", "prog,verdict,insns,states,peak_states"}
	for _, set := range sets {
		args = append(args, "-G", set)
	}
	text, err := exec.CommandContext(c.t.Context(), c.veristat, append(args, c.file)...).Output()
	if err != nil {
		c.t.Logf("%s: %q: veristat: %v", filepath.Base(c.file), sets, err)
	}
	rows := csv.NewReader(strings.NewReader(string(text)))
	rows.FieldsPerRecord = -1
	list, err := rows.ReadAll()
	if err != nil {
		c.t.Fatal(err)
	}
	out := map[string]string{}
	for _, row := range list {
		if len(row) != 5 {
			continue
		}
		if _, err := strconv.Atoi(row[2]); err == nil {
			out[row[0]] = strings.Join(row[1:], " ")
		}
	}
	return out
}
