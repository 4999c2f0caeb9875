package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// TestAction runs the steps of action.yml as GitHub's runner does, but for the one that installs Go.
func TestAction(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil || runtime.GOOS == "windows" {
		t.Skip("the action's steps are for bash")
	}
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, "action.yml"))
	if err != nil {
		t.Fatal(err)
	}
	var action struct {
		Inputs map[string]struct{ Default string }
		Runs   struct {
			Using string
			Steps []struct {
				Name, Uses, Shell, Run string
				With                   map[string]any
				Env                    map[string]string
			}
		}
	}
	if err := yaml.Unmarshal(text, &action); err != nil {
		t.Fatal(err)
	}
	if action.Runs.Using != "composite" {
		t.Fatalf("the action runs using %q", action.Runs.Using)
	}
	temp := t.TempDir()
	summary := filepath.Join(temp, "summary.md")

	// run runs all steps with inputs and returns what they print and the exit code.
	run := func(inputs map[string]string) (string, int) {
		values := []string{"${{ github.action_path }}", root}
		for name, in := range action.Inputs {
			value := in.Default
			if v, given := inputs[name]; given {
				value = v
			}
			values = append(values, "${{ inputs."+name+" }}", value)
		}
		fill := strings.NewReplacer(values...)
		var out bytes.Buffer
		for _, step := range action.Runs.Steps {
			if step.Uses != "" {
				continue
			}
			if step.Shell != "bash" {
				t.Fatalf("%s: shell %q", step.Name, step.Shell)
			}
			cmd := exec.Command(bash, "--noprofile", "--norc", "-eo", "pipefail", "-c", step.Run)
			cmd.Dir, cmd.Stdout, cmd.Stderr = root, &out, &out
			cmd.Env = append(os.Environ(), "RUNNER_TEMP="+temp, "GITHUB_STEP_SUMMARY="+summary)
			for name, value := range step.Env {
				filled := fill.Replace(value)
				if strings.Contains(filled, "${{") {
					t.Fatalf("%s: nothing gives %s", step.Name, filled)
				}
				cmd.Env = append(cmd.Env, name+"="+filled)
			}
			var ee *exec.ExitError
			switch err := cmd.Run(); {
			case errors.As(err, &ee):
				return out.String(), ee.ExitCode()
			case err != nil:
				t.Fatalf("%s: %v", step.Name, err)
			}
		}
		return out.String(), 0
	}

	out, code := run(map[string]string{"paths": "examples/lookup.bpf.o", "kernel": "6.18"})
	if code != 0 || !strings.Contains(out, "Linux 6.18: 1 program: 1 accepted") {
		t.Errorf("exit %d:\n%s", code, out)
	}
	out, code = run(map[string]string{"paths": "examples/lookup.bpf.o examples/refused/lookup_unchecked.bpf.o", "args": "--no-timing"})
	if code != 1 || !strings.Contains(out, "::error file=refused/lookup_unchecked.bpf.c,line=20,") {
		t.Errorf("exit %d:\n%s", code, out)
	}
	text, err = os.ReadFile(summary)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), "| lookup\\_unchecked.bpf.o | count | failure |") {
		t.Errorf("the job's summary:\n%s", text)
	}
}
