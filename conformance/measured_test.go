package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/bpfverdict/bpfverdict/kernel"
)

// A model that says it is measured has a row of the ratchet, and each row is of a model that says so.
func TestMeasuredModelsHaveRows(t *testing.T) {
	rows, err := filepath.Glob("baselines/*.json")
	if err != nil {
		t.Fatal(err)
	}
	measured := 0
	for _, name := range kernel.Names() {
		k, err := kernel.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		if k.Measured() == "" {
			continue
		}
		measured++
		if _, err := os.Stat(filepath.Join("baselines", k.Measured()+".json")); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if measured != len(rows) {
		t.Errorf("%d models are measured, there are %d rows", measured, len(rows))
	}
}
