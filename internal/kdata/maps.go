package kdata

import "github.com/bpfverdict/bpfverdict/internal/abi"

// Maps are the map types and who takes which.
type Maps struct {
	// A map type may limit the helpers it can be passed to, and a helper the map types it takes; those without
	// an entry limit nothing.
	HelpersOfMap map[abi.MapType][]string
	MapsOfHelper map[string][]abi.MapType
	// SockmapWriters are the programs that may change socket maps by the plain map helpers. They may delete
	// elements with SockmapDeleters besides.
	SockmapWriters, SockmapDeleters []When
	// SleepableMaps are the map types that sleepable programs may use.
	SleepableMaps []abi.MapType
	// MapStructs are the kernel's structs behind map types, as programs can read them.
	MapStructs map[abi.MapType]string
}
