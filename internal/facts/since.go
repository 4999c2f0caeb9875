package facts

import (
	"slices"
	"strconv"
	"strings"

	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/types"
)

// Release is a kernel that has something: the oldest of the models that does.
type Release struct {
	Name string
	// OrBefore: kernels between it and the model before, or before the oldest, may have it too.
	OrBefore bool
}

// KfuncSince returns the first kernel in which programs may call a function, false if no model has it.
func KfuncSince(name string) (Release, bool, error) {
	return since(func(k *kmodel.Model) bool { return kfunc(k, name) != nil })
}

// HelperSince is KfuncSince for a helper.
func HelperSince(name string) (Release, bool, error) {
	return since(func(k *kmodel.Model) bool { return k.HelperID(strings.TrimPrefix(name, "bpf_")) > 0 })
}

// KernelsWith are the models whose types, or those of whose modules, have something, the oldest first.
func KernelsWith(has func(*types.Set) bool) ([]string, error) {
	var names []string
	for _, model := range kmodel.Names() {
		k, err := kmodel.Load(model)
		if err != nil {
			return nil, err
		}
		if has(k.Types()) || slices.ContainsFunc(k.Modules(), has) {
			names = append(names, model)
		}
	}
	return names, nil
}

func since(has func(*kmodel.Model) bool) (Release, bool, error) {
	before := ""
	for _, model := range kmodel.Names() {
		k, err := kmodel.Load(model)
		if err != nil {
			return Release{}, false, err
		}
		if has(k) {
			return Release{model, !follows(before, model)}, true, nil
		}
		before = model
	}
	return Release{}, false, nil
}

// follows reports that no release is between two. A major release ends with its minor release 19.
func follows(before, model string) bool {
	number := func(v string) (n int) {
		major, minor, _ := strings.Cut(v, ".")
		a, _ := strconv.Atoi(major)
		b, _ := strconv.Atoi(minor)
		return 20*a + b
	}
	return before != "" && number(model) == number(before)+1
}

// MemberMoved returns what a member of a kernel struct is called in a model that lacks it, "" if nothing like it is
// found, and the newest model that has it under its own name.
func MemberMoved(k *kmodel.Model, structName, member string) (name string, in Release, err error) {
	_, here := k.Types().FindStruct(structName)
	if here == nil || find(here, member) != nil {
		return "", Release{}, nil
	}
	for i, model := range slices.Backward(kmodel.Names()) {
		other, err := kmodel.Load(model)
		if err != nil {
			return "", Release{}, err
		}
		_, there := other.Types().FindStruct(structName)
		if there == nil {
			continue
		}
		if m := find(there, member); m != nil {
			return sameMember(here, m), Release{model, i == 0}, nil
		}
	}
	return "", Release{}, nil
}

func find(s *btf.Struct, member string) *btf.Member {
	i := slices.IndexFunc(s.Members, func(m btf.Member) bool { return m.Name == member })
	if i < 0 {
		return nil
	}
	return &s.Members[i]
}

// sameMember finds the member that is probably m under another name.
func sameMember(s *btf.Struct, m *btf.Member) string {
	for _, o := range s.Members {
		if strings.Trim(o.Name, "_") == strings.Trim(m.Name, "_") {
			return o.Name
		}
	}
	return ""
}
