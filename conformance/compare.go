package main

import (
	"regexp"
	"strings"

	"github.com/bpfverdict/bpfverdict/conformance/truth"
	"github.com/bpfverdict/bpfverdict/internal/kernellog"
	"github.com/bpfverdict/bpfverdict/report"
)

// ratio is a number of agreements among a number of cases.
type ratio struct {
	Equal int `json:"equal"`
	Total int `json:"total"`
}

func (r *ratio) count(equal bool) {
	r.Total++
	if equal {
		r.Equal++
	}
}

func (r ratio) percent() float64 {
	if r.Total == 0 {
		return 100
	}
	return 100 * float64(r.Equal) / float64(r.Total)
}

// figures are the agreement over some programs.
type figures struct {
	Verdict   ratio `json:"verdict"`   // of all
	Message   ratio `json:"message"`   // of the kernel's rejections
	Processed ratio `json:"processed"` // of the kernel's acceptances
}

// refusals are the agreement over the kernel's rejections, beyond verdict and message.
type refusals struct {
	Errno  ratio `json:"errno"`
	Counts ratio `json:"counts"` // instructions processed, total and peak states
	Depth  ratio `json:"depth"`  // stack of all functions together
	Log    ratio `json:"log"`    // every line of the log at level 1, or of its recorded tail
}

// difference is a program on which we disagree.
type difference struct {
	Object  string `json:"object"`
	Program string `json:"program"`
	// Kind is what differs: "verdict", "message", "errno", "processed", "counts", "depth", "log" or "prepare".
	Kind   string `json:"kind"`
	Kernel side   `json:"kernel"`
	Ours   side   `json:"ours"`
	Plain  bool   `json:"plain"` // no kfunc, no BTF-typed pointer
}

// side is one side's answer.
type side struct {
	Verdict    string `json:"verdict"`
	Message    string `json:"message,omitempty"`
	Errno      int    `json:"errno,omitempty"`
	Processed  int    `json:"processed"`
	States     int    `json:"states"`
	PeakStates int    `json:"peak_states"`
	Depth      int    `json:"depth"`
	log        string
}

func (s *side) sameCounts(o *side) bool {
	return s.Processed == o.Processed && s.States == o.States && s.PeakStates == o.PeakStates
}

// comparison is everything that is known about the agreement.
type comparison struct {
	Kernel  string  `json:"kernel"`
	Truth   string  `json:"truth"`
	Seconds float64 `json:"seconds"`

	All     figures             `json:"all"`
	Subsets map[string]*figures `json:"subsets"`
	Groups  map[string]*figures `json:"groups"`
	States  ratio               `json:"states"` // total and peak states, of the kernel's acceptances
	Refused refusals            `json:"refused"`
	Prepare ratio               `json:"prepare"` // programs libbpf can't prepare: error with the same cause

	FalseAccepts      int `json:"false_accepts"`       // success with us, refused by the kernel
	FalseAcceptsPlain int `json:"false_accepts_plain"` // those without kfunc and BTF-typed pointer
	Unsupported       int `json:"unsupported"`
	Bugs              int `json:"bugs"`

	Differences []difference `json:"differences"`

	recorded string // the build that answered
}

// subsets are the parts of the corpus that have goals of their own.
var subsets = []struct {
	name string
	in   func(r *truth.Record, a *answer) bool
}{
	{"verifier_* without kfuncs", func(r *truth.Record, a *answer) bool {
		return strings.HasPrefix(r.Object, "verifier_") && (a == nil || !a.Kfunc)
	}},
	{"no kfunc, no BTF pointer", func(_ *truth.Record, a *answer) bool { return a == nil || a.plain() }},
	{"ownership", func(r *truth.Record, _ *answer) bool { return matchAny(ownershipObjects, r.Object) }},
}

const ownershipObjects = "rbtree*,linked_list*,refcounted_kptr*,local_kptr_stash*,map_kptr*,iters*,dynptr*," +
	"exceptions*,rcu_read_lock*,preempt_lock*,irq*,res_spin_lock*,verifier_spin_lock*"

func (a *answer) plain() bool { return !a.Kfunc && !a.BTF }

