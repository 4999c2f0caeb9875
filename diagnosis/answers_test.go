package diagnosis_test

import (
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bpfverdict/bpfverdict/conformance/truth"
	"github.com/bpfverdict/bpfverdict/internal/abi"
)

var update = flag.Bool("update", false, "write what the test compares with anew")

// answersFile holds what real kernels said: by kernel, object and program the last line, "" for an acceptance.
const answersFile = "testdata/programs/answers.json"

type realAnswers map[string]map[string]map[string]string

func readAnswers(t *testing.T) realAnswers {
	t.Helper()
	data, err := os.ReadFile(answersFile)
	if err != nil {
		t.Fatal(err)
	}
	all := realAnswers{}
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// TestAnswersOfRealKernels holds the models to what kernels said about the same objects.
func TestAnswersOfRealKernels(t *testing.T) {
	for build, objects := range readAnswers(t) {
		compareAnswers(t, build, objects)
	}
}

// unmodelled are the answers of kernels that models don't give yet: another type of an argument, other words.
var unmodelled = []string{
	"7.3.4 BV0106_comm.bpf.o refused", "7.3.4 BV1003.bpf.o refused",
}

func compareAnswers(t *testing.T, build string, objects map[string]map[string]string) {
	t.Helper()
	model, err := truth.Model(build)
	if err != nil {
		t.Fatal(err)
	}
	k := load(t, model)
	for object, programs := range objects {
		for program, message := range programs {
			got := ask(t, k, filepath.Join("testdata/programs", object), program)
			switch differs := slices.Contains(unmodelled, build+" "+object+" "+program); {
			case differs && got.message == message:
				t.Errorf("%s: %s: it is as Linux %s says now: it is no difference any more", object, program, build)
			case !differs && got.message != message:
				t.Errorf("%s: %s: %q, Linux %s says %q", object, program, got.message, build, message)
			}
		}
	}
}

// TestRunningKernel asks the running kernel about all objects, if BPFVERDICT_ORACLE is the command that does
// (see conformance/oracle) and BPFVERDICT_BUILD the kernel; with -update it keeps the answers.
func TestRunningKernel(t *testing.T) {
	oracle, build := os.Getenv("BPFVERDICT_ORACLE"), os.Getenv("BPFVERDICT_BUILD")
	if oracle == "" || build == "" {
		t.Skip("BPFVERDICT_ORACLE and BPFVERDICT_BUILD are not set")
	}
	files, err := filepath.Glob("testdata/programs/*.bpf.o")
	if err != nil {
		t.Fatal(err)
	}
	command := append(strings.Fields(oracle), files...)
	out, err := exec.CommandContext(t.Context(), command[0], command[1:]...).Output()
	if err != nil {
		t.Fatal(err)
	}
	records, err := truth.Read(strings.NewReader(string(out)))
	if err != nil {
		t.Fatal(err)
	}
	objects := map[string]map[string]string{}
	for _, r := range records.Records {
		message := truth.Summarise([]truth.Record{r})[0].Message
		// A locked kernel attaches nothing to its functions, one without a JIT for them has no operations, and one
		// that doesn't show its configuration has no constants of it.
		unable := r.Stage == "load" && (r.Errno == int(abi.EPERM) || r.Errno == int(abi.ENOTSUPP)) || message == "failed to open system Kconfig"
		if unable || r.Program != "refused" && r.Program != "repaired" {
			continue
		}
		if objects[r.Object] == nil {
			objects[r.Object] = map[string]string{}
		}
		objects[r.Object][r.Program] = message
	}
	if len(objects) < 200 {
		t.Fatalf("%d objects answered", len(objects))
	}
	compareAnswers(t, build, objects)
	if *update {
		all := readAnswers(t)
		all[build] = objects
		data, err := json.MarshalIndent(all, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(answersFile, append(data, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
