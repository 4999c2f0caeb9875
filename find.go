package bpfverdict

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/object"
)

// stdin is the path that means the standard input.
const stdin = "-"

// finder finds the files that paths name.
type finder struct {
	files   []string
	skipped []string // of folders: no BPF objects
	below   []string // folders in folders, not looked into
	errs    []error
}

// find returns what paths name, each file once.
func find(paths []string) *finder {
	f := &finder{}
	for _, path := range paths {
		if err := f.find(path); err != nil {
			f.errs = append(f.errs, &InputError{path, pathError(err)})
		}
	}
	seen := map[string]bool{}
	f.files = slices.DeleteFunc(f.files, func(file string) bool {
		again := seen[file]
		seen[file] = true
		return again
	})
	return f
}

func (f *finder) find(path string) error {
	if root, all := strings.CutSuffix(filepath.ToSlash(path), "/..."); all || path == "..." {
		if path == "..." {
			root = "."
		}
		return f.folder(filepath.FromSlash(root), true)
	}
	if path == stdin {
		f.files = append(f.files, path)
		return nil
	}
	st, err := os.Stat(path)
	switch {
	case err != nil:
		// Some shells leave globs to programs.
		found, gerr := filepath.Glob(path)
		if gerr != nil || len(found) == 0 {
			return err
		}
		f.files = append(f.files, found...)
		return nil
	case st.IsDir():
		return f.folder(path, false)
	}
	f.files = append(f.files, path)
	return nil
}

// folder adds the objects of a folder, and of those in it if deep.
func (f *finder) folder(root string, deep bool) error {
	found, skipped, below := 0, 0, len(f.below)
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil && path == root:
			return err
		case err != nil:
			f.errs = append(f.errs, &InputError{path, pathError(err)})
		case d.IsDir() && path != root && !deep:
			if d.Name()[0] != '.' {
				f.below = append(f.below, path)
			}
			return filepath.SkipDir
		case d.IsDir() || filepath.Ext(path) != ".o":
		case !mayBeJudged(path):
			skipped++
			f.skipped = append(f.skipped, path)
		default:
			found++
			f.files = append(f.files, path)
		}
		return nil
	})
	if err != nil || found > 0 {
		return err
	}
	text := "no *.o file in this directory"
	if skipped > 0 {
		text = fmt.Sprintf("none of the %d *.o files in this directory is a BPF object", skipped)
	}
	if n := len(f.below) - below; n > 0 {
		text += fmt.Sprintf("; %s looks into the %d below", filepath.ToSlash(filepath.Join(root, "...")), n)
	}
	return errors.New(text)
}

// mayBeJudged is false for an object for another machine, or for BPF on one of the other byte order. What can't be read,
// or is none, is for others to tell.
func mayBeJudged(path string) bool {
	file, err := os.Open(path)
	if err != nil {
		return true
	}
	defer file.Close()
	head := make([]byte, object.HeaderSize)
	n, _ := io.ReadFull(file, head)
	return object.MayBeBPF(head[:n]) && !object.BigEndian(head[:n])
}
