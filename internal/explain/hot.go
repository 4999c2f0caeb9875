package explain

import (
	"cmp"
	"slices"

	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/trace"
)

// HotLine is a line of the source and what it cost.
type HotLine struct {
	Insn   int // first instruction of the line
	Visits int // instructions walked that come from it
}

// Hot returns the n lines that cost most; where the object has no lines, instructions.
func Hot(img *object.Image, t *trace.Cost, n int) []HotLine {
	type key struct {
		file string
		line uint32
		insn int
	}
	s := story{Input: Input{Image: img}}
	at := map[key]int{}
	var list []HotLine
	for i, visits := range t.Visits {
		if visits == 0 {
			continue
		}
		k := key{insn: i}
		if l := s.lineOf(i); l != nil {
			k = key{l.File, l.Line, -1}
		}
		j, ok := at[k]
		if !ok {
			j = len(list)
			at[k] = j
			list = append(list, HotLine{Insn: i})
		}
		list[j].Visits += visits
	}
	slices.SortStableFunc(list, func(a, b HotLine) int { return cmp.Compare(b.Visits, a.Visits) })
	return list[:min(n, len(list))]
}
