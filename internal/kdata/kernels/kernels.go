// Package kernels lists the snapshots: a line each, and nothing else of them.
package kernels

import (
	"github.com/bpfverdict/bpfverdict/internal/kdata"
	"github.com/bpfverdict/bpfverdict/internal/kdata/v6_18"
)

// All are the kernels that ship with the program.
var All = []*kdata.Kernel{&v6_18.Kernel}
