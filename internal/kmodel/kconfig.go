package kmodel

import (
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
