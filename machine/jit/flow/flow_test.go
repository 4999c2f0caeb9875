package flow

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// text is a Writer whose output can be run: each entry is one step.
type text struct{ steps []step }

type step struct {
	kind   string
	n      int
	labels []int
}

func (t *text) add(kind string, n int, labels ...int) {
	t.steps = append(t.steps, step{kind, n, slices.Clone(labels)})
}
func (t *text) Body(b int)            { t.add("body", b) }
func (t *text) Condition(b int)       { t.add("cond", b) }
func (t *text) Leave(b, depth int)    { t.add("leave", b, depth) }
func (t *text) Block()                { t.add("block", 0) }
func (t *text) Loop(int)              { t.add("loop", 0) }
func (t *text) If()                   { t.add("if", 0) }
func (t *text) End()                  { t.add("end", 0) }
func (t *text) Br(l int)              { t.add("br", l) }
func (t *text) BrIf(l int)            { t.add("br_if", l) }
func (t *text) Choose(b int)          { t.add("choose", b) }
func (t *text) Dispatch(labels []int) { t.add("dispatch", 0, labels...) }

// walk follows the graph itself: the blocks visited when coin answers conditions, at most limit of them.
func walk(g *Graph, limit int, coin func() bool) []int {
	var visited []int
	for b := 0; len(visited) < limit; {
		visited = append(visited, b)
		next := g.Blocks[b].Next
		switch {
		case len(next) == 0:
			return visited
		case len(next) == 2 && coin():
			b = next[1]
		default:
			b = next[0]
		}
	}
	return visited
}

// run follows the text as WebAssembly would.
func (t *text) run(limit int, coin func() bool) ([]int, error) {
	var visited []int
	var open []int // starts of what is open
	chosen, cond := 0, false
	ends := t.ends()
	jump := func(label int) int {
		at := open[len(open)-1-label]
		if t.steps[at].kind == "loop" {
			open = open[:len(open)-label]
			return at
		}
		open = open[:len(open)-1-label]
		return ends[at]
	}
	for pc := 0; pc < len(t.steps); pc++ {
		s := t.steps[pc]
		switch s.kind {
		case "body":
			visited = append(visited, s.n)
			if len(visited) == limit {
				return visited, nil
			}
		case "cond":
			cond = coin()
		case "leave":
			if s.labels[0] != len(open) {
				return nil, fmt.Errorf("block %d is left with %d labels open, not %d", s.n, len(open), s.labels[0])
			}
			return visited, nil
		case "block", "loop":
			open = append(open, pc)
		case "if":
			if open = append(open, pc); !cond {
				pc = jump(0)
			}
		case "end":
			open = open[:len(open)-1]
		case "br":
			pc = jump(s.n)
		case "br_if":
			if cond {
				pc = jump(s.n)
			}
		case "choose":
			chosen = s.n
		case "dispatch":
			pc = jump(s.labels[chosen])
		}
	}
	return nil, fmt.Errorf("ran off the end after %v", visited)
}

// ends pairs each start with its end.
func (t *text) ends() map[int]int {
	ends := map[int]int{}
	var open []int
	for i, s := range t.steps {
		switch s.kind {
		case "block", "loop", "if":
			open = append(open, i)
		case "end":
			ends[open[len(open)-1]] = i
			open = open[:len(open)-1]
		}
	}
	return ends
}

func graph(next ...[]int) *Graph {
	g := &Graph{}
	for _, n := range next {
		g.Blocks = append(g.Blocks, Block{Next: n})
	}
	return g
}

func anyGraph(t *rapid.T) *Graph {
	n := rapid.IntRange(1, 12).Draw(t, "blocks")
	g := &Graph{}
	for range n {
		g.Blocks = append(g.Blocks, Block{Next: rapid.SliceOfN(rapid.IntRange(0, n-1), 0, 2).Draw(t, "next")})
	}
	return g
}

