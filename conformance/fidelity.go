package main

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// docFile is where figures are kept for people, and baselines what was last reached, a file a kernel.
const (
	docFile   = "docs/FIDELITY.md"
	baselines = "conformance/baselines"
	// defaultCorpus is what most baselines are about.
	defaultCorpus = "selftests-6.12"
)

// kernelSection is the part of docFile that has a row a kernel.
var kernelSection = regexp.MustCompile(`(?s)## Kernels\n.*?\n(## |$)`)

// kernelRows is that part, made of the baselines in a folder.
func kernelRows(dir string) (string, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil || len(files) == 0 {
		return "", fmt.Errorf("no baselines in %s (%v)", dir, err)
	}
	var list []*baseline
	for _, f := range files {
		b, err := readBaseline(f)
		if err != nil {
			return "", err
		}
		list = append(list, b)
	}
	slices.SortFunc(list, func(a, b *baseline) int {
		return cmp.Or(cmp.Compare(a.Corpus, b.Corpus), compareBuilds(a.Kernel, b.Kernel))
	})
	var s strings.Builder
	s.WriteString("## Kernels\n\nThe same corpus, or the one named, as each kernel judged it and as its model does.\n\n" +
		"| kernel | verdict | message | processed | states | accepted, though the kernel refuses |\n|---|---|---|---|---|--:|\n")
	for _, b := range list {
		name := b.Kernel
		if b.Corpus != "" {
			name += ", " + b.Corpus
		}
		fmt.Fprintf(&s, "| %s | %v | %v | %v | %v | %d |\n", name, b.Agree["all: verdict"], b.Agree["all: message"],
			b.Agree["all: processed"], b.Agree["states"], b.Faults["false accepts"])
	}
	rows, err := detectedRows(filepath.Join(dir, "..", detectedFile))
	return s.String() + rows, err
}

// compareBuilds orders 6.9.1 before 6.12.1.
func compareBuilds(a, b string) int {
	return slices.CompareFunc(strings.Split(a, "."), strings.Split(b, "."), func(a, b string) int {
		x, errX := strconv.Atoi(a)
		y, errY := strconv.Atoi(b)
		if errX != nil || errY != nil {
			return cmp.Compare(a, b)
		}
		return cmp.Compare(x, y)
	})
}

// refreshRows writes the rows of docFile anew after a baseline was written, where there is one.
func refreshRows(root string) error {
	file := filepath.Join(root, docFile)
	text, err := os.ReadFile(file)
	if err != nil {
		if os.IsNotExist(err) {
			return nil
		}
		return err
	}
	rows, err := kernelRows(filepath.Join(root, baselines))
	if err != nil {
		return err
	}
	return os.WriteFile(file, withRows(text, rows), 0o644)
}

// withRows is docFile's text with other rows.
func withRows(text []byte, rows string) []byte {
	return kernelSection.ReplaceAllFunc(text, func(old []byte) []byte {
		next := old[strings.LastIndexByte(string(old), '\n')+1:]
		return append([]byte(rows+"\n"), next...)
	})
}
