package object

import (
	"errors"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"testing"

	"github.com/bpfverdict/bpfverdict/conformance/truth"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
)

// The corpus and a kernel's answers about it are not part of the project: these
// variables name them, and the tests that need them are skipped without.
const (
	corpusVar = "BPFVERDICT_CORPUS" // folder of .bpf.o files
	truthVar  = "BPFVERDICT_TRUTH"  // file of answers, or folder of such files
)

// recordedKernel is the build whose answers are taken from a folder.
const recordedKernel = "6.18.44"

func readTruth(t *testing.T) []truth.Record {
	t.Helper()
	path, corpus := os.Getenv(truthVar), os.Getenv(corpusVar)
	if path == "" || corpus == "" {
		t.Skipf("%s and %s are not set", corpusVar, truthVar)
	}
	path, err := truth.Find(path, filepath.Base(corpus), recordedKernel)
	if err != nil {
		t.Fatal(err)
	}
	f, err := truth.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range f.Records {
		l := &f.Records[i]
		l.Warning = strings.TrimPrefix(strings.TrimSpace(l.Warning), "libbpf: ")
	}
	return f.Records
}

var hostModel = sync.OnceValues(func() (*kmodel.Model, error) { return kmodel.Load("6.18") })

// TestCorpus holds loading and linking against what libbpf and a kernel did.
func TestCorpus(t *testing.T) {
	records := readTruth(t)
	m, err := hostModel()
	if err != nil {
		t.Skip(err)
	}
	files := map[string][]truth.Record{}
	for _, l := range records {
		files[l.Object] = append(files[l.Object], l)
	}
	var names []string
	for n := range files {
		names = append(names, n)
	}
	sort.Strings(names)
	count := map[string]int{}
	for _, n := range names {
		lines := files[n]
		o, err := Load(filepath.Join(os.Getenv(corpusVar), n))
		if lines[0].Stage == "open" {
			switch {
			case err == nil:
				t.Errorf("%s: opens, libbpf: %s", n, lines[0].Warning)
			case !strings.Contains(err.Error(), lines[0].Warning):
				t.Logf("%s: open: got %v, want %s", n, err, lines[0].Warning)
			default:
				count["open ok"]++
			}
			continue
		}
		if err != nil {
			t.Errorf("does not open: %v", err)
			continue
		}
		got := o.Link(m)
		if len(got) != len(lines) {
			t.Errorf("%s: %d programs, want %d", n, len(got), len(lines))
			continue
		}
		for i, l := range lines {
			g := got[i]
			if g.Program.Name != l.Program || g.Program.fn.section != l.Section || int(g.Program.Type) != l.Type || g.Program.Insns != l.Insns {
				t.Errorf("%s: program %d is %s %s type %d insns %d, want %s %s %d %d", n, i,
					g.Program.Name, g.Program.Section, g.Program.Type, g.Program.Insns, l.Program, l.Section, l.Type, l.Insns)
			}
			switch {
			case l.Stage == "prepare" && g.Err == nil:
				t.Errorf("%s/%s: links, libbpf: %s", n, l.Program, l.Warning)
				count["prepare missed"]++
			case l.Stage == "prepare":
				var e *LinkError
				errors.As(g.Err, &e)
				if e.Reason != l.Warning {
					t.Errorf("%s/%s:\n got %s\nwant %s", n, l.Program, e.Reason, l.Warning)
					count["prepare other"]++
				} else {
					count["prepare ok"]++
				}
			case g.Err != nil:
				t.Errorf("%s/%s: stage %s: does not link: %v", n, l.Program, l.Stage, g.Err)
				count["wrongly refused"]++
			default:
				count["linked"]++
			}
		}
	}
	t.Log(count)
}
