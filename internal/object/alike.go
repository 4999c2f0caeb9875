package object

import (
	"reflect"
	"slices"
)

// Alike reports whether two images of one program, linked against two kernels, are the same to a verifier that asks
// nothing about the kernels' types.
func Alike(a, b *Image) bool {
	if !slices.Equal(a.Insns, b.Insns) || !slices.Equal(a.Lines, b.Lines) || len(a.Types) != len(b.Types) {
		return false
	}
	rest := func(img *Image) Image {
		r := *img
		r.Insns, r.Lines, r.Types = nil, nil, nil
		return r
	}
	return reflect.DeepEqual(rest(a), rest(b))
}
