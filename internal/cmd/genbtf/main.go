// Genbtf compresses a kernel's BTF for embedding.
//
// The kernel's kernel.go has the command.
package main

import (
	"io"
	"log"
	"os"

	"github.com/klauspost/compress/zstd"
)

func main() {
	log.SetFlags(0)
	raw, err := io.ReadAll(os.Stdin)
	if err != nil {
		log.Fatal(err)
	}
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithWindowSize(8<<20))
	if err != nil {
		log.Fatal(err)
	}
	if _, err := os.Stdout.Write(enc.EncodeAll(raw, nil)); err != nil {
		log.Fatal(err)
	}
}
