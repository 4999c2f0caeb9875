package kimage

import (
	"bytes"
	"errors"

	"github.com/bpfverdict/bpfverdict/internal/btfpack"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
)

// PackBTF packs raw BTF as a kernel's folder has it: whole, or as what differs from that of the model named base.
func PackBTF(raw []byte, base string) ([]byte, error) {
	if base == "" {
		return btfpack.Compress(raw)
	}
	against, err := kmodel.RawBTF(base)
	if err != nil {
		return nil, err
	}
	packed, err := btfpack.Difference(raw, against)
	if err != nil {
		return nil, err
	}
	if back, err := btfpack.Apply(packed, against); err != nil || !bytes.Equal(back, raw) {
		return nil, errors.Join(errors.New("the BTF is not what comes back"), err)
	}
	return packed, nil
}
