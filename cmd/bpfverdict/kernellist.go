package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/lazyregexp"
	"github.com/bpfverdict/bpfverdict/kernel"
)

// kernelNames reads a list of models: names, with features switched if wanted, and "6.12-" for a model and all
// newer ones, "6.12-7.1" for two and all between. The empty list is all models. A name counts once.
func kernelNames(list string) ([]string, error) {
	all := kernel.Names()
	if list == "" {
		return all, nil
	}
	var out []string
	for part := range strings.SplitSeq(list, ",") {
		part = modelName(strings.TrimSpace(part))
		names := []string{part}
		if from, to, ok := strings.Cut(part, "-"); ok && !strings.Contains(from, "+") {
			to = modelName(to)
			first, last := slices.Index(all, from), slices.Index(all, to)
			if to == "" {
				last = len(all) - 1
			}
			switch {
			case to != "" && last < 0 && !(to[0] >= '0' && to[0] <= '9'): // a feature, or what is derived
			case first < 0 || last < 0:
				return nil, fmt.Errorf("%q: %w (known: %s)", part, kernel.ErrUnknownModel, strings.Join(all, ", "))
			case first > last:
				return nil, fmt.Errorf("%q: %s is newer than %s", part, from, to)
			default:
				names = all[first : last+1]
			}
		}
		for _, name := range names {
			if name == "" {
				return nil, fmt.Errorf("a name is missing in %q", list)
			}
			if !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	return out, nil
}

// release is a kernel as machines and packages name it, 6.18.44-1-cloud, and what a feature may follow.
var release = lazyregexp.New(`^(\d+\.\d+)\.\d+(.*)$`)

// modelName is the name of the model that a kernel's name stands for: that of a release stands for all its builds.
func modelName(name string) string {
	if v := strings.TrimPrefix(name, "v"); v != "" && v[0] >= '0' && v[0] <= '9' {
		name = v
	}
	m := release().FindStringSubmatch(name)
	switch {
	case m == nil:
		return name
	case m[2] == "" || m[2] == "-":
		return m[1] + m[2]
	}
	if _, err := kernel.Load(m[1] + m[2]); err == nil {
		return m[1] + m[2]
	}
	return m[1]
}

// loadList returns the models of a list, with the changes the flags ask for.
func (f *modelFlags) loadList(flag, list string) ([]*kernel.Model, error) {
	names, err := kernelNames(list)
	if err != nil {
		return nil, fmt.Errorf("%s: %w; see bpfverdict kernels", flag, err)
	}
	models := make([]*kernel.Model, len(names))
	for i, name := range names {
		if models[i], err = f.loadNamed(name); err != nil {
			return nil, err
		}
	}
	return models, nil
}
