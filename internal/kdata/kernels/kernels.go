// Package kernels lists the snapshots: a line each, and nothing else of them.
package kernels

import (
	"github.com/bpfverdict/bpfverdict/internal/kdata"
	"github.com/bpfverdict/bpfverdict/internal/kdata/v5_10"
	"github.com/bpfverdict/bpfverdict/internal/kdata/v6_1"
	"github.com/bpfverdict/bpfverdict/internal/kdata/v6_12"
	"github.com/bpfverdict/bpfverdict/internal/kdata/v6_16"
	"github.com/bpfverdict/bpfverdict/internal/kdata/v6_17"
	"github.com/bpfverdict/bpfverdict/internal/kdata/v6_18"
	v6_18_arm64 "github.com/bpfverdict/bpfverdict/internal/kdata/v6_18/arm64"
	"github.com/bpfverdict/bpfverdict/internal/kdata/v6_19"
	"github.com/bpfverdict/bpfverdict/internal/kdata/v7_0"
	"github.com/bpfverdict/bpfverdict/internal/kdata/v7_1"
	"github.com/bpfverdict/bpfverdict/internal/kdata/v7_2"
	"github.com/bpfverdict/bpfverdict/internal/kdata/v7_3"
	v7_3_arm64 "github.com/bpfverdict/bpfverdict/internal/kdata/v7_3/arm64"
)

// All are the kernels that ship with the program, for the machine that is meant where none is named.
var All = []*kdata.Kernel{
	&v5_10.Kernel,
	&v6_1.Kernel,
	&v6_12.Kernel,
	&v6_16.Kernel,
	&v6_17.Kernel,
	&v6_18.Kernel,
	&v6_19.Kernel,
	&v7_0.Kernel,
	&v7_1.Kernel,
	&v7_2.Kernel,
	&v7_3.Kernel,
}

// Others are kernels for other machines.
var Others = []*kdata.Kernel{
	&v6_18_arm64.Kernel,
	&v7_3_arm64.Kernel,
}
