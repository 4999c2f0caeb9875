package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/bpfverdict/bpfverdict"
	"github.com/bpfverdict/bpfverdict/internal/project"
)

// presetFlags change objects as their loader would.
type presetFlags struct {
	allBools                          bool
	sets, maps, types, targets, progs []string
}

func (f *presetFlags) register(fl *pflag.FlagSet) {
	fl.StringArrayVarP(&f.sets, "set", "G", nil, "set a global variable first, NAME=VALUE with members and elements (cfg.ports[2]=80) and enumerators, or @FILE with one a line, or JSON as bpftool map dump prints it")
	fl.BoolVar(&f.allBools, "set-all-bools", false, "set every constant to true that is a bool; --set changes some back")
	fl.StringArrayVar(&f.maps, "map", nil, "change a map first, NAME:max_entries=N,value_size=N; also key_size, map_flags, type, and last inner=MAP or inner=TYPE,KEY,VALUE,ENTRIES")
	fl.StringArrayVar(&f.types, "type", nil, "give programs a type, GLOB=TYPE: GLOB of programs or sections, TYPE such as sched_cls or a section name such as tcx/ingress")
	fl.StringArrayVar(&f.targets, "attach", nil, "attach a program to something else than its section says, PROG=TARGET; TARGET may be a program of an object, FILE.o:PROG or FILE.o:PROG:FUNCTION")
	fl.StringArrayVar(&f.progs, "prog", nil, "load a program with flags, PROG:flags=sleepable,xdp_has_frags")
}

// options are the flags as options of a check.
func (f *presetFlags) options() ([]bpfverdict.Option, error) {
	var opts []bpfverdict.Option
	if f.allBools {
		opts = append(opts, bpfverdict.SetAllBools())
	}
	sets, err := expandFiles("set", f.sets, setsIn)
	if err != nil {
		return nil, err
	}
	var opened error
	for _, l := range []struct {
		flag, sep, form string
		values          []string
		option          func(name, value string) (bpfverdict.Option, bool)
	}{
		{"set", "=", "NAME=VALUE or @FILE", sets, func(name, value string) (bpfverdict.Option, bool) {
			return bpfverdict.Set(name, value), true
		}},
		{"map", ":", "NAME:max_entries=N", f.maps, func(name, value string) (bpfverdict.Option, bool) {
			return bpfverdict.ChangeMap(name, value), true
		}},
		{"type", "=", "GLOB=TYPE", f.types, func(name, value string) (bpfverdict.Option, bool) {
			return bpfverdict.SetType(name, value), true
		}},
		{"attach", "=", "PROG=TARGET", f.targets, func(name, value string) (bpfverdict.Option, bool) {
			opt, err := project.Target("", name, value)
			opened = errors.Join(opened, err)
			return opt, value != ""
		}},
		{"prog", ":", "PROG:flags=sleepable", f.progs, func(name, value string) (bpfverdict.Option, bool) {
			flags, ok := strings.CutPrefix(value, "flags=")
			return bpfverdict.SetFlags(name, strings.Split(flags, ",")...), ok
		}},
	} {
		for _, v := range l.values {
			name, value, ok := strings.Cut(v, l.sep)
			var opt bpfverdict.Option
			if ok && name != "" {
				opt, ok = l.option(name, value)
			}
			if !ok || name == "" {
				return nil, fmt.Errorf("--%s %q: use %s", l.flag, v, l.form)
			}
			opts = append(opts, opt)
		}
	}
	return opts, opened
}

// expandFiles replaces @FILE among a flag's values by the values that read finds in the file.
func expandFiles(flag string, args []string, read func(text string) ([]string, error)) ([]string, error) {
	var out []string
	for _, arg := range args {
		file, ok := strings.CutPrefix(arg, "@")
		if !ok {
			out = append(out, arg)
			continue
		}
		text, err := readRegular(file, maxInput)
		var values []string
		if err == nil {
			values, err = read(string(text))
		}
		if err != nil {
			return nil, fmt.Errorf("--%s %s: %w", flag, arg, err)
		}
		out = append(out, values...)
	}
	return out, nil
}

// valueLines are the lines of a text that are neither empty nor a comment.
func valueLines(text string) (lines []string, err error) {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			lines = append(lines, line)
		}
	}
	return lines, nil
}

// setsIn are the sets in a file: one a line, or JSON.
func setsIn(text string) ([]string, error) {
	if trimmed := strings.TrimSpace(text); strings.HasPrefix(trimmed, "[") || strings.HasPrefix(trimmed, "{") {
		return project.JSONSets(trimmed)
	}
	return valueLines(text)
}

// withPresets judges batches once for each file of a folder, with the sets in it.
func withPresets(dir string, batches []batch) ([]batch, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("--presets %s: %w", dir, errors.Unwrap(err))
	}
	var out []batch
	for _, e := range entries {
		if e.IsDir() || e.Name()[0] == '.' {
			continue
		}
		sets := presetFlags{sets: []string{"@" + filepath.Join(dir, e.Name())}}
		opts, err := sets.options()
		if err != nil {
			return nil, err
		}
		for _, b := range batches {
			b.opts, b.preset = slices.Concat(b.opts, opts), e.Name()
			out = append(out, b)
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("--presets %s: no file in it", dir)
	}
	return out, nil
}

// command is the flags as one would type them.
func (f *presetFlags) command() string {
	var b strings.Builder
	if f.allBools {
		b.WriteString(" --set-all-bools")
	}
	for _, l := range []struct {
		flag   string
		values []string
	}{{"set", f.sets}, {"map", f.maps}, {"type", f.types}, {"attach", f.targets}, {"prog", f.progs}} {
		for _, v := range l.values {
			b.WriteString(" --" + l.flag + " " + shellQuote(v))
		}
	}
	return b.String()
}