// compare holds our answers against the kernel's.
func compare(records []truth.Record, ours *answers) *comparison {
	c := &comparison{Subsets: map[string]*figures{}, Groups: map[string]*figures{}}
	groups := groupNames(records)
	for i := range records {
		r := &records[i]
		a := ours.programs[r.Key()]
		switch {
		case r.Judged():
			c.judged(r, a, ours.failed[r.Object], groups[r.Object])
		case r.Stage == "prepare" && !strings.Contains(r.Warning, noKconfig):
			c.prepared(r, a, ours)
		}
	}
	return c
}

// judged counts a program that the kernel's verifier judged.
func (c *comparison) judged(r *truth.Record, a *answer, failure, group string) {
	into := []*figures{&c.All, entry(c.Groups, group)}
	for _, s := range subsets {
		if s.in(r, a) {
			into = append(into, entry(c.Subsets, s.name))
		}
	}
	d := difference{Object: r.Object, Program: r.Program, Plain: a == nil || a.plain()}
	d.Kernel = kernelSide(r)
	d.Ours = side{Verdict: "none", Message: "program not found in the object"}
	if failure != "" {
		d.Ours.Message = failure
	}
	if a != nil {
		d.Ours = ourSide(a)
	}

	sameVerdict := d.Ours.Verdict == d.Kernel.Verdict
	sameMessage := sameVerdict && d.Ours.Message == d.Kernel.Message
	sameCount := sameVerdict && d.Ours.Processed == d.Kernel.Processed
	for _, f := range into {
		f.Verdict.count(sameVerdict)
		switch {
		case r.Verdict == "failure":
			if !r.MessageCut() {
				f.Message.count(sameMessage)
			}
		default:
			f.Processed.count(sameCount)
		}
	}
	further := ""
	if r.Verdict == "success" {
		c.States.count(sameVerdict && d.Ours.States == r.States && d.Ours.PeakStates == r.PeakStates)
	} else {
		further = c.Refused.count(r, &d)
	}
	switch {
	case d.Ours.Verdict == string(report.Success) && !sameVerdict:
		c.FalseAccepts++
		if d.Plain {
			c.FalseAcceptsPlain++
		}
	case d.Ours.Verdict == string(report.Unsupported):
		c.Unsupported++
	case d.Ours.Verdict == string(report.Error) && strings.HasPrefix(d.Ours.Message, "internal bug"):
		c.Bugs++
	}
	switch {
	case !sameVerdict:
		d.Kind = "verdict"
	case r.Verdict == "failure" && !sameMessage && !r.MessageCut():
		d.Kind = "message"
	case r.Verdict == "success" && !sameCount:
		d.Kind = "processed"
	case further != "":
		d.Kind = further
	default:
		return
	}
	c.Differences = append(c.Differences, d)
}

func kernelSide(r *truth.Record) side {
	s := side{Verdict: r.Verdict, Errno: r.Errno, Processed: r.Processed, States: r.States, PeakStates: r.PeakStates}
	s.log, _ = kernellog.Plain(r.LogTail)
	if r.Verdict == "failure" {
		s.Message = r.Message()
	}
	s.Depth, _ = r.StackDepth()
	return s
}

func ourSide(a *answer) side {
	return side{string(a.Verdict), a.Message, int(a.Errno), a.Processed, a.States, a.PeakStates, a.StackDepth, a.Log}
}

// count compares what is known of a rejection, and returns the first thing that differs, "" if nothing does.
func (f *refusals) count(r *truth.Record, d *difference) string {
	first := ""
	count := func(into *ratio, kind string, same bool) {
		into.count(same)
		if !same && first == "" {
			first = kind
		}
	}
	refused := d.Ours.Verdict == d.Kernel.Verdict
	count(&f.Errno, "errno", refused && d.Ours.Errno == d.Kernel.Errno)
	count(&f.Counts, "counts", refused && d.Ours.sameCounts(&d.Kernel))
	if _, known := r.StackDepth(); known {
		count(&f.Depth, "depth", refused && d.Ours.Depth == d.Kernel.Depth)
	}
	if r.LogTail != "" && !r.MessageCut() {
		count(&f.Log, "log", refused && sameLog(d.Ours.log, d.Kernel.log))
	}
	return first
}

