package machine

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/bpfverdict/bpfverdict/internal/object"
)

// checkTree verifies that a tree is in order and balanced, and returns its keys.
func checkTree(t *rapid.T, g *container) []uint32 {
	var keys []uint32
	var walk func(n, parent *node) int
	walk = func(n, parent *node) int {
		if n == nil {
			return 1
		}
		if n.parent != parent || n.red && (parent == nil || parent.red) {
			t.Fatalf("node %d: its parent is wrong, or it is red as its parent", n.off)
		}
		left := walk(n.left, n)
		keys = append(keys, n.off)
		if right := walk(n.right, n); left != right {
			t.Fatalf("node %d: %d black nodes to the left, %d to the right", n.off, left, right)
		}
		if n.red {
			return left
		}
		return left + 1
	}
	walk(g.top, nil)
	if !slices.IsSorted(keys) {
		t.Fatalf("out of order: %v", keys)
	}
	return keys
}

// TestTree adds and removes nodes at random: the tree stays a red-black tree of those that are in.
func TestTree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := &container{field: &object.Field{Type: object.BPF_RB_ROOT}}
		var in []*node
		t.Repeat(map[string]func(*rapid.T){
			"add": func(t *rapid.T) {
				n := &node{spot: spot{off: rapid.Uint32Range(0, 50).Draw(t, "key")}}
				var parent *node
				left := false
				for at := g.top; at != nil; at = *at.side(left) {
					parent, left = at, n.off < at.off
				}
				g.attach(n, parent, left)
				in = append(in, n)
			},
			"remove": func(t *rapid.T) {
				if len(in) == 0 {
					t.Skip("empty")
				}
				i := rapid.IntRange(0, len(in)-1).Draw(t, "which")
				g.erase(in[i])
				in = slices.Delete(in, i, i+1)
			},
			"": func(t *rapid.T) {
				var want []uint32
				for _, n := range in {
					want = append(want, n.off)
				}
				slices.Sort(want)
				if got := checkTree(t, g); !slices.Equal(got, want) {
					t.Fatalf("%v are in, %v should be", got, want)
				}
			},
		})
	})
}

// TestTreeShape adds 0 to 7 in order: the shape is the kernel's, which programs can see.
func TestTreeShape(t *testing.T) {
	g := &container{field: &object.Field{Type: object.BPF_RB_ROOT}}
	for i := range uint32(8) {
		n := &node{spot: spot{off: i}}
		last := g.top
		for last != nil && last.right != nil {
			last = last.right
		}
		g.attach(n, last, false)
	}
	if top := g.top; top.off != 3 || top.left.off != 1 || top.right.off != 5 || top.right.right.off != 6 || top.right.right.right.off != 7 {
		t.Errorf("root %d, below it %d and %d", g.top.off, g.top.left.off, g.top.right.off)
	}
}
