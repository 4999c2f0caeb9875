package kdata

import "github.com/bpfverdict/bpfverdict/internal/abi"

// Kfuncs are the kernel functions that programs may call.
type Kfuncs struct {
	KfuncSets []KfuncSet
	// KfuncHooks are the groups of program types that share what is registered. Types in none may call only what
	// is registered for all, PROG_TYPE_UNSPEC.
	KfuncHooks [][]abi.ProgType
	// KfuncFilters narrow who may call a function of a set: one row must apply to program and function.
	KfuncFilters map[string][]KfuncFilter
	// KfuncFeatures are the functions that came with a feature.
	KfuncFeatures map[string]string
	// LockSafe are the functions that a fixed list lets be called under a lock, with the feature that put
	// them there or "".
	LockSafe map[string]string
}

// Kfunc is a kernel function that programs may call.
type Kfunc struct {
	Name  string
	Flags abi.KfuncFlags
}

// KfuncSet is a list of functions registered together.
type KfuncSet struct {
	Name         string
	Filter       string         // the kernel's function that narrows who may call them, "" for none
	Types        []abi.ProgType // PROG_TYPE_UNSPEC for all
	ModifyReturn bool           // fmod_ret programs may attach to them
	DeviceBound  bool           // only XDP programs bound to a device may call them
	Kfuncs       []Kfunc
}

// KfuncFilter lets programs call some functions of a set, all where none is named.
type KfuncFilter struct {
	When  When
	Names []string
}
