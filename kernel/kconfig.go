package kernel

import (
	_ "embed"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// kconfig618 is the .config of the kernel that the 6.18 model describes (lines
// "CONFIG_X=value" of its /proc/config.gz), and libbpf's own three values.
//
//go:embed data/kconfig-6.18.zst
var kconfig618 []byte

// decodeKconfig reads compressed lines "name=value".
func decodeKconfig(compressed []byte) (map[string]string, error) {
	z, err := zstd.NewReader(nil)
	if err != nil {
		return nil, err
	}
	defer z.Close()
	text, err := z.DecodeAll(compressed, nil)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for line := range strings.Lines(string(text)) {
		if name, val, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "="); ok {
			out[name] = val
		}
	}
	return out, nil
}
