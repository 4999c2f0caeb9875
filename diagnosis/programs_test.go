package diagnosis_test

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/bpfverdict/bpfverdict"
	"github.com/bpfverdict/bpfverdict/diagnosis"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/verifier"
	"github.com/bpfverdict/bpfverdict/internal/vlog"
	"github.com/bpfverdict/bpfverdict/kernel"
)

// sample is a source of testdata/programs: a program `refused`, whose lines say by which code, and where, and a
// program `repaired`, in the same source or beside it.
type sample struct {
	name     string // without .bpf.c
	kernel   string // the model that refuses it
	code     string
	primary  int
	notes    []int
	repaired string // its object
}

var kernelLine = regexp.MustCompile(`(?m)^//~ KERNEL (\S+)$`)

var marker = regexp.MustCompile(`//~ (ERROR|NOTE)(?: (BV\d{4}))?`)

func readSample(t *testing.T, file string) sample {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s := sample{name: strings.TrimSuffix(filepath.Base(file), ".bpf.c"), kernel: "6.18", repaired: strings.TrimSuffix(file, "c") + "o"}
	if m := kernelLine.FindSubmatch(text); m != nil {
		s.kernel = string(m[1])
	}
	for i, line := range strings.Split(string(text), "\n") {
		m := marker.FindStringSubmatch(line)
		switch {
		case m == nil:
		case m[1] == "NOTE":
			s.notes = append(s.notes, i+1)
		case s.code != "" || m[2] == "":
			t.Errorf("%s:%d: one ERROR with a code, please", file, i+1)
		default:
			s.code, s.primary = m[2], i+1
		}
	}
	if s.code == "" {
		t.Errorf("%s: no ERROR", file)
	}
	twin := strings.TrimSuffix(file, ".bpf.c") + ".repaired.bpf.o"
	if _, err := os.Stat(twin); err == nil {
		s.repaired = twin
	}
	return s
}

// samples returns all sources, tests' working directory being the package's.
func samples(t *testing.T) []sample {
	t.Helper()
	files, err := filepath.Glob("testdata/programs/*.bpf.c")
	if err != nil {
		t.Fatal(err)
	}
	var all []sample
	for _, f := range files {
		if !strings.HasSuffix(f, ".repaired.bpf.c") {
			all = append(all, readSample(t, f))
		}
	}
	return all
}

// answer is what a kernel says about a program: its code and message, both "" if it is accepted.
type answer struct {
	code, message string
	open          bool // the model can't judge it
}

// ask returns what the model says about a program of an object.
func ask(t *testing.T, k *kmodel.Model, file, program string) answer {
	t.Helper()
	o, err := object.Load(file)
	var unread *object.LoadError
	if errors.As(err, &unread) {
		c, _ := diagnosis.Of(unread.Reason, nil)
		return answer{code: c.ID, message: unread.Reason}
	} else if err != nil {
		t.Fatal(err)
	}
	for _, l := range o.Link(k) {
		if l.Program.Name != program {
			continue
		}
		if l.Err != nil {
			e := l.Err.(*object.LinkError)
			c, _ := diagnosis.Of(e.Reason, []string{e.Format})
			return answer{code: c.ID, message: e.Reason}
		}
		out := verifier.Verify(t.Context(), l.Image, k, verifier.Options{})
		switch out.Verdict {
		case verifier.Success:
			return answer{}
		case verifier.Failure:
			c, _ := diagnosis.Of(out.Message, vlog.Formats(out.Said))
			return answer{code: c.ID, message: out.Message}
		case verifier.Unsupported:
			return answer{message: out.Message, open: true}
		}
		t.Fatalf("%s: %s: %s", file, program, out.Message)
	}
	t.Fatalf("%s: no program %s", file, program)
	return answer{}
}

