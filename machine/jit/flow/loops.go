package flow

// Loops says whether the graph has loops, and whether one lies in another. Loops that can be entered in more than
// one place count as nested.
func Loops(g *Graph) (any, nested bool) {
	t := newTree(g)
	if t == nil {
		return true, true
	}
	from := make([][]int, len(g.Blocks))
	for _, b := range t.order {
		for _, to := range g.Blocks[b].Next {
			from[to] = append(from[to], b)
		}
	}
	for _, h := range t.order {
		if !t.loop[h] {
			continue
		}
		any = true
		for _, b := range t.body(h, from) {
			nested = nested || t.loop[b] && b != h
		}
	}
	return any, nested
}

// body are the blocks of the loop that begins at h: those from which a jump back to it can be reached.
func (t *tree) body(h int, from [][]int) []int {
	in := map[int]bool{h: true}
	var out, todo []int
	add := func(b int) {
		if !in[b] {
			in[b] = true
			out, todo = append(out, b), append(todo, b)
		}
	}
	for _, p := range from[h] {
		if t.place[p] >= t.place[h] {
			add(p)
		}
	}
	for len(todo) > 0 {
		b := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, p := range from[b] {
			add(p)
		}
	}
	return out
}
