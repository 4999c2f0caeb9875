package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// container is what a Job of Kubernetes runs.
type container struct{ Args []string }

// containers are the containers of the Jobs of a file, and how many of each run.
func containers(t *testing.T, file string) (list []container, counts []int) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for dec := yaml.NewDecoder(f); ; {
		var job struct {
			Kind string
			Spec struct {
				CompletionMode string `yaml:"completionMode"`
				Completions    int
				Template       struct {
					Spec struct{ Containers []container }
				}
			}
		}
		err := dec.Decode(&job)
		if err == io.EOF {
			return list, counts
		}
		if err != nil {
			t.Fatal(err)
		}
		if job.Kind != "Job" || len(job.Spec.Template.Spec.Containers) != 1 || job.Spec.CompletionMode == "Indexed" != (job.Spec.Completions > 1) {
			t.Fatalf("%+v", job)
		}
		list, counts = append(list, job.Spec.Template.Spec.Containers[0]), append(counts, max(1, job.Spec.Completions))
	}
}

// TestJob runs what the Jobs of docs/scale run, in folders for their volumes: the result is that of one run.
func TestJob(t *testing.T) {
	work := t.TempDir()
	objects, err := filepath.Abs(filepath.Join("..", "..", "examples", "refused"))
	if err != nil {
		t.Fatal(err)
	}
	results := filepath.ToSlash(work) + "/results"
	if err := os.Mkdir(results, 0o700); err != nil {
		t.Fatal(err)
	}
	run := func(index int, args ...string) (string, int) {
		volumes := strings.NewReplacer("/objects", filepath.ToSlash(objects), "/results", results, "/cache", filepath.ToSlash(work)+"/cache",
			"$(JOB_COMPLETION_INDEX)", fmt.Sprint(index))
		for i := range args {
			args[i] = volumes.Replace(args[i])
		}
		cmd := exec.Command("bpfverdict", args...)
		cmd.Env = append(os.Environ(), fmt.Sprint("JOB_COMPLETION_INDEX=", index))
		out, err := cmd.CombinedOutput()
		if _, exited := err.(*exec.ExitError); err != nil && !exited {
			t.Fatal(err)
		}
		return string(out), cmd.ProcessState.ExitCode()
	}
	list, counts := containers(t, filepath.Join("..", "..", "docs", "scale", "job.yaml"))
	if len(list) != 2 || counts[0] != 4 {
		t.Fatalf("%d jobs, %v pods", len(list), counts)
	}
	for index := range counts[0] {
		if out, code := run(index, slices.Clone(list[0].Args)...); code != 0 || out != "" {
			t.Fatalf("pod %d: exit %d: %s", index, code, out)
		}
	}
	if out, code := run(0, slices.Clone(list[1].Args)...); code != 2 || !strings.Contains(out, "no such baseline; --update writes it") {
		t.Errorf("without a baseline: exit %d: %s", code, out)
	}
	if out, code := run(0, "merge", "-o", "json", "--report-only", "--out", "/results/all.json", "/results/part-*.json"); code != 0 {
		t.Fatalf("exit %d: %s", code, out)
	}
	if out, code := run(0, "check", "--kernel", "6.12-", "--no-timing", "-o", "json", "--out", "/results/baseline.json", "/objects/..."); code != 1 {
		t.Fatalf("one run: exit %d: %s", code, out)
	}
	parts, _ := os.ReadFile(results + "/all.json")
	whole, _ := os.ReadFile(results + "/baseline.json")
	if len(whole) == 0 || !bytes.Equal(parts, whole) {
		t.Errorf("the parts together have %d bytes, one run has %d", len(parts), len(whole))
	}
	if out, code := run(0, slices.Clone(list[1].Args)...); code != 0 || !strings.Contains(out, "; 0 worse than ") {
		t.Errorf("with a baseline: exit %d: %s", code, out)
	}
}

// TestWorkflow runs the commands of the workflow in docs/scale, but for those that install.
func TestWorkflow(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil || runtime.GOOS == "windows" {
		t.Skip("the workflow's steps are for bash")
	}
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "scale", "github.yml"))
	if err != nil {
		t.Fatal(err)
	}
	var workflow struct {
		Jobs map[string]struct {
			Strategy struct{ Matrix struct{ Part []int } }
			Steps    []struct{ Name, Uses, Run string }
		}
	}
	if err := yaml.Unmarshal(text, &workflow); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "build"), os.DirFS(filepath.Join("..", "..", "examples", "refused"))); err != nil {
		t.Fatal(err)
	}
	step := func(script string) (string, int) {
		cmd := exec.Command(bash, "-e", "-c", script)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if _, exited := err.(*exec.ExitError); err != nil && !exited {
			t.Fatal(err)
		}
		return string(out), cmd.ProcessState.ExitCode()
	}
	command := func(job string) string {
		for _, s := range workflow.Jobs[job].Steps {
			if s.Name == job {
				return s.Run
			}
		}
		t.Fatalf("no step %s in %s", job, job)
		return ""
	}
	parts := workflow.Jobs["check"].Strategy.Matrix.Part
	if len(parts) != 4 {
		t.Fatalf("parts are %v", parts)
	}
	for _, part := range parts {
		if out, code := step(strings.ReplaceAll(command("check"), "${{ matrix.part }}", fmt.Sprint(part))); code != 0 {
			t.Fatalf("part %d: exit %d: %s", part, code, out)
		}
	}
	if out, code := step("bpfverdict merge --baseline bpfverdict-baseline.json --update part-*.json"); code != 0 {
		t.Fatalf("exit %d: %s", code, out)
	}
	if out, code := step(command("merge")); code != 0 || strings.Contains(out, "::error") {
		t.Errorf("nothing is worse: exit %d: %s", code, out)
	}
	better := "sed -i.old 's/\"verdict\": \"failure\"/\"verdict\": \"success\"/' bpfverdict-baseline.json"
	if out, code := step(better); code != 0 {
		t.Fatal(out)
	}
	if out, code := step(command("merge")); code != 1 || !strings.Contains(out, "::error file=refused/lookup_unchecked.bpf.c,line=20,") {
		t.Errorf("all is worse: exit %d: %s", code, out)
	}
}
