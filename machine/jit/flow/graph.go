// Package flow turns the control-flow graph of a function into nested blocks, loops and
// conditions, the only control flow that WebAssembly has.
package flow

import "slices"

// Block is a node of a Graph: instructions that are entered at the start and left at the end only.
type Block struct {
	// Next are the blocks that may follow: none, one, or two, of which the block's condition takes
	// the second. Both may be the same.
	Next []int
}

// Graph is a function's control flow. Block 0 is its entry.
type Graph struct {
	Blocks []Block
}

// tree is a graph with its order and its dominators.
type tree struct {
	g *Graph
	// order holds the blocks that can be reached, in reverse postorder; place is where a block is in it, -1
	// for one that can't be reached.
	order, place []int
	// over is the immediate dominator of a block, under are those it is that of, in order.
	over  []int
	under [][]int
	// loop: the block starts a loop. join: more than one edge leads forward to it.
	loop, join []bool
}

// newTree orders the graph and finds who dominates whom. It returns nil for an irreducible graph: one in
// which a loop can be entered elsewhere than at its start.
func newTree(g *Graph) *tree {
	n := len(g.Blocks)
	t := &tree{g: g, place: make([]int, n), over: make([]int, n), under: make([][]int, n), loop: make([]bool, n), join: make([]bool, n)}
	t.number()
	from := make([][]int, n)
	for _, b := range t.order {
		for _, to := range g.Blocks[b].Next {
			from[to] = append(from[to], b)
		}
	}
	t.dominate(from)
	for _, b := range t.order {
		forward := 0
		for _, p := range from[b] {
			switch {
			case t.place[p] < t.place[b]:
				forward++
			case !t.dominates(b, p):
				return nil
			default:
				t.loop[b] = true
			}
		}
		t.join[b] = forward > 1
		if b != 0 {
			t.under[t.over[b]] = append(t.under[t.over[b]], b)
		}
	}
	return t
}

// number walks the graph depth first, without recursion, and fills order and place.
func (t *tree) number() {
	for i := range t.place {
		t.place[i] = -1
	}
	type visit struct{ block, next int }
	seen := make([]bool, len(t.g.Blocks))
	seen[0] = true
	stack := []visit{{0, len(t.g.Blocks[0].Next)}}
	for len(stack) > 0 {
		top := &stack[len(stack)-1]
		if top.next == 0 {
			t.order = append(t.order, top.block)
			stack = stack[:len(stack)-1]
			continue
		}
		// The last successor first, so that in the order it comes last.
		top.next--
		if to := t.g.Blocks[top.block].Next[top.next]; !seen[to] {
			seen[to] = true
			stack = append(stack, visit{to, len(t.g.Blocks[to].Next)})
		}
	}
	slices.Reverse(t.order)
	for i, b := range t.order {
		t.place[b] = i
	}
}

// dominate finds immediate dominators, by the method of Cooper, Harvey and Kennedy.
func (t *tree) dominate(from [][]int) {
	for i := range t.over {
		t.over[i] = -1
	}
	t.over[0] = 0
	for changed := true; changed; {
		changed = false
		for _, b := range t.order[1:] {
			over := -1
			for _, p := range from[b] {
				switch {
				case t.over[p] < 0:
				case over < 0:
					over = p
				default:
					over = t.common(over, p)
				}
			}
			if t.over[b] != over {
				t.over[b] = over
				changed = true
			}
		}
	}
}

// common is the nearest block that dominates both.
func (t *tree) common(a, b int) int {
	for a != b {
		for t.place[a] > t.place[b] {
			a = t.over[a]
		}
		for t.place[b] > t.place[a] {
			b = t.over[b]
		}
	}
	return a
}

// dominates reports whether each way to b leads through a.
func (t *tree) dominates(a, b int) bool {
	for t.place[b] > t.place[a] {
		b = t.over[b]
	}
	return a == b
}
