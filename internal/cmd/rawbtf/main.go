// Command rawbtf writes the BTF of the 6.18 model to stdout, for `bpftool btf dump file`: the corpus is
// compiled for the model's kernel, whatever kernel runs.
package main

import (
	"bytes"
	"fmt"
	"io"
	"os"

	"github.com/klauspost/compress/zstd"

	"github.com/bpfverdict/bpfverdict/internal/kdata"
)

func main() {
	if err := write(os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "rawbtf:", err)
		os.Exit(1)
	}
}

func write(w io.Writer) error {
	dec, err := zstd.NewReader(bytes.NewReader(kdata.BTF618))
	if err != nil {
		return err
	}
	defer dec.Close()
	_, err = io.Copy(w, dec)
	return err
}
