// Package examples holds BPF programs of our own with their objects and what real kernels say
// about them. Tests hold our answers against those.
//
// The objects are committed; go generate compiles them again, with clang 19.
package examples

//go:generate ./build.sh
