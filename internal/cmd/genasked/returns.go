package main

import (
	"bytes"
	"fmt"
	"math"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/testing/asked"
)

// returns are the ranges of what programs may return. Those of security hooks and of structs of functions follow from
// the hook, and are not here.
func (g *generator) returns() ([]byte, error) {
	const anyValue = "kdata.RetRange{Min: math.MinInt32, Max: math.MaxInt32}"
	rows := g.rows(func(k *asked.Kind) string {
		switch r := k.Return; {
		case k.Type == abi.PROG_TYPE_LSM, k.Type == abi.PROG_TYPE_STRUCT_OPS:
			return ""
		case !r.Checked:
			return anyValue
		case r.Min < math.MinInt32 || r.Max > math.MaxInt32:
			return fmt.Sprintf("kdata.RetRange{Min: %d, Max: %d, Checked: true}", int32(r.Min), int32(r.Max))
		default:
			return fmt.Sprintf("kdata.RetRange{Min: %d, Max: %d, Checked: true}", r.Min, r.Max)
		}
	}, map[abi.ProgType]string{abi.PROG_TYPE_TRACING: "kdata.RetRange{Unsupported: true}"})
	var b bytes.Buffer
	b.WriteString("// returns are what programs may return.\nvar returns = []kdata.ReturnRule{\n")
	for _, r := range rows {
		if r.value != "" {
			fmt.Fprintf(&b, "{When: %s, RetRange: %s},\n", r.when, r.value)
		}
	}
	b.WriteString("}\n")
	return bytes.ReplaceAll(bytes.ReplaceAll(b.Bytes(), []byte("math.MinInt32"), []byte("-1 << 31")), []byte("math.MaxInt32"), []byte("1<<31 - 1")), nil
}
