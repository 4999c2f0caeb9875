package trace

import "sort"

// Trail remembers where paths branched off. Steps are counted from 1, as the kernel counts what it processed.
type Trail struct{ forks []fork }

// fork is where a path begins, and the step that it goes on from, 0 for none.
type fork struct{ first, from int }

// Stretch are consecutive steps of a path.
type Stretch struct{ First, Last int }

// Begin notes that step next goes on from another than the one before it, 0 for none. Without a trail nothing is noted.
func (t *Trail) Begin(next, from int) {
	if t != nil {
		t.forks = append(t.forks, fork{next, from})
	}
}

// To returns the path to a step, from its beginning.
func (t *Trail) To(step int) []Stretch {
	var path []Stretch
	for step > 0 {
		i := sort.Search(len(t.forks), func(i int) bool { return t.forks[i].first > step }) - 1
		if i < 0 {
			return nil
		}
		path = append(path, Stretch{t.forks[i].first, step})
		step = t.forks[i].from
	}
	for i, j := 0, len(path)-1; i < j; i, j = i+1, j-1 {
		path[i], path[j] = path[j], path[i]
	}
	return path
}
