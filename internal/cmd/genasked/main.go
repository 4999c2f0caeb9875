// Genasked writes what a kernel's folder has from that kernel's answers: which programs may call which helper and kernel
// function, their contexts, what they may return, and what iterators and structs of functions give. The kernel's
// kernel.go has the command.
package main

import (
	"flag"
	"fmt"
	"log"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/testing/asked"
	"github.com/bpfverdict/bpfverdict/internal/testing/kimage"
)

// generator has what a kernel's folder is made from.
type generator struct {
	im      *kimage.Image
	answers *asked.Answers
	attach  map[abi.AttachType]string // by the kernel's names
}

// files are what is written: Go source after the imports.
var files = map[string]func(*generator) ([]byte, error){
	"callers":   (*generator).callers,
	"filters":   (*generator).filters,
	"ctx":       (*generator).contexts,
	"returns":   (*generator).returns,
	"iterators": (*generator).iterators,
	"objects":   (*generator).objects,
	"tables":    (*generator).tables,
}

func main() {
	log.SetFlags(0)
	dir := flag.String("kernel", "", "folder with the kernel's release, vmlinux, kallsyms and answers.json")
	pkg := flag.String("package", "", "Go package of the kernel")
	only := flag.String("only", "", "write only these `files`, separated by commas, without .go")
	flag.Parse()
	if err := generate(*dir, *pkg, *only); err != nil {
		log.Fatal(err)
	}
}

func generate(dir, pkg, only string) error {
	g := &generator{attach: map[abi.AttachType]string{}}
	var err error
	if g.answers, err = asked.Read(filepath.Join(dir, "answers.json")); err != nil {
		return err
	}
	release, _, _ := strings.Cut(g.answers.Uname, "-")
	if only != "ctx" { // all else needs the image
		if g.im, err = kimage.Open(dir); err != nil {
			return err
		}
		if !strings.HasPrefix(release, g.im.Version) {
			release = g.im.Version
		}
		for name, v := range g.im.Enum("bpf_attach_type") {
			if !strings.HasPrefix(name, "__") {
				g.attach[abi.AttachType(v)] = name
			}
		}
	}
	for name, make := range files {
		if only != "" && !slices.Contains(strings.Split(only, ","), name) {
			continue
		}
		code, err := make(g)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := kimage.WriteGo(name+".go", "internal/cmd/genasked from the answers of a booted Linux "+release, pkg, code); err != nil {
			return err
		}
	}
	return nil
}
