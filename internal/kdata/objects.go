package kdata

import "github.com/bpfverdict/bpfverdict/internal/abi"

// Objects are the kernel's types that programs may own, and those that make a field special.
type Objects struct {
	// Fields are the types that the kernel knows within map values and objects of programs.
	Fields []SpecialField
	// Tags are the type tags of pointers that make them special fields.
	Tags []SpecialField
	// Destructors free the objects that maps own, by the struct's name.
	Destructors map[string]string
	// RCUProtected are the structs whose last reference is dropped only after an RCU grace period.
	RCUProtected []string
}

// SpecialField is a type with a meaning within map values and objects of programs.
type SpecialField struct {
	Name        string
	Size, Align uint32 // bytes
	Feature     string // that brought it; "" for one that all kernels have
	// Means is the tag that newer kernels have for it, "" for the same.
	Means string
	// Maps are the types of maps whose values may hold it; all if nil.
	Maps []abi.MapType
}
