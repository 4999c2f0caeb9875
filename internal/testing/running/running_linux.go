// Package running says which model the kernel under the tests is known to be, and asks it what
// package kmodel's tables say. A release string names no kernel: a build is known by its types,
// and that it answers a handful of programs as that build does.
package running

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/testing/bpfsys"
)

// btfFile is where a kernel shows its types.
const btfFile = "/sys/kernel/btf/vmlinux"

// Build is what is to be known of a kernel to tell it from all others.
type Build struct {
	Release string // "6.18.44-x"
	Version string // as uname -v
	BTF     string // SHA-256 of its types
}

func (b Build) String() string {
	return fmt.Sprintf("Linux %s %s, types %.12s", b.Release, b.Version, b.BTF)
}

// known are the builds that answer as a model: by their types, their version where that is not empty, and
// the probes. The tests that run there are what holds their other answers against the model's.
var known = []struct {
	Build
	model string
	holds []string // the probes that this build answers with yes
}{
	{Build{"5.10.0-32-amd64", "", "28295addc16eaf065da6c8a83603b2da2bee224c47097cd7ea3ed48bd252161b"},
		"5.10", []string{probeMapIter, probeSleepMsg}},
	{Build{"6.1.0-50-amd64", "", "ecf4e48fcbed6d520b857baf9fd06621b734094ce76fe41b0b0bc5e159ae6efd"},
		"6.1", []string{probeMapIter, probeSleepMsg}},
	{Build{"6.12.117", "", "4507cd5912a97650ac1abc7a609a3d535d1cf2dc851f23f9fe9ace42ee51f34b"},
		"6.12", []string{probeSleep, probeMapIter}},
	{Build{"6.16.12", "", "3aeb647c59465217c32f96c718a4c9180b6ba66f486498da5bb8fdb7147add36"},
		"6.16", []string{probeMapIter}},
	{Build{"6.17.13", "", "b4b0b36c106a4b587755cc69d8bb730cc0f543067602f9bd441759cef9ece1e9"},
		"6.17", []string{probeMapIter}},
	{Build{"6.18.44", "", "0ad581b5657148c12456ad80d957c465e46fe4956759adde9133735423060b4b"},
		"6.18", []string{probeMapIter}},
	{Build{"6.18.44-fc-v595", "#1 SMP PREEMPT_DYNAMIC @0", "5f79ec2bacdb8ce75702a4edf144b34f209839ccd71bf1167f7e3a0272720900"},
		"6.18", []string{probeMapIter}},
	{Build{"6.18.44-fc-v782", "#1 SMP PREEMPT_DYNAMIC @0", "9bca12a42c91857d1492472bb3c361b76f7d3a0ab4614fa8c4760c3b5c684c1d"},
		"6.18+kfunc-trusted-args+syscall-helpers-sleep", []string{probeTrusted, probeSleep}},
	{Build{"6.19.14", "", "b1889ef53c5d54302418bbccafdea98db7501869471d060981ba969e21d0766b"},
		"6.19", []string{probeMapIter, probeRCUNests}},
	{Build{"7.0.13", "", "a4440e87d5be470bd64a0457a54adfd5f842b9c065874910ba7e71bd60eb301f"},
		"7.0", []string{probeTrusted, probeMapIter, probeRCUNests}},
	{Build{"7.1.13", "", "48a594a2745dc97abe01ac06841b9698d76de17f18d9fea55f8974de2c15ecf3"},
		"7.1", []string{probeTrusted, probeMapIter, probeRCUNests}},
	{Build{"7.2.12", "", "40369a00f05912a096ca1d569ccecb560cba1d5b5088c5034fbc6905f617a493"},
		"7.2", []string{probeTrusted, probeSleep, probeMapIter, probeRCUNests}},
	{Build{"7.3.4", "", "5a05808c62ad15b3c633000344967a51e367a41bd68f76fdfa4263ebe6d615af"},
		"7.3", []string{probeTrusted, probeSleep, probeMapIter, probeRCUNests}},
}

// Kernel is the running kernel.
type Kernel struct {
	Build
	Holds []string // names of the probes it answers with yes
}

// ErrNotAsked is returned where programs can't be loaded or types not be read.
var ErrNotAsked = errors.New("the running kernel can't be asked: that needs root on Linux with BTF")

// Ask finds out which kernel is running.
var Ask = sync.OnceValues(func() (*Kernel, error) {
	release, ok := bpfsys.Release()
	version, verr := os.ReadFile("/proc/sys/kernel/version")
	types, terr := os.ReadFile(btfFile)
	if !ok || verr != nil || terr != nil {
		return nil, ErrNotAsked
	}
	sum := sha256.Sum256(types)
	k := &Kernel{Build: Build{release, strings.TrimSpace(string(version)), hex.EncodeToString(sum[:])}}
	set, err := kmodel.LoadTypes(btfFile)
	if err != nil {
		return nil, err
	}
	for _, p := range probes {
		if p.holds(set) {
			k.Holds = append(k.Holds, p.name)
		}
	}
	return k, nil
})

// Model is the model that the running kernel is known to be, with its own types. The error says what is
// different where it is none's.
var Model = sync.OnceValues(func() (*kmodel.Model, error) {
	k, err := Ask()
	if err != nil {
		return nil, err
	}
	name, err := k.modelName()
	if err != nil {
		return nil, err
	}
	return k.Load(name)
})

// Load returns a model with the running kernel's types, and its machine's configuration where that is known.
func (k *Kernel) Load(model string) (*kmodel.Model, error) {
	m, err := kmodel.Load(model)
	if err != nil {
		return nil, err
	}
	set, err := kmodel.LoadTypes(btfFile)
	if err != nil {
		return nil, err
	}
	return m.OnMachine(k.Release).With(kmodel.WithTypes(set)), nil
}

// modelName is the model of the known build that is running.
func (k *Kernel) modelName() (string, error) {
	const hint = "`go run ./conformance/ask` prints what it answers otherwise"
	for i := range known {
		b := &known[i]
		if b.BTF != k.BTF {
			continue
		}
		if b.Version != "" && (b.Release != k.Release || b.Version != k.Version) {
			return "", fmt.Errorf("%v has the types of %v; %s", k, b.Build, hint)
		}
		if !slices.Equal(b.holds, k.Holds) {
			return "", fmt.Errorf("%v answers otherwise than that build: probes %q, want %q; %s", k, k.Holds, b.holds, hint)
		}
		return b.model, nil
	}
	return "", fmt.Errorf("%v is no model's kernel; it says yes to %q; %s", k, k.Holds, hint)
}