// varying are parts of a log that are others every time, or on every build of a kernel, and what stands for them:
// lines of source, which are not recorded, durations, the kernel's addresses and ids of its functions.
var varying = []struct {
	re   *regexp.Regexp
	with string
}{
	{regexp.MustCompile(`(?m)^; .*\n`), ""},
	{regexp.MustCompile(`verification time \d+ usec`), "verification time"},
	{regexp.MustCompile(`(\(18\) r\d+ = )0x[0-9a-f]+ *`), "${1}ADDRESS "},
	{regexp.MustCompile(`(call \w+#)\d{5,} *`), "${1}ID "},
}

// sameLog reports whether a recorded log, or its tail, is the end of ours.
func sameLog(ours, tail string) bool {
	plain := func(log string) string {
		for _, v := range varying {
			log = v.re.ReplaceAllString(log, v.with)
		}
		return log
	}
	const whole = 6000 // bytes that records keep at least
	if ours, tail = plain(ours), plain(tail); len(tail) < whole/2 {
		return ours == tail
	}
	_, tail, _ = strings.Cut(tail, "\n") // the first line may be cut
	return strings.HasSuffix(ours, tail)
}

// noKconfig is what libbpf complains of where the file with a kernel's options was missing: nothing that a kernel decides.
const noKconfig = "failed to open system Kconfig"

// refusedBefore is libbpf's complaint about another program, which a struct_ops map needs too.
var refusedBefore = regexp.MustCompile(`^libbpf: prog '([^']*)': BPF program load failed: `)

// prepared counts a program that libbpf could not prepare for the kernel.
func (c *comparison) prepared(r *truth.Record, a *answer, ours *answers) {
	d := difference{Object: r.Object, Program: r.Program, Kind: "prepare"}
	d.Kernel = side{Verdict: string(report.Error), Message: strings.TrimSpace(r.Warning)}
	d.Ours = side{Verdict: "none", Message: ours.failed[r.Object]}
	want := report.Error
	if m := refusedBefore.FindStringSubmatch(d.Kernel.Message); m != nil && m[1] != r.Program {
		want, a = report.Failure, ours.programs[r.Object+"/"+m[1]]
	}
	if a != nil {
		d.Ours = side{Verdict: string(a.Verdict), Message: a.Message}
	}
	same := d.Ours.Verdict == string(want) && (want == report.Failure || cause(d.Ours.Message) == cause(d.Kernel.Message))
	c.Prepare.count(same)
	if !same {
		c.Differences = append(c.Differences, d)
	}
}

// causes recognise what libbpf complains of; the first group is what it is about.
var causes = []struct {
	kind string
	re   *regexp.Regexp
}{
	{"map refused", regexp.MustCompile(`^map '([^']*)': failed to create`)},
	{"map refused", regexp.MustCompile(`^Error in bpf_create_map_xattr\(([^)]*)\)`)},
	{"extern", regexp.MustCompile(`^extern \((?:func|var) ksym\) '([^']*)'`)},
	{"extern", regexp.MustCompile(`^extern '([^']*)' \(strong\)`)},
	{"struct_ops", regexp.MustCompile(`^struct_ops init_kern: struct (\S+) is not found`)},
	{"attach target", regexp.MustCompile(`failed to find kernel BTF type ID of '([^']*)'`)},
	{"program type", regexp.MustCompile(`^prog '([^']*)': missing BPF prog type`)},
}

// cause is the kind and subject of libbpf's complaint, or the complaint itself.
func cause(msg string) string {
	msg = strings.TrimPrefix(strings.TrimSpace(msg), "libbpf: ")
	for _, c := range causes {
		if m := c.re.FindStringSubmatch(msg); m != nil {
			return c.kind + " " + m[1]
		}
	}
	return msg
}

// smallestGroup is how many objects a group has at least; others are in "other".
const smallestGroup = 3

// groupNames puts objects whose names begin with the same word in a group.
func groupNames(records []truth.Record) map[string]string {
	names, size := map[string]string{}, map[string]int{}
	for i := range records {
		obj := records[i].Object
		if _, ok := names[obj]; !ok {
			g := obj
			if i := strings.IndexAny(g, "_.0123456789"); i > 0 {
				g = g[:i]
			}
			names[obj] = g
			size[g]++
		}
	}
	for obj, g := range names {
		if size[g] < smallestGroup {
			names[obj] = "other"
		}
	}
	return names
}

func entry(m map[string]*figures, name string) *figures {
	f := m[name]
	if f == nil {
		f = &figures{}
		m[name] = f
	}
	return f
}
