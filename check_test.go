package bpfverdict

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/verifier"
	"github.com/bpfverdict/bpfverdict/kernel"
	"github.com/bpfverdict/bpfverdict/report"
)

const examples = "examples"

// withJudge puts f in the engine's place.
func withJudge(f func(ctx context.Context, img *object.Image) *verifier.Outcome) Option {
	return func(o *options) {
		o.judge = func(ctx context.Context, img *object.Image, _ *kmodel.Model, _ verifier.Options) *verifier.Outcome {
			return f(ctx, img)
		}
	}
}

// model is a kernel, whichever.
func model(t *testing.T) *kernel.Model {
	t.Helper()
	k, err := kernel.Load(kernel.Default())
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func accepted() *verifier.Outcome { return &verifier.Outcome{Verdict: verifier.Success, Insn: -1} }

func names(r *report.Result) string {
	var out []string
	for _, p := range r.List {
		out = append(out, filepath.Base(p.Object)+"/"+p.Name+" "+string(p.Verdict))
	}
	return strings.Join(out, "\n")
}

func TestBugIsOneProgramsError(t *testing.T) {
	r, err := CheckAll(t.Context(), model(t), []string{filepath.Join(examples, "loop.bpf.o")}, Jobs(2),
		withJudge(func(_ context.Context, img *object.Image) *verifier.Outcome {
			if img.Name == "record" {
				return &verifier.Outcome{Verdict: verifier.Bug, Insn: -1, Message: "internal bug: index out of range", Log: "walk.go:1"}
			}
			return accepted()
		}))
	var bug *BugError
	if !errors.As(err, &bug) || bug.Program != "record" || bug.Stack != "walk.go:1" {
		t.Fatalf("error %v", err)
	}
	if got, want := names(r), "loop.bpf.o/record error\nloop.bpf.o/total success"; got != want {
		t.Fatalf("got\n%s\nwant\n%s", got, want)
	}
	p := r.List[0]
	if !p.Bug || !strings.HasPrefix(p.Message, "internal bug: ") || p.Log != "walk.go:1" {
		t.Errorf("bug %v, message %q, log %q", p.Bug, p.Message, p.Log)
	}
}

func TestOrderDoesNotDependOnTime(t *testing.T) {
	var mu sync.Mutex
	n := 0
	check := func(jobs int) string {
		r, err := CheckAll(t.Context(), model(t), []string{examples}, Jobs(jobs),
			withJudge(func(context.Context, *object.Image) *verifier.Outcome {
				mu.Lock()
				n++
				d := time.Duration(5-n%5) * time.Millisecond
				mu.Unlock()
				time.Sleep(d)
				return accepted()
			}))
		if err != nil {
			t.Fatal(err)
		}
		return names(r)
	}
	one := check(1)
	for range 3 {
		if many := check(8); many != one {
			t.Fatalf("eight jobs:\n%s\none:\n%s", many, one)
		}
	}
}

func TestJobsBoundWhatRuns(t *testing.T) {
	var mu sync.Mutex
	running, most := 0, 0
	_, err := CheckAll(t.Context(), model(t), []string{examples}, Jobs(2), withJudge(func(context.Context, *object.Image) *verifier.Outcome {
		mu.Lock()
		running++
		most = max(most, running)
		mu.Unlock()
		time.Sleep(5 * time.Millisecond)
		mu.Lock()
		running--
		mu.Unlock()
		return accepted()
	}))
	if err != nil || most > 2 {
		t.Errorf("%d programs at a time, %v", most, err)
	}
}

// A program for which the others leave too little memory is judged again, alone: what it is told does not
// depend on them.
func TestCrowdedProgramIsJudgedAlone(t *testing.T) {
	var mu sync.Mutex
	running, judged := 0, map[string]int{}
	r, err := CheckAll(t.Context(), model(t), []string{examples}, Jobs(4),
		withJudge(func(_ context.Context, img *object.Image) *verifier.Outcome {
			mu.Lock()
			running++
			judged[img.Name]++
			again := judged[img.Name] == 2
			if again && running != 1 {
				t.Errorf("%s is judged beside %d others", img.Name, running-1)
			}
			mu.Unlock()
			defer func() { mu.Lock(); running--; mu.Unlock() }()
			if again {
				return accepted()
			}
			time.Sleep(time.Millisecond)
			return &verifier.Outcome{Verdict: verifier.Unsupported, Crowded: true, Insn: -1}
		}))
	if err != nil || r.Count(report.Success) != len(r.List) {
		t.Errorf("%v\n%s", err, names(r))
	}
}

func TestTimeoutSaysHowLong(t *testing.T) {
	r, err := CheckAll(t.Context(), model(t), []string{filepath.Join(examples, "lookup.bpf.o")}, Timeout(time.Nanosecond),
		withJudge(func(ctx context.Context, _ *object.Image) *verifier.Outcome {
			<-ctx.Done()
			return &verifier.Outcome{Verdict: verifier.Unsupported, Message: context.Cause(ctx).Error(), Insn: -1}
		}))
	if err != nil || len(r.List) != 1 || r.List[0].Message != "it took more than 1ns" {
		t.Errorf("%v, %+v", err, r)
	}
}

func TestCancelStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	r, err := CheckAll(ctx, model(t), []string{examples}, Jobs(1), withJudge(func(ctx context.Context, _ *object.Image) *verifier.Outcome {
		cancel()
		<-ctx.Done()
		return &verifier.Outcome{Verdict: verifier.Unsupported, Message: "cancelled", Insn: -1}
	}))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if len(r.List) != 0 {
		t.Errorf("answers of cancelled programs: %s", names(r))
	}
}

