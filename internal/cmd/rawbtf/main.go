// Command rawbtf writes the BTF of a model's kernel to stdout, for `bpftool btf dump file`: the corpus is
// compiled for the model's kernel, whatever kernel runs.
//
//	go run ./internal/cmd/rawbtf 6.18
package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/klauspost/compress/zstd"

	"github.com/bpfverdict/bpfverdict/internal/kdata"
	"github.com/bpfverdict/bpfverdict/internal/kdata/kernels"
)

func main() {
	if err := write(os.Stdout, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "rawbtf:", err)
		os.Exit(1)
	}
}

func write(w io.Writer, args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("one RELEASE is needed, as in 6.18")
	}
	i := slices.IndexFunc(kernels.All, func(k *kdata.Kernel) bool { return k.Release == args[0] })
	if i < 0 {
		return fmt.Errorf("no kernel %q", args[0])
	}
	dec, err := zstd.NewReader(bytes.NewReader(kernels.All[i].BTF))
	if err != nil {
		return err
	}
	defer dec.Close()
	_, err = io.Copy(w, dec)
	return err
}
