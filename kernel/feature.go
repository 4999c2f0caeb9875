package kernel

import "github.com/bpfverdict/bpfverdict/internal/kmodel"

// Proposed is the release of features that no release has.
const Proposed = kmodel.Proposed

// A Feature is one thing about the verifier in which kernels differ.
type Feature struct {
	Name   string // as in "kptr-xchg-under-lock"
	Since  string // the first mainline release that has it, or Proposed
	Title  string // upstream title of the commit or series
	Effect string // what a program sees of it, one line
}

// Features lists every feature, in the order of the releases that brought them, proposed ones last.
func Features() []Feature {
	list := kmodel.Features()
	out := make([]Feature, len(list))
	for i, f := range list {
		out[i] = Feature{Name: f.Name, Since: f.Since, Title: f.Title, Effect: f.Effect}
	}
	return out
}

// FeatureGroups lists the names that stand for several features, and those.
func FeatureGroups() map[string][]string {
	out := map[string][]string{}
	for name, list := range kmodel.FeatureGroups() {
		for _, f := range list {
			out[name] = append(out[name], f.String())
		}
	}
	return out
}

// An UnknownFeatureError is a name that no feature and no group has.
type UnknownFeatureError = kmodel.UnknownFeatureError
