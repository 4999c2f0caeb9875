package flow

// Writer writes structured control flow. Labels are counted from the innermost open block,
// loop or condition, 0 being that one.
type Writer interface {
	// Body writes what the block does, without what follows it.
	Body(block int)
	// Condition writes the block's condition, which the following If or BrIf uses.
	Condition(block int)
	// Leave writes the end of a block that nothing follows, with as many labels open as depth says.
	Leave(block, depth int)

	Block()
	// Loop opens the loop that the block starts.
	Loop(block int)
	If()
	End()
	Br(label int)
	BrIf(label int)

	// Choose remembers which block the dispatcher goes on with, and Dispatch branches to the label that the
	// remembered block has in labels.
	Choose(block int)
	Dispatch(labels []int)
}

// Write writes the graph as nested blocks and loops. Where that is not possible, as for irreducible
// graphs, it writes a dispatcher.
func Write(g *Graph, w Writer) {
	if !Structure(g, w) {
		Dispatch(g, w)
	}
}

// Structure writes the graph as nested blocks and loops, and reports false, having written
// nothing, if it is irreducible.
//
// A block's text holds the text of all blocks it dominates. Those reached by more than one forward edge are put
// behind a WebAssembly block each, which branches leave; the others are written where the one edge to them is.
func Structure(g *Graph, w Writer) bool {
	t := newTree(g)
	if t == nil {
		return false
	}
	s := structurer{tree: t, Writer: w}
	s.block(0)
	return true
}

type structurer struct {
	*tree
	Writer
	open []label
}

// label is an open block, loop or condition. A branch to it leads to a block of the graph: to its start.
type label struct {
	to   int // -1: nobody branches there
	loop bool
}

func (s *structurer) push(l label) { s.open = append(s.open, l) }

func (s *structurer) pop() {
	s.End()
	s.open = s.open[:len(s.open)-1]
}

// block writes a block and all that it dominates.
func (s *structurer) block(b int) {
	if s.loop[b] {
		s.Loop(b)
		s.push(label{b, true})
		defer s.pop()
	}
	// The text behind the innermost WebAssembly block is that of the first join in the order: it may branch on
	// to later ones.
	var joins []int
	for _, u := range s.under[b] {
		if s.join[u] {
			joins = append(joins, u)
		}
	}
	for i := len(joins) - 1; i >= 0; i-- {
		s.Block()
		s.push(label{joins[i], false})
	}
	s.leave(b)
	for _, j := range joins {
		s.pop()
		s.block(j)
	}
}

// leave writes the block itself and goes on to what follows it.
func (s *structurer) leave(b int) {
	s.Body(b)
	next := s.g.Blocks[b].Next
	switch len(next) {
	case 0:
		s.Leave(b, len(s.open))
	case 1:
		s.follow(b, next[0])
	default:
		s.Condition(b)
		if l, ok := s.label(b, next[1]); ok {
			s.BrIf(l)
		} else {
			s.If()
			s.push(label{-1, false})
			s.block(next[1])
			s.pop()
		}
		s.follow(b, next[0])
	}
}

// follow goes on from one block to another.
func (s *structurer) follow(from, to int) {
	if l, ok := s.label(from, to); ok {
		s.Br(l)
	} else {
		s.block(to)
	}
}

// label is where the branch from one block to another goes; there is none where the text of the other follows.
func (s *structurer) label(from, to int) (int, bool) {
	back := s.place[to] <= s.place[from]
	if !back && !s.join[to] {
		return 0, false
	}
	for i := len(s.open) - 1; ; i-- {
		if s.open[i] == (label{to, back}) {
			return len(s.open) - 1 - i, true
		}
	}
}
