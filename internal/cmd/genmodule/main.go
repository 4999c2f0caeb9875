// Genmodule writes what programs need to know of kernel modules that were built for a model's kernel: their types, as the
// kernel shows them in /sys/kernel/btf, and kfuncs.yaml, an overlay of the functions that they register.
//
//	genmodule -kernel 7.3 -dir FOLDER a.ko b.ko
package main

import (
	"flag"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/kmodel"
)

func main() {
	log.SetFlags(0)
	name := flag.String("kernel", "", "the `MODEL` of the kernel")
	dir := flag.String("dir", "", "the `FOLDER` for the files")
	flag.Parse()
	k, err := kmodel.Load(*name)
	if err != nil || *dir == "" || flag.NArg() == 0 {
		log.Fatal("-kernel, -dir and modules are needed: ", err)
	}
	if err := os.MkdirAll(*dir, 0o755); err != nil {
		log.Fatal(err)
	}
	overlay := "# Written by internal/cmd/genmodule.\nkfuncs:\n"
	for _, file := range flag.Args() {
		more, err := write(k, file, *dir)
		if err != nil {
			log.Fatalf("%s: %v", file, err)
		}
		overlay += more
	}
	if err := os.WriteFile(filepath.Join(*dir, "kfuncs.yaml"), []byte(overlay), 0o644); err != nil {
		log.Fatal(err)
	}
}

// write writes a module's types, and returns its part of the overlay.
func write(k *kmodel.Model, file, dir string) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer f.Close()
	name := strings.TrimSuffix(filepath.Base(file), ".ko")
	mod, err := kmodel.ReadModule(f, name, k.Types())
	if err != nil {
		return "", err
	}
	var s strings.Builder
	for _, o := range mod.Kfuncs {
		s.WriteString(o.YAML())
	}
	return s.String(), os.WriteFile(filepath.Join(dir, name+".btf"), mod.Raw, 0o644)
}