// Both forms visit the blocks that the graph does, whatever the conditions say.
func TestFormsFollowTheGraph(t *testing.T) {
	const limit = 60
	structured := 0
	rapid.Check(t, func(t *rapid.T) {
		g := anyGraph(t)
		coins := rapid.SliceOfN(rapid.Bool(), limit, limit).Draw(t, "coins")
		flip := func() func() bool {
			i := 0
			return func() bool { i++; return coins[i-1] }
		}
		want := walk(g, limit, flip())
		for _, form := range []struct {
			name  string
			write func(*Graph, Writer) bool
		}{
			{"structured", Structure},
			{"dispatched", func(g *Graph, w Writer) bool { Dispatch(g, w); return true }},
		} {
			var w text
			if !form.write(g, &w) {
				continue
			}
			if form.name == "structured" {
				structured++
			}
			got, err := w.run(limit, flip())
			if err != nil || !slices.Equal(got, want) {
				t.Fatalf("%s: visited %v, want %v: %v\n%v", form.name, got, want, err, w.steps)
			}
		}
	})
	if structured == 0 {
		t.Error("no graph was structured")
	}
}

// reducible decides by the definition: removing self edges and merging blocks with one predecessor into it,
// again and again, leaves one block.
func reducible(g *Graph) bool {
	edges := map[int]map[int]bool{}
	var reach func(b int)
	reach = func(b int) {
		if edges[b] != nil {
			return
		}
		edges[b] = map[int]bool{}
		for _, to := range g.Blocks[b].Next {
			edges[b][to] = true
			reach(to)
		}
	}
	reach(0)
	for changed := true; changed; {
		changed = false
		for b := range edges {
			delete(edges[b], b)
			pred, n := 0, 0
			for p := range edges {
				if edges[p][b] {
					pred, n = p, n+1
				}
			}
			if b == 0 || n != 1 {
				continue
			}
			for to := range edges[b] {
				edges[pred][to] = true
			}
			delete(edges[pred], b)
			delete(edges, b)
			changed = true
			break
		}
	}
	return len(edges) == 1
}

func TestStructureRefusesOnlyIrreducible(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := anyGraph(t)
		if got, want := Structure(g, &text{}), reducible(g); got != want {
			t.Fatalf("structured: %v, reducible: %v", got, want)
		}
	})
}

func TestStructure(t *testing.T) {
	tests := []struct {
		name string
		g    *Graph
		want string
	}{
		{"straight", graph([]int{1}, nil), "body0 body1 leave1"},
		{"if", graph([]int{2, 1}, []int{2}, nil), "block0 body0 cond0 if0 body1 br1 end0 br0 end0 body2 leave2"},
		{"both ways alike", graph([]int{1, 1}, nil), "block0 body0 cond0 br_if0 br0 end0 body1 leave1"},
		{"loop", graph([]int{1}, []int{2, 1}, nil), "body0 loop0 body1 cond1 br_if0 body2 leave2 end0"},
		{"endless", graph([]int{0}), "loop0 body0 br0 end0"},
		{"not reached", graph(nil, []int{0}), "body0 leave0"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var w text
			if !Structure(tt.g, &w) {
				t.Fatal("irreducible")
			}
			var got string
			for _, s := range w.steps {
				got += fmt.Sprintf("%s%d ", s.kind, s.n)
			}
			if got != tt.want+" " {
				t.Errorf("%s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestLoops(t *testing.T) {
	tests := []struct {
		name        string
		g           *Graph
		any, nested bool
	}{
		{"none", graph([]int{2, 1}, []int{2}, nil), false, false},
		{"one", graph([]int{1}, []int{2, 1}, nil), true, false},
		{"two, one after the other", graph([]int{1, 0}, []int{2, 1}, nil), true, false},
		{"a loop in another", graph([]int{1}, []int{2}, []int{3, 2}, []int{4, 1}, nil), true, true},
		{"two ways back", graph([]int{1}, []int{2, 3}, []int{1}, []int{1, 4}, nil), true, false},
		{"two entries", graph([]int{1, 2}, []int{2}, []int{1}), true, true},
	}
	for _, tt := range tests {
		if a, n := Loops(tt.g); a != tt.any || n != tt.nested {
			t.Errorf("%s: loops: %v, nested: %v", tt.name, a, n)
		}
	}
}
