package paths

import (
	"cmp"
	"slices"

	"github.com/bpfverdict/bpfverdict/internal/state"
)

// Point are the states remembered at an instruction.
type Point struct {
	Insn   int
	States []*state.Checkpoint // the youngest first
	Missed int                 // comparisons with them that were in vain
}

// maxPoints bounds what Points returns.
const maxPoints = 16

// Points are the instructions at which most states are remembered, those with the most first.
func (p *Paths) Points() []Point {
	at := map[int]int{}
	var list []Point
	for _, c := range p.explored {
		for ; c != nil; c = c.Older {
			i, ok := at[int(c.InsnIdx)]
			if !ok {
				i = len(list)
				at[int(c.InsnIdx)] = i
				list = append(list, Point{Insn: int(c.InsnIdx)})
			}
			list[i].States = append(list[i].States, c)
			list[i].Missed += int(c.MissCnt)
		}
	}
	slices.SortFunc(list, func(a, b Point) int {
		return cmp.Or(cmp.Compare(len(b.States), len(a.States)), cmp.Compare(a.Insn, b.Insn))
	})
	return list[:min(len(list), maxPoints)]
}
