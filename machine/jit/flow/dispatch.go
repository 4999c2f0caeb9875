package flow

// Dispatch writes any graph: one loop around a branch to the block remembered, the blocks' text in order.
func Dispatch(g *Graph, w Writer) {
	n := len(g.Blocks)
	w.Choose(0)
	w.Loop(0)
	labels := make([]int, n)
	for i := range labels {
		labels[i] = i
		w.Block()
	}
	w.Dispatch(labels)
	for b := range n {
		w.End()
		// n-1-b blocks are open, and the loop around them.
		again := n - 1 - b
		w.Body(b)
		next := g.Blocks[b].Next
		switch len(next) {
		case 0:
			w.Leave(b, again+1)
			continue
		case 2:
			w.Condition(b)
			w.If()
			w.Choose(next[1])
			w.Br(again + 1)
			w.End()
		}
		if next[0] != b+1 {
			w.Choose(next[0])
			w.Br(again)
		}
	}
	w.End()
}
