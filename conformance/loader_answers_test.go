package main

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/bpfverdict/bpfverdict"
	"github.com/bpfverdict/bpfverdict/internal/kernellog"
	"github.com/bpfverdict/bpfverdict/kernel"
	"github.com/bpfverdict/bpfverdict/report"
)

// loaderAnswer is what a loader that is not written in Go made of one program, or of an object if it names none, when
// it loaded it on the running kernel.
type loaderAnswer struct {
	Object  string `json:"object"`  // its path, from the folder of the answers
	Program string `json:"prog"`    // by its name, or
	Section string `json:"section"` // by that of its section, which is all that iproute2 knows
	OK      bool   `json:"ok"`
	Log     string `json:"log"`
	Insns   int    `json:"insns"` // that the kernel walked, -1 where it doesn't tell
	Error   string `json:"error"` // the loader's, where the kernel was not asked
}

// TestLoaderAnswers holds what other loaders say against our answers by their rules: BPFVERDICT_LOADER_ANSWERS is a
// folder of objects, with LOADER.jsonl in it for each loader. It has a loaderAnswer a line, as a program writes them
// that loads objects by the loader's own library, on Linux 6.18, and attaches nothing.
//
// It held for Aya 0.14 with quilkin, dnpf and ockam, whose objects Aya's own tools built, and with all that it takes of the
// objects in TestLoadersRunningKernel and of ebpf-samples: 124 objects with 196 programs that Linux 6.18.44 judged, 38 of
// which it refused; and with the corpus, 1,066 programs. For iproute2 7.1 it held with the objects of Cilium, Open vSwitch,
// Suricata, prototype-kernel and the kernel's samples that ebpf-samples has: 97 objects with 304 programs, 162 refused.
func TestLoaderAnswers(t *testing.T) {
	root := os.Getenv("BPFVERDICT_LOADER_ANSWERS")
	if root == "" {
		t.Skip("BPFVERDICT_LOADER_ANSWERS is a folder of objects with what loaders answered for them")
	}
	k, err := kernel.Load(kernel.Default())
	if err != nil {
		t.Fatal(err)
	}
	lists, err := filepath.Glob(filepath.Join(root, "*.jsonl"))
	if err != nil || len(lists) == 0 {
		t.Fatalf("no answers in %s (%v)", root, err)
	}
	for _, list := range lists {
		loader := strings.TrimSuffix(filepath.Base(list), ".jsonl")
		t.Run(loader, func(t *testing.T) {
			c := answerCase{T: t, root: root, loader: loader, model: k}
			answers := readAnswers(t, list)
			for len(answers) > 0 {
				n := 1
				for n < len(answers) && answers[n].Object == answers[0].Object {
					n++
				}
				c.object(answers[:n])
				answers = answers[n:]
			}
			t.Logf("%d objects, %d programs that the kernel judged: %d verdicts, %d of %d messages, %d of %d counts are equal; %d never reached it",
				c.objects, c.judged, c.verdicts, c.messages, c.refused, c.counts, c.counted, c.unloaded)
			if c.judged == 0 {
				t.Error("nothing was compared")
			}
		})
	}
}

func readAnswers(t *testing.T, path string) (answers []loaderAnswer) {
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<26)
	for lines.Scan() {
		var a loaderAnswer
		if err := json.Unmarshal(lines.Bytes(), &a); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		answers = append(answers, a)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return answers
}

// answerCase counts what agrees.
type answerCase struct {
	*testing.T
	root, loader string
	model        *kernel.Model

	objects, judged, refused, counted, unloaded int
	verdicts, messages, counts                  int
}

// object compares what is said of one object's programs.
func (c *answerCase) object(answers []loaderAnswer) {
	name := answers[0].Object
	o, err := bpfverdict.Open(filepath.Join(c.root, name), bpfverdict.Loader(c.loader))
	if err != nil {
		for _, a := range answers {
			if a.judged() {
				c.Errorf("%s: %v, %s loads it", name, err, c.loader)
				return
			}
		}
		c.unloaded += len(answers)
		return
	}
	res, err := o.Check(c.Context(), c.model, bpfverdict.Arch("amd64")) // whatever it is built for
	if err != nil {
		c.Fatal(err)
	}
	c.objects++
	ours := map[string]*report.Program{}
	for p := range res.Programs() {
		ours["program "+p.Name] = p
		ours["section "+p.Section] = p
	}
	for _, a := range answers {
		key := "section " + a.Section
		if a.Program != "" {
			key = "program " + a.Program
		}
		p := ours[key]
		switch {
		case p == nil && a.judged():
			c.Errorf("%s: %s is no program for us", name, key)
		case p == nil || !a.judged():
			c.unloaded++
			if p != nil && p.Verdict == report.Success {
				c.Logf("%s: %s: accepted, %s: %.300s", name, key, c.loader, a.Error)
			}
		default:
			c.program(name+": "+key, a, p)
		}
	}
}

// judged: the kernel walked the program.
func (a *loaderAnswer) judged() bool { return a.OK || processed.MatchString(a.Log) }

// message is the kernel's message. A log that has no instructions may name a line of C behind it.
func (a *loaderAnswer) message() string {
	var kept strings.Builder
	for line := range strings.Lines(a.Log) {
		if !strings.HasPrefix(line, "; ") {
			kept.WriteString(line)
		}
	}
	return kernellog.LastMessage(kept.String())
}

func (c *answerCase) program(name string, a loaderAnswer, p *report.Program) {
	c.judged++
	want := report.Success
	if !a.OK {
		c.refused++
		want = report.Failure
	}
	if p.Verdict != want {
		c.Errorf("%s: %s %q, the kernel: %s %s", name, p.Verdict, p.Message, want, a.message())
		return
	}
	c.verdicts++
	if !a.OK {
		if say := a.message(); p.Message != say {
			c.Errorf("%s: %q, the kernel says %q", name, p.Message, say)
			return
		}
		c.messages++
	}
	if m := processed.FindStringSubmatch(a.Log); m != nil {
		a.Insns, _ = strconv.Atoi(m[1])
	}
	if a.Insns < 0 {
		return
	}
	c.counted++
	if p.Processed != a.Insns {
		c.Errorf("%s: %d instructions, the kernel walked %d", name, p.Processed, a.Insns)
		return
	}
	c.counts++
}
