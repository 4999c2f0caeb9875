package main

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/testing/kimage"
)

// helpers are the names of the helpers by id, from the types, and their prototypes, from the image.
func helpers(im *kimage.Image) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString("// helperNames are the helpers' names by id.\nvar helperNames = []string{\n")
	ids := im.Enum("bpf_func_id")
	byID := map[uint64]string{}
	for name, id := range ids {
		if short, ok := strings.CutPrefix(name, "BPF_FUNC_"); ok {
			byID[id] = short
		}
	}
	for id := range uint64(len(byID)) {
		if byID[id] == "" {
			return nil, fmt.Errorf("no helper %d", id)
		}
		fmt.Fprintf(&b, "%d: %q,\n", id, byID[id])
	}
	b.WriteString("}\n\n// helperProtos are all prototypes, sorted by name.\nvar helperProtos = []kdata.HelperProto{\n")
	protos, err := im.Protos()
	if err != nil {
		return nil, err
	}
	for _, p := range protos {
		b.WriteString(p.Row)
	}
	b.WriteString("}\n")
	return b.Bytes(), nil
}