func TestBadFileIsNamedAndOthersAreJudged(t *testing.T) {
	dir := t.TempDir()
	good, err := os.ReadFile(filepath.Join(examples, "lookup.bpf.o"))
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"a.o": []byte("not an object"), "b.o": good, "c.o": good[:len(good)/2], "d.o": nil,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r, err := CheckAll(t.Context(), model(t), []string{dir}, withJudge(func(context.Context, *object.Image) *verifier.Outcome { return accepted() }))
	if got := names(r); got != "b.o/count success" {
		t.Errorf("got %s", got)
	}
	var input *InputError
	if !errors.As(err, &input) || filepath.Base(input.Path) != "a.o" {
		t.Errorf("error %v", err)
	}
	if n := len(strings.Split(err.Error(), "\n")); n != 3 {
		t.Errorf("%d lines for 3 files:\n%v", n, err)
	}
}

func TestMissingInput(t *testing.T) {
	for _, path := range []string{"nowhere.o", t.TempDir()} {
		r, err := CheckAll(t.Context(), model(t), []string{path})
		var input *InputError
		if !errors.As(err, &input) || len(r.List) != 0 {
			t.Errorf("%s: %v, %v", path, r, err)
		}
	}
}

func TestSourceAt(t *testing.T) {
	img := &object.Image{Debug: object.Debug{Lines: []object.LineInfo{{Insn: 2, File: "a.c", Line: 7, Text: " x;"}, {Insn: 5, File: "a.c", Line: 9}}}}
	for at, line := range map[int]int{-1: 0, 1: 0, 2: 7, 4: 7, 5: 9, 50: 9} {
		s := sourceAt(img, at)
		if (s == nil) != (line == 0) || s != nil && s.Line != line {
			t.Errorf("instruction %d: %+v, want line %d", at, s, line)
		}
	}
}

func TestKeptLogsAreBounded(t *testing.T) {
	c := &run{}
	long := strings.Repeat("line\n", logTail)
	if got := c.keepLog(long); got != long {
		t.Error("the first log was cut")
	}
	c.logBytes.Store(logBudget)
	got := c.keepLog(long)
	if len(got) > logTail+200 || !strings.HasPrefix(got, "[the first ") || !strings.HasSuffix(got, "line\n") {
		t.Errorf("%d bytes kept, beginning %.80q", len(got), got)
	}
	if got := c.keepLog("short"); got != "short" {
		t.Errorf("short log became %q", got)
	}
}
