// Package arm64 is Linux 7.3 for arm64 as Debian builds it, 7.3.4+deb13: its types and options are its own, its lists
// are those of the other machine's model.
package arm64

import (
	_ "embed"

	"github.com/bpfverdict/bpfverdict/internal/kdata"
	"github.com/bpfverdict/bpfverdict/internal/kdata/v7_3"
)

//go:generate sh -c "go run ../../../cmd/genmachine -kernel $KERNELS/7.3-arm64 -base 7.3"

//go:embed vmlinux.btf.zst
var btf []byte

//go:embed kconfig.zst
var kconfig []byte

// Kernel is the snapshot.
var Kernel = kdata.Kernel{
	Release:  v7_3.Kernel.Release,
	Updates:  v7_3.Kernel.Updates,
	Arch:     "arm64",
	Measured: "7.3.4-arm64",
	Config:   v7_3.Kernel.Config,
	Engine:   v7_3.Kernel.Engine,
	BTFBase:  "7.3",
	BTF:      btf, Kconfig: kconfig,
	Tables:   kdata.OnArm64(v7_3.Kernel.Tables),
	Borrowed: v7_3.Kernel.Release,
}
