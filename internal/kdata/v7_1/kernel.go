// Package v7_1 is Linux 7.1 as Debian builds it, 7.1.13+deb13. What its image has is its own; who may call and see what is
// as yet Linux 6.18's.
// Its build options are not to be had any more: those are 7.2's.
package v7_1

import (
	_ "embed"

	"github.com/bpfverdict/bpfverdict/internal/kdata"
	"github.com/bpfverdict/bpfverdict/internal/kdata/v6_18"
)

//go:generate sh -c "go run ../../cmd/genimage -kernel $KERNELS/7.1 -config $KERNELS/7.2/config -package v7_1"

//go:embed vmlinux.btf.zst
var btf []byte

//go:embed kconfig.zst
var kconfig []byte

//go:embed ksyms.zst
var symbols []byte

// Kernel is the snapshot.
var Kernel = kdata.Kernel{
	Release: "7.1",
	Arch:    "amd64",
	Config:  kdata.Config{Lockdown: "none", JIT: true, PageSize: 4096, CPUs: 2},
	BTF:     btf, Kconfig: kconfig, Symbols: symbols,
	Tables:   tables(),
	Borrowed: v6_18.Kernel.Release,
}

// tables are those of the image, and for the rest 6.18's.
func tables() kdata.Tables {
	t := v6_18.Kernel.Tables
	t.HelperNames, t.HelperProtos = helperNames, kdata.Completed(helperProtos, t.HelperProtos)
	t.KfuncSets, t.KfuncFilters = kfuncSets, kfuncFilters
	t.LSMDisabled, t.LSMSleepable, t.LSMUntrusted, t.LSMBool = lsmDisabled, lsmSleepable, lsmUntrusted, lsmBool
	t.LSMDisabledBy, t.ErrorInjected, t.ErrorInjectedAtomic = nil, nil, nil
	t.NoReturn, t.TraceDenied = noReturn, traceDenied
	t.RCUProtected = rcuProtected
	return t
}
