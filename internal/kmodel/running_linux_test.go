package kmodel_test

import (
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/testing/running"
)

// TestTablesOnRunningKernel asks the running kernel what the tables of its model say. It needs root, and a
// kernel that is known to be a model's.
func TestTablesOnRunningKernel(t *testing.T) {
	if testing.Short() {
		t.Skip("asks the kernel some 200,000 questions")
	}
	m, err := running.Model()
	if err != nil {
		t.Skip(err)
	}
	s := running.NewSurvey(m, t.Errorf)
	for _, table := range running.Tables {
		t.Run(table.Name, func(t *testing.T) {
			s.Report = t.Errorf
			table.Ask(s)
		})
	}
}
