// Command rawbtf writes the BTF of a model's kernel to stdout, for `bpftool btf dump file`: the corpus is
// compiled for the model's kernel, whatever kernel runs.
//
//	go run ./internal/cmd/rawbtf 6.18, or 6.18@arm64
package main

import (
	"fmt"
	"io"
	"os"

	"github.com/bpfverdict/bpfverdict/internal/kmodel"
)

func main() {
	if err := write(os.Stdout, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "rawbtf:", err)
		os.Exit(1)
	}
}

func write(w io.Writer, args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("one model is needed, as in 6.18")
	}
	raw, err := kmodel.RawBTF(args[0])
	if err != nil {
		return err
	}
	_, err = w.Write(raw)
	return err
}
