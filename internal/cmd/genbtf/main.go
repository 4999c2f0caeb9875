// Genbtf packs a kernel's BTF for embedding, as what it has otherwise than another's, of which there is a model.
//
// The kernel's kernel.go has the command.
package main

import (
	"flag"
	"io"
	"log"
	"os"

	"github.com/bpfverdict/bpfverdict/internal/testing/kimage"
)

func main() {
	log.SetFlags(0)
	base := flag.String("base", "", "`RELEASE` of the kernel that the types are packed against")
	flag.Parse()
	raw, err := io.ReadAll(os.Stdin)
	if err != nil {
		log.Fatal(err)
	}
	packed, err := kimage.PackBTF(raw, *base)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := os.Stdout.Write(packed); err != nil {
		log.Fatal(err)
	}
}
