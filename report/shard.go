package report

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// Shard says which part of a run a result is.
type Shard struct {
	Index   int      `json:"index"`   // from 1
	Count   int      `json:"count"`   // parts that there are
	Objects []string `json:"objects"` // of all parts, in the order in which they were given
}

// Join puts the parts of a run together, in any order: the result is what the whole run would have given.
func Join(parts []*Result) (*Result, error) {
	if len(parts) == 0 {
		return nil, errors.New("no part")
	}
	first := parts[0]
	found := map[int]bool{}
	for _, r := range parts {
		switch s := r.Shard; {
		case s == nil || first.Shard == nil:
			return nil, errors.New("not all of these results are parts of a run: --shard makes them")
		case s.Count != first.Shard.Count || !slices.Equal(s.Objects, first.Shard.Objects):
			return nil, fmt.Errorf("part %d of %d is of another run: its objects are others", s.Index, s.Count)
		case r.Kernel != first.Kernel || r.ToolVersion != first.ToolVersion || !slices.EqualFunc(r.KernelFacts, first.KernelFacts, KernelFacts.same):
			return nil, fmt.Errorf("part %d of %d is of another run: it was judged by other kernels, or another version", s.Index, s.Count)
		case found[s.Index]:
			return nil, fmt.Errorf("part %d of %d is there twice", s.Index, s.Count)
		default:
			found[s.Index] = true
		}
	}
	for i := range first.Shard.Count {
		if !found[i+1] {
			return nil, fmt.Errorf("part %d of %d is missing", i+1, first.Shard.Count)
		}
	}
	all := *first
	all.Shard, all.List = nil, []Program{}
	place := map[string]int{}
	for i, object := range first.Shard.Objects {
		place[object] = i
	}
	for _, r := range parts {
		all.add(r)
	}
	at := func(p *Program) int {
		n, ok := place[p.Object]
		if i := strings.LastIndex(p.Object, "@0x"); !ok && i >= 0 { // an object in a file
			n = place[p.Object[:i]]
		}
		return n
	}
	slices.SortStableFunc(all.List, func(a, b Program) int { return cmp.Compare(at(&a), at(&b)) })
	return &all, nil
}

func (f KernelFacts) same(o KernelFacts) bool {
	changes := slices.Equal(f.Changes, o.Changes)
	f.Changes, o.Changes = nil, nil
	return changes && reflect.DeepEqual(f, o)
}
