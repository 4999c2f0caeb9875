package kmodel

import (
	"fmt"
	"maps"
	"strings"
	"sync"

	"github.com/bpfverdict/bpfverdict/internal/btfpack"
)

// decodeKconfig reads compressed lines "name=value" when first asked.
func decodeKconfig(compressed []byte) func() map[string]string {
	return sync.OnceValue(func() map[string]string {
		text, err := btfpack.Decompress(compressed)
		if err != nil {
			panic(err)
		}
		out := map[string]string{}
		for line := range strings.Lines(string(text)) {
			if name, val, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "="); ok {
				out[name] = val
			}
		}
		return out
	})
}

// withVersion is build options with what libbpf tells programs of a kernel: its version, of a release's first build, and
// whether programs are told a cookie.
func withVersion(options func() map[string]string, release string, cookies bool) func() map[string]string {
	return sync.OnceValue(func() map[string]string {
		out := maps.Clone(options())
		var major, minor int
		if _, err := fmt.Sscanf(release, "%d.%d", &major, &minor); err == nil {
			out["LINUX_KERNEL_VERSION"] = fmt.Sprint(major<<16 | minor<<8)
		}
		if !cookies {
			out["LINUX_HAS_BPF_COOKIE"] = "0"
		}
		return out
	})
}
