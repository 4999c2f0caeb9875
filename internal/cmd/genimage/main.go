// Genimage writes what a kernel's folder has from that kernel's image: its types, options and symbols, the helpers'
// prototypes, the kernel functions with their flags and the types of programs they are registered for, and the
// lists of functions that programs may attach to. The kernel's kernel.go has the command.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/bpfverdict/bpfverdict/internal/btfpack"
	"github.com/bpfverdict/bpfverdict/internal/testing/kimage"
)

func main() {
	log.SetFlags(0)
	dir := flag.String("kernel", "", "folder with the kernel's release, vmlinux, vmlinux.btf, kallsyms and config")
	config := flag.String("config", "", "another kernel's build options, where this one's are not to be had")
	base := flag.String("base", "", "`RELEASE` of the kernel that the types are packed against")
	pkg := flag.String("package", "", "Go package of the kernel")
	flag.Parse()
	if *config == "" {
		*config = filepath.Join(*dir, "config")
	}
	if err := generate(*dir, *config, *base, *pkg); err != nil {
		log.Fatal(err)
	}
}

// generate writes the files into the working folder.
func generate(dir, config, base, pkg string) error {
	im, err := kimage.Open(dir)
	if err != nil {
		return err
	}
	types, err := os.ReadFile(filepath.Join(dir, "vmlinux.btf"))
	if err != nil {
		return err
	}
	options, err := kimage.Kconfig(config, im.Version)
	if err != nil {
		return err
	}
	if _, ok := im.Enum("bpf_func_id")["BPF_FUNC_get_attach_cookie"]; !ok {
		options = bytes.Replace(options, []byte("LINUX_HAS_BPF_COOKIE=1"), []byte("LINUX_HAS_BPF_COOKIE=0"), 1)
	}
	files := map[string][]byte{}
	if files["vmlinux.btf"], err = kimage.PackBTF(types, base); err != nil {
		return err
	}
	for name, text := range map[string][]byte{"kconfig": options, "ksyms": symbols(im)} {
		if files[name], err = btfpack.Compress(text); err != nil {
			return err
		}
	}
	for name, data := range files {
		if err := os.WriteFile(name+".zst", data, 0o644); err != nil {
			return err
		}
	}
	for name, make := range map[string]func(*kimage.Image) ([]byte, error){"helpers": helpers, "kfuncs": kfuncs, "sets": sets, "mapstructs": maps} {
		code, err := make(im)
		if err != nil {
			return err
		}
		if err := kimage.WriteGo(name+".go", fmt.Sprintf("internal/cmd/genimage from the image of Linux %s", im.Release), pkg, code); err != nil {
			return err
		}
	}
	return nil
}
