// Package csrc finds declarations in kernel C source, for the generators of package kernel's tables.
// It knows nothing of C but comments, preprocessor lines and matching braces.
package csrc

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// File is one source file without comments.
type File struct {
	Path string // below the source tree's root
	Text string
}

// Read reads every .c and .h file below the given folders (or files) of a source tree.
func Read(root string, paths ...string) ([]File, error) {
	var files []File
	for _, p := range paths {
		err := filepath.WalkDir(filepath.Join(root, p), func(path string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			if ext := filepath.Ext(path); ext != ".c" && ext != ".h" {
				return nil
			}
			raw, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			rel, err := filepath.Rel(root, path)
			if err != nil {
				return err
			}
			files = append(files, File{rel, StripComments(string(raw))})
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("no C source below %s", root)
	}
	return files, nil
}

// StripComments replaces comments by a space.
func StripComments(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		switch {
		case strings.HasPrefix(s[i:], "/*"):
			end := strings.Index(s[i+2:], "*/")
			if end < 0 {
				return b.String()
			}
			b.WriteByte(' ')
			i += end + 4
		case strings.HasPrefix(s[i:], "//"):
			end := strings.IndexByte(s[i:], '\n')
			if end < 0 {
				return b.String()
			}
			i += end
		case s[i] == '"':
			end := i + 1
			for end < len(s) && s[end] != '"' && s[end] != '\n' {
				if s[end] == '\\' {
					end++
				}
				end++
			}
			end = min(end+1, len(s))
			b.WriteString(s[i:end])
			i = end
		default:
			b.WriteByte(s[i])
			i++
		}
	}
	return b.String()
}

// Body returns what stands between the first opening brace at or after from and its partner.
func Body(s string, from int) (string, bool) {
	open := strings.IndexByte(s[from:], '{')
	if open < 0 {
		return "", false
	}
	depth := 0
	for i := from + open; i < len(s); i++ {
		switch s[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return s[from+open+1 : i], true
			}
		}
	}
	return "", false
}

// Block is a declaration found by its head, with the text inside its braces.
type Block struct {
	Name string // first group of the pattern
	Path string
	Body string
}

// Blocks finds every place where head matches and returns the brace block that follows it.
func Blocks(files []File, head *regexp.Regexp) []Block {
	var out []Block
	for _, f := range files {
		for _, m := range head.FindAllStringSubmatchIndex(f.Text, -1) {
			if body, ok := Body(f.Text, m[1]-1); ok {
				out = append(out, Block{f.Text[m[2]:m[3]], f.Path, body})
			}
		}
	}
	return out
}
