package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bpfverdict/bpfverdict/conformance/truth"
	"github.com/bpfverdict/bpfverdict/kernel"
)

// A model that says it is measured has a row of the ratchet, and each row is of a model that says so.
func TestMeasuredModelsHaveRows(t *testing.T) {
	rows, err := filepath.Glob("baselines/*.json")
	if err != nil || len(rows) == 0 {
		t.Fatal(rows, err)
	}
	for _, row := range rows {
		build, _, _ := strings.Cut(strings.TrimSuffix(filepath.Base(row), ".json"), "+") // and another corpus
		name, err := truth.Model(build)
		if err != nil {
			t.Errorf("%s: %v", build, err)
			continue
		}
		if k, err := kernel.Load(name); err != nil || k.Measured() != build {
			t.Errorf("%s: the model %s is not measured by it (%v)", build, name, err)
		}
	}
	for _, name := range kernel.Names() {
		k, err := kernel.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		if k.Measured() == "" {
			continue
		}
		if _, err := os.Stat(filepath.Join("baselines", k.Measured()+".json")); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
