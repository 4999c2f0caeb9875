// Package project reads bpfverdict.yaml: what a project's BPF objects are, on which kernels they have to load, what their
// loader does to them first, and which refusals are meant.
package project

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/bpfverdict/bpfverdict"
	"github.com/bpfverdict/bpfverdict/report"
)

// Name is the name of the file.
const Name = "bpfverdict.yaml"

// Project is what the file says. docs/project.schema.json describes it.
type Project struct {
	Dir     string   `yaml:"-"` // the file's folder, which paths are relative to
	Kernels []string `yaml:"kernels"`
	Objects []Group  `yaml:"objects"`
}

// Group is a number of objects that are loaded the same way.
type Group struct {
	Paths       Strings                `yaml:"paths"`   // as the command takes them: files, folders, DIR/..., globs
	Kernels     []string               `yaml:"kernels"` // instead of the project's
	Loader      string                 `yaml:"loader"`
	Set         Pairs                  `yaml:"set"`
	SetAllBools bool                   `yaml:"set-all-bools"`
	Map         Pairs                  `yaml:"map"`
	Type        Pairs                  `yaml:"type"`
	Attach      Pairs                  `yaml:"attach"`
	Flags       Pairs                  `yaml:"flags"`
	Skip        []string               `yaml:"skip"`     // globs of programs that are not loaded: PROGRAM or OBJECT/PROGRAM
	Optional    []string               `yaml:"optional"` // programs that may be refused
	OneOf       [][]string             `yaml:"one-of"`   // of each list one program has to load
	Expect      map[string]Expectation `yaml:"expect"`
}

// Strings is a list of texts, or one.
type Strings []string

// UnmarshalYAML reads one text or a list.
func (s *Strings) UnmarshalYAML(unmarshal func(any) error) error {
	var one string
	if unmarshal(&one) == nil {
		*s = Strings{one}
		return nil
	}
	var list []string
	err := unmarshal(&list)
	*s = list
	return err
}

// Pair is a name and its value as a text.
type Pair struct{ Name, Value string }

// Pairs are a mapping from names to values, in the order in which it is written.
type Pairs []Pair

// UnmarshalYAML reads a mapping whose values are texts, numbers or booleans.
func (p *Pairs) UnmarshalYAML(unmarshal func(any) error) error {
	var items yaml.MapSlice
	if err := unmarshal(&items); err != nil {
		return err
	}
	for _, item := range items {
		value := fmt.Sprint(item.Value)
		switch v := item.Value.(type) {
		case bool:
			value = map[bool]string{false: "0", true: "1"}[v]
		case string, int64, uint64:
		default:
			return fmt.Errorf("%v: the value has to be a text, an integer or a boolean", item.Key)
		}
		*p = append(*p, Pair{fmt.Sprint(item.Key), value})
	}
	return nil
}

// Expectation is what has to become of a program.
type Expectation struct {
	Verdict report.Verdict `yaml:"verdict"`
	Message string         `yaml:"message"` // part of the message; empty for any
}

// UnmarshalYAML reads a verdict, or a mapping.
func (e *Expectation) UnmarshalYAML(unmarshal func(any) error) error {
	type mapping Expectation
	if unmarshal(&e.Verdict) != nil {
		if err := unmarshal((*mapping)(e)); err != nil {
			return err
		}
	}
	switch e.Verdict {
	case report.Success, report.Failure, report.Unsupported, report.Error:
		return nil
	}
	return fmt.Errorf("no verdict %q: use success, failure, unsupported or error", e.Verdict)
}

// Find returns the path of the file that dir or the nearest folder above it has. The error is fs.ErrNotExist if none has.
func Find(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	for {
		file := filepath.Join(dir, Name)
		if st, err := os.Stat(file); err == nil && st.Mode().IsRegular() {
			return file, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", fmt.Errorf("no %s here or in a folder above: %w", Name, fs.ErrNotExist)
		}
		dir = up
	}
}

// maxSize bounds the file, in bytes.
const maxSize = 1 << 20

// Load reads the file at path. An error that is about its text is a *SyntaxError.
func Load(file string) (*Project, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxSize+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxSize {
		return nil, &SyntaxError{file, 1, "it is too large"}
	}
	p, err := Parse(text)
	if err != nil {
		var bad *SyntaxError
		if errors.As(err, &bad) {
			bad.File = file
		}
		return nil, err
	}
	p.Dir = filepath.Dir(file)
	return p, nil
}

// A SyntaxError is a text that is no project.
type SyntaxError struct {
	File string
	Line int // from 1
	Text string
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Text) }

