package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/bpfverdict/bpfverdict"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/kernel"
	"github.com/bpfverdict/bpfverdict/report"
)

// detected is how well a model that was made of a kernel's types alone, its own model being hidden, answers as that does.
type detected struct {
	Kernel  string `json:"kernel"`
	Nearest string `json:"nearest"` // the model whose tables were taken
	Verdict ratio  `json:"verdict"`
	Answer  ratio  `json:"answer"` // verdict, message and instructions processed

	differ []string // what each model says of a program, where they do not agree
}

const (
	// detectedLeast is the least share of answers that must be the same, in percent.
	detectedLeast = 97
	// detectedFile is where the figures are kept, in the folder of this command.
	detectedFile = "detected.json"
)

// compareDetected judges the objects by each model and by what is detected of its types, and compares.
func compareDetected(objects string, names []string) ([]*detected, error) {
	var models []*kernel.Model
	var list []*detected
	for _, name := range names {
		own, err := kmodel.Load(name)
		if err != nil {
			return nil, err
		}
		made, err := kmodel.Detect(own.Types(), "", name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		made = made.With(kmodel.WithConfig(own.Config()), kmodel.Named(name+" detected"))
		models = append(models, (*kernel.Model)(own), (*kernel.Model)(made))
		list = append(list, &detected{Kernel: name, Nearest: made.Detection().Nearest})
	}
	results, err := bpfverdict.CheckEach(context.Background(), models, []string{objects}, bpfverdict.Jobs(2), bpfverdict.Timeout(time.Minute))
	if results == nil {
		return nil, err
	}
	for i, d := range list {
		d.compare(results[2*i], results[2*i+1])
	}
	return list, nil
}

func (d *detected) compare(own, made *report.Result) {
	type key struct{ object, section, program string }
	answers := map[key]*report.Program{}
	for p := range made.Programs() {
		answers[key{p.Object, p.Section, p.Name}] = p
	}
	for p := range own.Programs() {
		if p.Verdict != report.Success && p.Verdict != report.Failure {
			continue
		}
		q := answers[key{p.Object, p.Section, p.Name}]
		d.Verdict.count(p.Verdict == q.Verdict)
		same := p.Verdict == q.Verdict && p.Message == q.Message && p.Processed == q.Processed
		if d.Answer.count(same); !same {
			d.differ = append(d.differ, fmt.Sprintf("%s/%s: %s %d %s | %s %d %s", filepath.Base(p.Object), p.Name,
				p.Verdict, p.Processed, p.Message, q.Verdict, q.Processed, q.Message))
		}
	}
}

// runDetected prints the figures, and the differences unless they are not wanted. It fails where too few answers agree.
func runDetected(o options, w io.Writer) error {
	names := kernel.Names()
	if o.kernel != "" {
		names = []string{o.kernel}
	}
	list, err := compareDetected(o.objects, names)
	if err != nil {
		return err
	}
	var bad []string
	for _, d := range list {
		fmt.Fprintf(w, "%s from its types, by the tables of %s: answers %v, verdicts %v\n", d.Kernel, d.Nearest, d.Answer, d.Verdict)
		if !o.quiet {
			for _, line := range d.differ {
				fmt.Fprintln(w, "  "+line)
			}
		}
		if 100*d.Answer.Equal < detectedLeast*d.Answer.Total {
			bad = append(bad, d.Kernel)
		}
	}
	if len(bad) > 0 {
		return fmt.Errorf("less than %d %% of the answers agree: %v", detectedLeast, bad)
	}
	if !o.update {
		return nil
	}
	file := filepath.Join("conformance", detectedFile)
	if o.kernel != "" {
		if list, err = withOthers(list, file); err != nil {
			return err
		}
	}
	data, err := json.MarshalIndent(list, "", " ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(file, append(data, '\n'), 0o644); err != nil {
		return err
	}
	return refreshRows(".")
}

// withOthers adds what a file has of other kernels.
func withOthers(list []*detected, file string) ([]*detected, error) {
	all, err := readDetected(file)
	if err != nil {
		return nil, err
	}
	for _, d := range list {
		all = slices.DeleteFunc(all, func(old *detected) bool { return old.Kernel == d.Kernel })
	}
	all = append(all, list...)
	slices.SortFunc(all, func(a, b *detected) int { return compareBuilds(a.Kernel, b.Kernel) })
	return all, nil
}

func readDetected(file string) (list []*detected, err error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(data, &list); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return list, nil
}

// detectedRows are the figures for people.
func detectedRows(file string) (string, error) {
	list, err := readDetected(file)
	if err != nil {
		return "", err
	}
	var s strings.Builder
	s.WriteString("\nKernels without a model are told by their BTF. Each of these was, its own model being hidden; so often it answers as that model.\n\n" +
		"| kernel | by the tables of | verdict | verdict, message and processed |\n|---|---|---|---|\n")
	for _, d := range list {
		fmt.Fprintf(&s, "| %s | %s | %v | %v |\n", d.Kernel, d.Nearest, d.Verdict, d.Answer)
	}
	return s.String(), nil
}
