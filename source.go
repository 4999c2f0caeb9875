package bpfverdict

import (
	"os"
	"path/filepath"
	"strings"
)

// SourceRoot adds a folder in which Explain looks for source files, which line information names as the compiler was
// given them. It looks at that name itself, then in the object's folder, then in these.
func SourceRoot(dir string) Option {
	return func(o *options) { o.sourceRoots = append(o.sourceRoots, dir) }
}

// PathMap makes Explain look for source files below to that line information has below from.
func PathMap(from, to string) Option {
	return func(o *options) { o.pathMaps = append(o.pathMaps, [2]string{from, to}) }
}

// maxSource bounds the source files that are read: names come from objects.
const maxSource = 4 << 20

// source returns what reads the source files of an object.
func (r *run) source(object string) func(file string) []string {
	return func(file string) []string {
		for _, m := range r.pathMaps {
			if rest, ok := strings.CutPrefix(file, m[0]); ok {
				file = m[1] + rest
				break
			}
		}
		beside := filepath.Dir(object)
		for _, path := range append([]string{file, filepath.Join(beside, file), filepath.Join(beside, baseName(file))}, rooted(r.sourceRoots, file)...) {
			if st, err := os.Stat(path); err != nil || !st.Mode().IsRegular() || st.Size() > maxSource {
				continue
			}
			if text, err := os.ReadFile(path); err == nil {
				return strings.Split(string(text), "\n")
			}
		}
		return nil
	}
}

// reading is source, and notes what is looked for if somebody asks.
func (r *trial) reading(object string) func(file string) []string {
	source := r.source(object)
	if r.read == nil {
		return source
	}
	return func(file string) []string {
		lines := source(file)
		r.read.Store(file, digestOf(lines))
		return lines
	}
}

func rooted(roots []string, file string) []string {
	var paths []string
	for _, root := range roots {
		paths = append(paths, filepath.Join(root, file))
	}
	return paths
}