// Parse reads a project. The error is a *SyntaxError.
func Parse(text []byte) (*Project, error) {
	p := &Project{}
	if err := yaml.NewDecoder(bytes.NewReader(text), yaml.Strict()).Decode(p); err != nil && !errors.Is(err, io.EOF) {
		line, why := 1, err.Error()
		var at yaml.Error
		if errors.As(err, &at) {
			why = at.GetMessage()
			if t := at.GetToken(); t != nil {
				line = t.Position.Line
			}
		}
		return nil, &SyntaxError{Name, line, why}
	}
	if len(p.Objects) == 0 {
		return nil, &SyntaxError{Name, 1, "it names no objects: give a list \"objects:\" of \"paths:\""}
	}
	for i := range p.Objects {
		if why := p.Objects[i].check(); why != "" {
			return nil, &SyntaxError{Name, 1, fmt.Sprintf("objects[%d]: %s", i, why)}
		}
	}
	return p, nil
}

// check returns what is wrong with a group; empty for nothing.
func (g *Group) check() string {
	if len(g.Paths) == 0 {
		return "no paths"
	}
	if g.Loader != "" && !slices.Contains(bpfverdict.Loaders(), g.Loader) {
		return fmt.Sprintf("no loader %q: use one of %s", g.Loader, strings.Join(bpfverdict.Loaders(), ", "))
	}
	globs := append(append([]string{}, g.Skip...), g.Optional...)
	for _, list := range g.OneOf {
		if len(list) < 2 {
			return "one-of needs lists of at least two programs"
		}
		globs = append(globs, list...)
	}
	for name := range g.Expect {
		globs = append(globs, name)
	}
	for _, glob := range globs {
		if _, err := path.Match(glob, ""); err != nil {
			return fmt.Sprintf("%q is no glob; use *, ? and [a-z]", glob)
		}
	}
	return ""
}

// Files are the paths of a group, from the folder that the process works in.
func (p *Project) Files(g *Group) []string {
	out := make([]string, len(g.Paths))
	for i, name := range g.Paths {
		if out[i] = name; !filepath.IsAbs(name) {
			out[i] = filepath.ToSlash(filepath.Join(p.Dir, name))
		}
	}
	return out
}

// On are the kernels that a group has to load on; fallback where neither it nor the project says.
func (p *Project) On(g *Group, fallback string) []string {
	switch {
	case len(g.Kernels) > 0:
		return g.Kernels
	case len(p.Kernels) > 0:
		return p.Kernels
	}
	return []string{fallback}
}

// Target is what a program attaches to: something of the kernel's, or FILE.o:PROG, or FILE.o:PROG:FUNCTION, where dir is the
// folder of a FILE that is relative.
func Target(dir, program, target string) (bpfverdict.Option, error) {
	file, at, other := strings.Cut(target, ".o:")
	if !other {
		return bpfverdict.SetTarget(program, target), nil
	}
	if file += ".o"; !filepath.IsAbs(file) {
		file = filepath.Join(dir, file)
	}
	into, err := bpfverdict.Open(file)
	if err != nil {
		return nil, err
	}
	at, function, _ := strings.Cut(at, ":")
	return bpfverdict.SetTargetProgram(program, into, at, function), nil
}

// Options are what the loader of a group's objects does, and which programs it leaves out.
func (p *Project) Options(g *Group) ([]bpfverdict.Option, error) {
	var opts []bpfverdict.Option
	if g.Loader != "" {
		opts = append(opts, bpfverdict.Loader(g.Loader))
	}
	if g.SetAllBools {
		opts = append(opts, bpfverdict.SetAllBools())
	}
	for _, l := range []struct {
		pairs  Pairs
		option func(name, value string) bpfverdict.Option
	}{
		{g.Set, func(name, value string) bpfverdict.Option { return bpfverdict.Set(name, value) }},
		{g.Map, bpfverdict.ChangeMap},
		{g.Type, bpfverdict.SetType},
		{g.Flags, func(name, value string) bpfverdict.Option { return bpfverdict.SetFlags(name, value) }},
	} {
		for _, pair := range l.pairs {
			opts = append(opts, l.option(pair.Name, pair.Value))
		}
	}
	for _, t := range g.Attach {
		opt, err := Target(p.Dir, t.Name, t.Value)
		if err != nil {
			return nil, fmt.Errorf("attach: %w", err)
		}
		opts = append(opts, opt)
	}
	if len(g.Skip) > 0 {
		opts = append(opts, bpfverdict.Filter(func(object, program string) bool { return !anyMatch(g.Skip, object, program) }))
	}
	return opts, nil
}

// anyMatch reports whether a glob fits the program.
func anyMatch(globs []string, object, program string) bool {
	return slices.ContainsFunc(globs, func(glob string) bool { return match(glob, object, program) })
}

// match reports whether a glob fits: PROGRAM, or OBJECT/PROGRAM with the file's name.
func match(glob, object, program string) bool {
	if file, rest, ok := strings.Cut(glob, "/"); ok {
		if fits, _ := path.Match(file, object[strings.LastIndexAny(object, `/\`)+1:]); !fits {
			return false
		}
		glob = rest
	}
	fits, _ := path.Match(glob, program)
	return fits
}
