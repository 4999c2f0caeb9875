// Package v6_18 is Linux 6.18 as a distribution builds it: its BTF, options and symbols were taken from a machine that runs
// 6.18.44, its lists from that machine and from its sources, as each file says.
package v6_18

import (
	_ "embed"

	"github.com/bpfverdict/bpfverdict/internal/kdata"
)

//go:generate sh -c "go run ../../cmd/genbtf -base 7.3 < /sys/kernel/btf/vmlinux > vmlinux.btf.zst"
//go:generate sh -c "go run ../../cmd/genctx -kernel 6.18 -package v6_18 > ctxtypes.go.new && mv ctxtypes.go.new ctxtypes.go"
//go:generate sh -c "go run ../../cmd/genksyms > ksyms.zst"
//go:generate sh -c "go run ../../../conformance/ask -record > $KERNELS/6.18/answers.json && go run ../../cmd/genasked -kernel $KERNELS/6.18 -only ctx -package v6_18"
//go:generate sh -c "go run ../../cmd/genhelpers -src $LINUX_SOURCE -package v6_18 -changes helpers.yaml > helpers.go.new && mv helpers.go.new helpers.go"
//go:generate sh -c "go run ../../cmd/genkfuncs -src $LINUX_SOURCE -package v6_18 -changes kfuncs.yaml > kfuncs.go.new && mv kfuncs.go.new kfuncs.go"

//go:embed vmlinux.btf.zst
var btf []byte

// kconfig is the machine's /proc/config.gz, its lines "CONFIG_X=value", and what libbpf makes of it.
//
//go:embed kconfig.zst
var kconfig []byte

//go:embed ksyms.zst
var symbols []byte

// Kernel is the snapshot.
var Kernel = kdata.Kernel{
	Release: "6.18",
	Updates: []string{"linked-differences", "tail-call-returns", "ld-abs-returns", "self-sums-unlinked",
		"distances-cleared", "links-loosely-compared", "sign-crossing-32", "lone-member", "signs-forked", "byte-swap-bits", "throws-by-name",
		"inner-lookups-nullable", "linked-ids-kept", "packet-ends-compared"},
	Arch:     "amd64",
	Measured: "6.18.44",
	Config:   kdata.Debian,
	Machines: []kdata.Profile{
		{Name: "6.18.44", About: "the virtual machine whose answers were recorded", Config: kdata.Config{Lockdown: "integrity", JIT: true, PageSize: 4096, CPUs: 2}},
	},
	BTFBase: "7.3",
	BTF:     btf, Kconfig: kconfig, Symbols: symbols,

	Tables: kdata.Tables{
		Helpers: kdata.Helpers{
			HelperNames: helperNames, HelperProtos: helperProtos, HelperGroups: helperGroups, HelperRules: helperRules,
			GroupWhen: groupWhen, HelperChains: helperChains, Lockdown: lockdown, SleepWith: sleepWith, AttachedTo: attachLimits,
		},
		Kfuncs: kdata.Kfuncs{
			KfuncSets: kfuncSets, KfuncHooks: kfuncHooks, KfuncFilters: kfuncFilters, KfuncFeatures: kfuncFeatures,
			LockSafe: lockSafe,
		},
		Contexts: contexts, Maps: maps, Attach: attach, Objects: objects, Pointers: pointers, Params: params, Returns: returns, StructOps: structOps,
	},
}
