// Genmachine writes what a kernel's folder has of that kernel for another machine: its types and options, from the files
// vmlinux.btf, config and release. The folder's kernel.go has the command.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/btfpack"
	"github.com/bpfverdict/bpfverdict/internal/testing/kimage"
)

func main() {
	log.SetFlags(0)
	dir := flag.String("kernel", "", "folder with the kernel's release, vmlinux.btf and config")
	base := flag.String("base", "", "`RELEASE` of the kernel that the types are packed against")
	flag.Parse()
	if err := generate(*dir, *base); err != nil {
		log.Fatal(err)
	}
}

// generate writes the files into the working folder.
func generate(dir, base string) error {
	types, err := os.ReadFile(filepath.Join(dir, "vmlinux.btf"))
	if err != nil {
		return err
	}
	packed, err := kimage.PackBTF(types, base)
	if err != nil {
		return err
	}
	release, err := os.ReadFile(filepath.Join(dir, "release"))
	if err != nil {
		return err
	}
	version, _, _ := strings.Cut(string(bytes.TrimSpace(release)), "+") // as Debian names builds
	options, err := kimage.Kconfig(filepath.Join(dir, "config"), version)
	if err != nil {
		return err
	}
	compressed, err := btfpack.Compress(options)
	if err != nil {
		return err
	}
	for name, data := range map[string][]byte{"vmlinux.btf.zst": packed, "kconfig.zst": compressed} {
		if err := os.WriteFile(name, data, 0o644); err != nil {
			return fmt.Errorf("%s: %w", strings.TrimSuffix(name, ".zst"), err)
		}
	}
	return nil
}
