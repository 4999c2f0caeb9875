package bpfverdict

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/bpfverdict/bpfverdict/internal/object"
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

// Sources returns a function that finds the source files of objects where the options say, as Explain does: the lines of
// a file that line information of the object names, nil if it can't be read.
func Sources(opts ...Option) func(object, file string) []string {
	r := &run{options: newOptions(opts)}
	of := map[string]*sources{}
	return func(object, file string) []string {
		if of[object] == nil {
			of[object] = r.sources(object)
		}
		return of[object].lines(file)
	}
}

// maxSource bounds the source files that are read: names come from objects.
const maxSource = 4 << 20

// sources are the source files of an object that were looked for. Each is read once: places of several programs, and
// answers of several kernels, are in the same file.
type sources struct {
	find func(file string) []string
	mu   sync.Mutex
	read map[string][]string // by the names that line information has; nil where a file can't be read
}

// lines returns a file's lines, nil if it can't be read.
func (s *sources) lines(file string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	lines, ok := s.read[file]
	if !ok {
		lines = s.find(file)
		s.read[file] = lines
	}
	return lines
}

// withText returns the image with the source's text in those of its lines that have none, as DWARF doesn't.
func (s *sources) withText(img *object.Image) *object.Image {
	lacks := func(l object.LineInfo) bool { return l.Text == "" && l.Line > 0 }
	if img == nil || !slices.ContainsFunc(img.Debug.Lines, lacks) &&
		!slices.ContainsFunc(img.Refs, func(r object.Ref) bool { return r.Line != nil && lacks(*r.Line) }) {
		return img
	}
	told := func(l object.LineInfo) object.LineInfo {
		if lacks(l) {
			if lines := s.lines(l.File); int(l.Line) <= len(lines) {
				l.Text = strings.TrimRight(lines[l.Line-1], "\r")
			}
		}
		return l
	}
	shown := *img
	shown.Debug.Lines, shown.Refs = slices.Clone(img.Debug.Lines), slices.Clone(img.Refs)
	for i, l := range shown.Debug.Lines {
		shown.Debug.Lines[i] = told(l)
	}
	for i := range shown.Refs {
		if l := shown.Refs[i].Line; l != nil {
			line := told(*l)
			shown.Refs[i].Line = &line
		}
	}
	return &shown
}

// digests tell the files that were looked for from others of their names.
func (s *sources) digests() map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	digests := map[string]string{}
	for file, lines := range s.read {
		digests[file] = digestOf(lines)
	}
	return digests
}

// sources are the source files of the object of that name.
func (r *run) sources(object string) *sources {
	beside := filepath.Dir(object)
	find := func(file string) []string {
		for _, m := range r.pathMaps {
			if rest, ok := strings.CutPrefix(file, m[0]); ok {
				file = m[1] + rest
				break
			}
		}
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
	return &sources{find: find, read: map[string][]string{}}
}

func rooted(roots []string, file string) []string {
	var paths []string
	for _, root := range roots {
		paths = append(paths, filepath.Join(root, file))
	}
	return paths
}
