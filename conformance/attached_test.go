package main

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bpfverdict/bpfverdict"
	"github.com/bpfverdict/bpfverdict/conformance/truth"
	"github.com/bpfverdict/bpfverdict/kernel"
	"github.com/bpfverdict/bpfverdict/report"
)

// attached is what a kernel said of a program that replaces or traces a function of another, as oracle -attach prints it.
type attached struct {
	Target   string       `json:"target"` // object
	Program  string       `json:"target_program"`
	Function string       `json:"function"`
	Answer   truth.Record `json:"answer"`
}

// TestAttached judges the corpus' programs that attach to programs, those that they are written for and others, and holds
// that against what kernels answered: verdict, message and instructions. BPFVERDICT_ATTACHED is a folder of more answers.
// What is recorded are the pairs that the selftests load and, of 6.12, a sample of all others.
func TestAttached(t *testing.T) {
	corpus := os.Getenv("BPFVERDICT_CORPUS")
	if corpus == "" {
		t.Skip("BPFVERDICT_CORPUS is the folder of the corpus")
	}
	var lists []string
	for _, dir := range []string{"recorded", os.Getenv("BPFVERDICT_ATTACHED")} {
		found, err := filepath.Glob(filepath.Join(dir, truth.Name("attached", "*")))
		if err != nil {
			t.Fatal(err)
		}
		lists = append(lists, found...)
	}
	if len(lists) == 0 {
		t.Fatal("there are no recorded answers")
	}
	for _, list := range lists {
		_, build, _ := strings.Cut(strings.TrimSuffix(filepath.Base(list), ".jsonl.gz"), ".linux-")
		t.Run(build, func(t *testing.T) {
			name, err := truth.Model(build)
			if err != nil {
				t.Fatal(err)
			}
			k, err := kernel.Load(name)
			if err != nil {
				t.Fatal(err)
			}
			c := attachedCase{T: t, corpus: corpus, model: k, objects: map[string]*bpfverdict.Object{}}
			for _, a := range readAttached(t, list) {
				c.compare(&a)
			}
			t.Logf("%d answers: %d verdicts, %d of %d messages, %d of %d counts are equal; %d are not the verifier's",
				c.judged, c.verdicts, c.messages, c.refused, c.counts, c.counted, c.others)
			if c.judged < 30 {
				t.Error("too few to say anything")
			}
		})
	}
}

func readAttached(t *testing.T, path string) (answers []attached) {
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(z)
	for lines.Scan() {
		var a attached
		if err := json.Unmarshal(lines.Bytes(), &a); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if a.Target != "" { // the first line says who answered
			answers = append(answers, a)
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return answers
}

// attachedCase counts what agrees.
type attachedCase struct {
	*testing.T
	corpus  string
	model   *kernel.Model
	objects map[string]*bpfverdict.Object

	judged, refused, counted, others int
	verdicts, messages, counts       int
}

func (c *attachedCase) open(name string) *bpfverdict.Object {
	if c.objects[name] == nil {
		o, err := bpfverdict.Open(filepath.Join(c.corpus, name))
		if err != nil {
			c.Fatal(err)
		}
		c.objects[name] = o
	}
	return c.objects[name]
}

// compare judges one program as one of the kernel's answers has it attached.
func (c *attachedCase) compare(a *attached) {
	name := a.Answer.Key() + " to " + a.Target + "/" + a.Program + ":" + a.Function
	program := a.Answer.Program
	res, err := c.open(a.Answer.Object).Check(c.Context(), c.model, bpfverdict.Only(program),
		bpfverdict.SetTargetProgram(program, c.open(a.Target), a.Program, a.Function))
	if err != nil || len(res.List) != 1 {
		c.Errorf("%s: %d programs, %v", name, len(res.List), err)
		return
	}
	p := &res.List[0]
	if !a.Answer.Judged() {
		if c.others++; p.Verdict == report.Success {
			c.Errorf("%s: accepted, libbpf or the kernel refuse it before: %s", name, a.Answer.Warning)
		}
		return
	}
	c.judged++
	if a.Answer.Verdict != "success" {
		c.refused++
	}
	if (p.Verdict == report.Success) != (a.Answer.Verdict == "success") {
		c.Errorf("%s: %s %q, the kernel: %s %s", name, p.Verdict, p.Message, a.Answer.Verdict, a.Answer.Message())
		return
	}
	c.verdicts++
	if a.Answer.Verdict != "success" {
		if p.Message != a.Answer.Message() {
			c.Errorf("%s: %q, the kernel says %q", name, p.Message, a.Answer.Message())
			return
		}
		c.messages++
	}
	if a.Answer.Processed < 0 {
		return
	}
	c.counted++
	if p.Processed != a.Answer.Processed {
		c.Errorf("%s: %d instructions, the kernel walked %d", name, p.Processed, a.Answer.Processed)
		return
	}
	c.counts++
}
