package verifier

import "github.com/bpfverdict/bpfverdict/internal/abi"

// Fact is what the walk found out about one instruction of an accepted program, true on every path. A program is
// translated with these.
type Fact struct {
	// Reached: some path leads here.
	Reached bool
	// Ptr is what a load or store goes through; NOT_INIT for other instructions and for atomic ones that change
	// plain memory. Where paths differ it is one of the types, and none of them needs more than plain loads and stores.
	Ptr abi.RegType
	// Map is the map that a helper is passed: an index into the image's maps, -1 for none or several.
	Map int
	// Callback is the first instruction of the function that a call is passed and runs, -1 for none or several.
	Callback int
}

// callbackSeen is the function that a call runs: the number of the subprogram.
type callbackSeen struct {
	seen, several bool
	subprog       int
}

// noteCallback remembers which function the call at hand runs, if anybody wants to know.
func (v *verifier) noteCallback(subprog int) {
	if v.callbacks == nil {
		return
	}
	s := &v.callbacks[v.idx]
	s.several = s.several || s.seen && s.subprog != subprog
	s.seen, s.subprog = true, subprog
}

// facts gathers what is known after a walk that accepted the program.
func (v *verifier) facts() []Fact {
	facts := make([]Fact, len(v.insns))
	for i := range facts {
		aux := &v.aux[i]
		f := Fact{Reached: v.code.Seen[i], Ptr: aux.ptrType, Map: -1, Callback: -1}
		if n := int(aux.mapSeen.index) - 1; !aux.mapSeen.poison && n < len(v.img.Maps) {
			f.Map = n
		}
		if s := v.callbacks[i]; s.seen && !s.several {
			f.Callback = v.subprogs[s.subprog].Start
		}
		facts[i] = f
	}
	return facts
}