func load(t *testing.T, model string) *kmodel.Model {
	t.Helper()
	k, err := kmodel.Load(model)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// TestPrograms holds each program to the code that its source expects, and its repaired twin to being accepted.
func TestPrograms(t *testing.T) {
	for _, s := range samples(t) {
		k := load(t, s.kernel)
		t.Run(s.name, func(t *testing.T) {
			if got := ask(t, k, "testdata/programs/"+s.name+".bpf.o", "refused"); got.code != s.code {
				t.Errorf("refused with %s (%s), want %s", got.code, got.message, s.code)
			}
			if got := ask(t, k, s.repaired, "repaired"); got != (answer{}) {
				t.Errorf("the repaired one is refused too: %s (%s)", got.message, got.code)
			}
		})
	}
}

// common are the codes that refusals of the kernel's own selftests have most often, those of 6.12 on 6.18 and those of 7.3 on 7.3:
// forty of all refusals, and forty of those by the verifier.
var common = []string{
	"BV0101", "BV0102", "BV0104", "BV0106", "BV0107", "BV0110", "BV0115", "BV0116", "BV0201", "BV0301", "BV0302", "BV0304", "BV0310", "BV0401",
	"BV0402", "BV0404", "BV0507", "BV0511", "BV0701", "BV0703", "BV0801", "BV0901", "BV0902", "BV0903", "BV0905", "BV0908", "BV0909", "BV0910", "BV1001", "BV1002", "BV1005", "BV1008",
	"BV1201", "BV1203", "BV1208", "BV1303", "BV1501", "BV1502", "BV1503", "BV1601", "BV1604", "BV1704", "BV1707", "BV1708", "BV1801", "BV2103", "BV2201", "BV2202", "BV2301", "BV2401",
}

// Every code has a program that its page shows, or says why none can; the common ones have three.
func TestEveryCodeHasPrograms(t *testing.T) {
	shown, count := map[string]bool{}, map[string]int{}
	for _, s := range samples(t) {
		if _, ok := diagnosis.Lookup(s.code); !ok {
			t.Errorf("%s: no code %s", s.name, s.code)
		}
		if name, _, _ := strings.Cut(s.name, "_"); name != s.code {
			t.Errorf("%s shows %s: name it after that", s.name, s.code)
		}
		shown[s.name] = true
		count[s.code]++
	}
	for _, c := range diagnosis.Codes() {
		if shown[c.ID] == (c.NoProgram != "") {
			t.Errorf("%s: program %v, and why there is none: %q", c.ID, shown[c.ID], c.NoProgram)
		}
	}
	for _, id := range common {
		if count[id] < 3 {
			t.Errorf("%s is common: %d programs, want 3", id, count[id])
		}
	}
}

// TestPlaces holds the diagnosis of each refused program to the lines that its source marks: where it is wrong, and
// where that began.
func TestPlaces(t *testing.T) {
	asked := 0
	for _, s := range samples(t) {
		d := diagnose(t, s)
		if d == nil {
			continue // the object is refused as a whole
		}
		asked++
		if d.Code != s.code || d.Title == "" || len(d.Notes) == 0 {
			t.Errorf("%s: code %s, title %q, notes %q; want %s", s.name, d.Code, d.Title, d.Notes, s.code)
		}
		if d.Primary == nil {
			t.Errorf("%s: no place", s.name)
			continue
		}
		if d.Primary.Line != s.primary {
			t.Errorf("%s: at line %d, want %d", s.name, d.Primary.Line, s.primary)
		}
		for _, n := range s.notes {
			if !slices.ContainsFunc(d.Secondary, func(p diagnosis.Place) bool { return p.Line == n }) {
				t.Errorf("%s: line %d is not told of", s.name, n)
			}
		}
		for _, p := range d.Secondary {
			if p.Line != s.primary && !slices.Contains(s.notes, p.Line) {
				t.Errorf("%s: line %d is told of, and no NOTE: %s", s.name, p.Line, p.Label)
			}
		}
	}
	if asked < 200 {
		t.Errorf("%d programs explained", asked)
	}
}

// What is told beyond the rule: facts, and what to write instead.
func TestFacts(t *testing.T) {
	for _, c := range []struct{ name, want string }{
		{"BV0902", "check it before: `if (!count) return 0;`"},
		{"BV0906_early", "the compiler has put the sum before the check"},
		{"BV0906_early", "keep the compiler from it: `barrier_var(pair);`"},
		{"BV1707_behind", `SEC("socket") stands alone`},
		{"BV1707_typo", `did you mean SEC("kprobe/do_unlinkat")?`},
		{"BV2201_typo", "did you mean `bpf_task_acquire`?"},
		{"BV2201_newer", "Linux 6.16 is the first that has `bpf_res_spin_lock`"},
		{"BV1708_hook", "did you mean `file_open`?"},
		{"BV2301_own", "if struct own_record is the program's own"},
		{"BV0511_program", `SEC("fentry.s/bpf_fentry_test1")`},
		{"BV0511_program", "`bpf_probe_read_user` does it without sleeping"},
		{"BV0511_timer", "let a work queue (struct bpf_wq) run it"},
	} {
		k := slices.IndexFunc(samples(t), func(s sample) bool { return s.name == c.name })
		if k < 0 {
			t.Errorf("no program %s", c.name)
			continue
		}
		d := diagnose(t, samples(t)[k])
		told := slices.Clone(d.Notes)
		for _, h := range d.Help {
			told = append(told, h.Text)
		}
		if !strings.Contains(strings.Join(told, "\n"), c.want) {
			t.Errorf("%s: %q is not among %q", c.name, c.want, told)
		}
	}
}

// What is suggested to be changed in the source: the programs so changed, compiled, are accepted.
func TestEdits(t *testing.T) {
	want := map[string]struct {
		line int
		edit string // with a + before it, one that is inserted before the line
	}{
		"BV0301":         {22, "\t\t{ bpf_ringbuf_discard(e, 0); return 0; }"},
		"BV0404":         {26, "\t\t{ bpf_spin_unlock(&e->lock); return 0; }"},
		"BV0503":         {11, "\t\t{ bpf_rcu_read_unlock(); return 0; }"},
		"BV0507":         {9, "\t\t{ bpf_preempt_enable(); return 0; }"},
		"BV0507_twice":   {12, "+\tbpf_preempt_enable();"},
		"BV0510":         {11, "\t\t{ bpf_local_irq_restore(&flags); return 0; }"},
		"BV0511_program": {7, `SEC("fentry.s/bpf_fentry_test1")`},
		"BV0902":         {16, "+\tif (!count) return 0;"},
		"BV0902_record":  {13, "+\tif (!e) return 0;"},
		"BV0902_socket":  {9, "+\tif (!sk) return 0;"},
		"BV1707_behind":  {4, `SEC("socket")`},
		"BV1707_typo":    {4, `SEC("kprobe/do_unlinkat")`},
		"BV1708_hook":    {4, `SEC("lsm/file_open")`},
	}
	for _, s := range samples(t) {
		d := diagnose(t, s)
		if d == nil {
			continue
		}
		line, edit := 0, ""
		for _, h := range d.Help {
			if h.Edit != nil && line == 0 {
				line, edit = h.Edit.Line, h.Edit.New
				if h.Edit.Old == "" {
					edit = "+" + edit
				}
			}
		}
		if w := want[s.name]; line != w.line || edit != w.edit {
			t.Errorf("%s: line %d %q, want line %d %q", s.name, line, edit, w.line, w.edit)
		}
	}
}

// diagnose explains a sample's refused program, nil if its object can't be opened.
func diagnose(t *testing.T, s sample) *diagnosis.Diagnosis {
	t.Helper()
	k, err := kernel.Load(s.kernel)
	if err != nil {
		t.Fatal(err)
	}
	r, err := bpfverdict.CheckAll(t.Context(), k, []string{"testdata/programs/" + s.name + ".bpf.o"}, bpfverdict.Explain())
	if r == nil {
		t.Fatal(err)
	}
	for p := range r.Programs() {
		if p.Name == "refused" {
			if p.Diagnosis == nil {
				t.Errorf("%s: not explained: %s", s.name, p.Message)
			}
			return p.Diagnosis
		}
	}
	return nil
}
