package kmodel

import (
	"strings"

	"github.com/klauspost/compress/zstd"
)

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
