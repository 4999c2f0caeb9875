// Package v6_12 is Linux 6.12 as Debian builds it, 6.12.117+deb13: what its image shows, and what it answered when it was
// booted under an emulator. What no kernel was asked is as in Linux 6.18.
package v6_12

import (
	_ "embed"

	"github.com/bpfverdict/bpfverdict/internal/kdata"
	"github.com/bpfverdict/bpfverdict/internal/kdata/v6_18"
)

//go:generate sh -c "go run ../../cmd/genimage -kernel $KERNELS/6.12 -base 7.3 -package v6_12"
//go:generate sh -c "go run ../../cmd/genasked -kernel $KERNELS/6.12 -package v6_12"

//go:embed vmlinux.btf.zst
var btf []byte

//go:embed kconfig.zst
var kconfig []byte

//go:embed ksyms.zst
var symbols []byte

// Kernel is the snapshot.
var Kernel = kdata.Kernel{
	Release: "6.12",
	Updates: []string{"map-pointers-not-null", "packet-moves-followed", "ld-abs-returns", "self-sums-unlinked", "distances-cleared",
		"links-loosely-compared", "sign-crossing", "sign-crossing-32", "third-round", "ranges-forgotten", "bits-compared", "signs-forked",
		"raw-tp-null-args", "linked-ids-kept", "packet-ends-compared", "path-errors-kept", "target-last"},
	Arch:     "amd64",
	Measured: "6.12.117",
	Config:   kdata.Debian,
	BTFBase:  "7.3",
	BTF:      btf, Kconfig: kconfig, Symbols: symbols,
	Engine:   kdata.Engine{Loops: kdata.LoopEntries, Liveness: kdata.LivenessMarks},
	Tables:   overlay(v6_18.Kernel.Tables),
	Borrowed: v6_18.Kernel.Release,
}
