// Command conformance holds our answers against recorded answers of a real kernel.
//
//	go run ./conformance -truth FILE -objects DIR
//
// It prints agreement (verdict, message, processed instructions) by subset and object
// group, and every disagreement with both sides. Only programs that the kernel's verifier
// really judged count, and of those that libbpf could not prepare, whether we say why.
package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/bpfverdict/bpfverdict/conformance/truth"
)

type options struct {
	truth, objects      string
	kernel, build, btf  string
	modules, options    string
	filter, section     string
	program, judge      string
	baseline, doc       string
	show                string
	update, json, quiet bool
	verbose, worker     bool
	detected, together  bool
	top, jobs, logLevel int
	cpus                uint
	timeout             time.Duration
	memory              int64 // bytes
}

func main() {
	var o options
	var mib int64
	flag.StringVar(&o.truth, "truth", "", "recorded answers: `FILE`.jsonl[.gz], or the folder of files where the baseline says which")
	flag.StringVar(&o.objects, "objects", "", "`DIR` with the objects")
	flag.StringVar(&o.kernel, "kernel", "", "`MODEL` to judge by; by default the one of the release that answered")
	flag.StringVar(&o.build, "build", "", "the `BUILD` that answered (used by itself)")
	flag.StringVar(&o.btf, "btf", "", "the recorded kernel's BTF instead of the model's, `FILE`: raw BTF or a vmlinux; where there is no model, one is derived of it")
	flag.StringVar(&o.options, "options", "", "the recorded kernel's build options, `FILE`, instead of a distribution's")
	flag.StringVar(&o.modules, "modules", "", "kernel modules that were loaded: `FOLDER` with their .ko files, or raw BTF and kfuncs.yaml")
	flag.UintVar(&o.cpus, "cpus", 0, "`N` CPUs instead of what the answers say of the kernel's machine, or the model")
	flag.StringVar(&o.filter, "filter", "", "only objects, or object/program, matching these `globs`, separated by commas")
	flag.StringVar(&o.section, "section", "", "only programs whose section matches these `globs`, separated by commas")
	flag.StringVar(&o.show, "show", "", "list only `KIND` of disagreement: verdict, message, errno, processed, counts, depth, log, accept, unsupported, bug, prepare")
	flag.IntVar(&o.top, "top", 0, "group disagreements and list the `N` most frequent")
	flag.BoolVar(&o.quiet, "q", false, "figures only, no lists")
	flag.BoolVar(&o.json, "json", false, "print everything as JSON")
	flag.StringVar(&o.baseline, "baseline", "", "fail if a figure is worse than in `FILE`")
	flag.BoolVar(&o.update, "update", false, "write the figures to -baseline, with -detected to conformance/detected.json")
	flag.StringVar(&o.doc, "doc", "", "write the figures and differences as Markdown to `FILE`")
	flag.StringVar(&o.program, "program", "", "one program, `OBJECT/PROGRAM`: both sides in full")
	flag.BoolVar(&o.verbose, "v", false, "with -program: our log at level 2, not 1")
	flag.IntVar(&o.jobs, "j", 2, "worker processes")
	flag.DurationVar(&o.timeout, "timeout", 60*time.Second, "give up on a program after this time")
	flag.Int64Var(&mib, "memory", 2048, "give up on a program that holds more than this many `MiB`")
	flag.BoolVar(&o.worker, "worker", false, "answer requests on stdin (used by itself)")
	flag.StringVar(&o.judge, "judge", "", "print what the models of these `names` say of the objects (used by itself)")
	flag.BoolVar(&o.together, "together", false, "compare what all kernels say in one run with what each says alone, and tell what it takes; needs -objects only")
	flag.BoolVar(&o.detected, "detected", false, "compare each model, or that of -kernel, with what its types alone tell, its own model being hidden; needs -objects only")
	flag.Parse()
	o.memory = mib << 20
	o.logLevel = 1 // the logs of refusals are compared
	if o.worker {
		exit(work(os.Stdin, os.Stdout, o))
	}
	if o.judge != "" {
		exit(judgeFor(o.judge, o.objects, os.Stdout))
	}
	if o.together {
		exit(runTogether(o, os.Stdout))
	}
	if o.detected {
		exit(runDetected(o, os.Stdout))
	}
	exit(run(o))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

func run(o options) error {
	if o.truth == "" || o.objects == "" {
		return fmt.Errorf("both -truth FILE and -objects DIR are needed")
	}
	was, err := held(o)
	if err != nil {
		return err
	}
	corpus := filepath.Base(o.objects)
	if o.modules != "" {
		corpus += withModules
	}
	if o.truth, err = truth.Find(o.truth, corpus, was.Kernel); err != nil {
		return err
	}
	recorded, err := truth.ReadFile(o.truth)
	if err != nil {
		return err
	}
	o.build = recorded.Kernel
	if o.kernel == "" {
		if o.kernel, err = truth.Model(recorded.Kernel); err != nil && o.btf == "" {
			return err
		}
	}
	if o.cpus == 0 {
		o.cpus = cmp.Or(recorded.CPUs, was.CPUs)
	}
	if recorded.CPUs == 0 {
		was.CPUs = o.cpus
	}
	if strings.TrimSuffix(corpus, "-arm64") != defaultCorpus {
		was.Corpus = corpus
	}
	records := recorded.Records
	if o.program != "" {
		return showProgram(o, records)
	}
	records = selected(records, o)
	var paths []string
	seen := map[string]bool{}
	for i := range records {
		if obj := records[i].Object; !seen[obj] {
			seen[obj] = true
			paths = append(paths, filepath.Join(o.objects, obj))
		}
	}
	if len(paths) == 0 {
		return fmt.Errorf("%s has no answers to compare with", o.truth)
	}
	start := time.Now()
	ours, err := ask(paths, o)
	if err != nil {
		return err
	}
	c := compare(records, ours)
	c.recorded = recorded.Kernel
	c.Kernel, c.Truth, c.Seconds = o.kernel, filepath.Base(o.truth), time.Since(start).Seconds()
	if o.json {
		enc := json.NewEncoder(os.Stdout)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", " ")
		err = enc.Encode(c)
	} else {
		err = c.print(os.Stdout, o)
	}
	if err == nil && o.doc != "" {
		err = writeDoc(o.doc, c)
	}
	if err != nil || o.baseline == "" {
		return err
	}
	if o.update {
		if err := writeBaseline(o.baseline, c, was); err != nil {
			return err
		}
		return refreshRows(".")
	}
	return was.hold(os.Stdout, o.baseline, c)
}

// held is the baseline to hold the figures against, an empty one without. Of one that is written anew the machine stays.
func held(o options) (*baseline, error) {
	if o.baseline == "" {
		return &baseline{}, nil
	}
	was, err := readBaseline(o.baseline)
	if o.update {
		if errors.Is(err, fs.ErrNotExist) {
			return &baseline{}, nil
		}
		if err == nil {
			return &baseline{CPUs: was.CPUs, Corpus: was.Corpus}, nil
		}
	}
	return was, err
}

// selected are the records that -filter and -section leave.
func selected(all []truth.Record, o options) []truth.Record {
	var out []truth.Record
	for _, r := range all {
		if (o.filter == "" || matchAny(o.filter, r.Object) || matchAny(o.filter, r.Key())) &&
			(o.section == "" || matchAny(o.section, strings.TrimPrefix(r.Section, "?"))) {
			out = append(out, r)
		}
	}
	return out
}

// matchAny reports whether a name matches one of several globs, in which * stands for slashes too.
func matchAny(globs, name string) bool {
	name = strings.ReplaceAll(name, "/", "\x00")
	for g := range strings.SplitSeq(globs, ",") {
		if ok, _ := path.Match(strings.ReplaceAll(strings.TrimSpace(g), "/", "\x00"), name); ok {
			return true
		}
	}
	return false
}

func baseName(p string) string { return filepath.Base(p) }
