// Package arm64 is Linux 6.18 for arm64 as Debian builds it, 6.18.15+deb13: its types and options are its own, its lists
// are those of the other machine's model.
package arm64

import (
	_ "embed"
	"maps"

	"github.com/bpfverdict/bpfverdict/internal/kdata"
	"github.com/bpfverdict/bpfverdict/internal/kdata/v6_18"
)

//go:generate sh -c "go run ../../../cmd/genmachine -kernel $KERNELS/6.18-arm64 -base 7.3"

//go:embed vmlinux.btf.zst
var btf []byte

//go:embed kconfig.zst
var kconfig []byte

// Kernel is the snapshot.
var Kernel = kdata.Kernel{
	Release:  "6.18",
	Updates:  []string{"tail-call-returns", "linked-ids-kept"}, // the others came with updates later than this build
	Arch:     "arm64",
	Measured: "6.18.15-arm64",
	Config:   kdata.Debian,
	BTFBase:  "7.3",
	BTF:      btf, Kconfig: kconfig,
	Tables:   tables(),
	Borrowed: v6_18.Kernel.Release,
}

// tables are those of the other machine, but for what this build is older than.
func tables() kdata.Tables {
	t := kdata.OnArm64(v6_18.Kernel.Tables)
	t.Destructors = maps.Clone(t.Destructors)
	t.Destructors["bpf_crypto_ctx"] = "bpf_crypto_ctx_release" // later updates made a function of its own of it
	return t
}
