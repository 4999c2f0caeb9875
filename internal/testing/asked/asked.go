// Package asked is what a booted kernel said about small programs, as the command that asks writes it and the generators
// of kernel data read it.
package asked

import (
	"encoding/json"
	"os"
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

// Answers are everything one kernel said.
type Answers struct {
	Uname    string // release, version and machine
	Kinds    []Kind
	Contexts []Context
	// Iterators are what their programs get in the fields of their context.
	Iterators []Iterator
	// SleepableMaps are the map types that sleepable programs may use, OtherMaps those that they may not.
	SleepableMaps, OtherMaps []abi.MapType
	// StructOps are the kernel's structs that programs may implement.
	StructOps []StructOps
	// Hooks are the security hooks that programs load for.
	Hooks []Hook
}

// Kind is a way to load programs, and what those may do.
type Kind struct {
	Type      abi.ProgType
	Attach    abi.AttachType
	Sleepable bool   `json:",omitempty"`
	Name      string `json:",omitempty"` // of what it attaches to
	StructOps string `json:",omitempty"`
	Helpers   []Helper
	Kfuncs    []string
	Return    Return
}

// Helper is a helper that programs may call.
type Helper struct {
	ID     int32
	GPL    bool   `json:",omitempty"` // only under a licence compatible with the GPL
	Sleeps bool   `json:",omitempty"`
	Says   string `json:",omitempty"` // what the kernel says to five zeroes for arguments
}

// Return is what programs may return: anything that is not Checked.
type Return struct {
	Checked  bool  `json:",omitempty"`
	Min, Max int64 `json:",omitempty"`
	// Pointer: a pointer may be returned.
	Pointer bool `json:",omitempty"`
	// Unset: R0 need not be set.
	Unset bool `json:",omitempty"`
}

// Context is which accesses to a program's context the kernel takes.
type Context struct {
	Type   abi.ProgType
	Attach abi.AttachType
	// Cells are by offset: masks of sizes, bit n for 1<<n bytes, that may be loaded, sign-extended and stored, and what a
	// load of each size gives. Offsets where nothing may be done are left out.
	Cells map[int]Cell
}

// Cell is what may be done at one offset of a context.
type Cell struct {
	Read, Sext, Write uint8     `json:",omitempty"`
	Types             [4]string `json:",omitempty"`
	// Unconverted are the loads that are taken and then have no code, so the kernel calls itself misconfigured.
	Unconverted uint8 `json:",omitempty"`
}

// Iterator is a target of iterator programs; Fields are what loads of their context's members give.
type Iterator struct {
	Target    string
	Sleepable bool
	Fields    map[string]string
}

// StructOps is a struct of the kernel's; Members say of each function that programs may implement whether these may sleep.
type StructOps struct {
	Name    string
	Members map[string]bool
}

// Hook is a security hook.
type Hook struct {
	Name                   string
	MAC, Sleepable, Cgroup bool // how programs load for it
}

// olderWords are types of registers as kernels before 5.18 name them, by what they are called since.
var olderWords = strings.NewReplacer(`"inv"`, `"scalar"`, `"rdwr_buf`, `"buf`, `type=inv `, `type=scalar `)

// Read reads the answers that a file has.
func Read(path string) (*Answers, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	a := &Answers{}
	return a, json.Unmarshal([]byte(olderWords.Replace(string(data))), a)
}
