package main

import (
	"bytes"
	"fmt"

	"github.com/bpfverdict/bpfverdict/internal/testing/kimage"
)

// maps are the structs behind the map types, as programs can read them: the kernel has an array of the types' functions.
func maps(im *kimage.Image) ([]byte, error) {
	types, ok := im.Addr("bpf_map_types")
	if !ok {
		return nil, fmt.Errorf("the image has no bpf_map_types")
	}
	id, _, err := im.Field("bpf_map_ops", "map_btf_id")
	if err != nil {
		return nil, err
	}
	// Before 5.19 the types' ids were filled in at boot, by name.
	byName, _, noNames := im.Field("bpf_map_ops", "map_btf_name")
	names := im.MapTypes()
	var b bytes.Buffer
	b.WriteString("// mapStructs are the structs behind map types, as programs can read them.\nvar mapStructs = map[abi.MapType]string{\n")
	for mt := range uint64(len(names)) {
		ops := im.Uint(types+8*mt, 8)
		if ops == 0 || names[mt] == "" {
			continue
		}
		name := im.TypeName(uint32(im.Uint(im.Uint(ops+id, 8), 4)))
		if at := im.Uint(ops+byName, 8); noNames == nil && at != 0 {
			name = im.String(at)
		}
		if name != "" {
			fmt.Fprintf(&b, "abi.%s: %q,\n", names[mt], name)
		}
	}
	b.WriteString("}\n")
	return b.Bytes(), nil
}
