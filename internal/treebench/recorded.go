package treebench

import (
	_ "embed"
	"encoding/json"
	"fmt"
)

// Recorded is what was measured in a kernel.
type Recorded struct {
	Kernel string `json:"kernel"`
	Rows   []Row  `json:"rows"`
}

//go:embed kernels.json
var recorded []byte

// Kernels are the figures of real kernels.
func Kernels() []Recorded {
	var all []Recorded
	if err := json.Unmarshal(recorded, &all); err != nil {
		panic(fmt.Sprintf("kernels.json: %v", err))
	}
	return all
}

// Find returns the row of a way, a tree's size and a number of CPUs; nil if there is none.
func Find(rows []Row, w Way, nodes, cpus int) *Row {
	for i := range rows {
		if r := &rows[i]; r.Way == w && r.Nodes == nodes && r.CPUs == cpus {
			return r
		}
	}
	return nil
}
