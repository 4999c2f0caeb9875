package machine

import (
	"encoding/binary"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// testTree is a tree whose nodes' keys are behind them in memory.
type testTree struct {
	t interface {
		Helper()
		Fatalf(string, ...any)
		Fatal(...any)
	}
	m    *Machine
	root uint64
}

const keyOff = 32

func newTree(t testing.TB) *testTree {
	tree := &testTree{t: t, m: newMachine(t, Options{})}
	tree.root = tree.alloc(16)
	return tree
}

func (g *testTree) alloc(size uint32) uint64 {
	g.t.Helper()
	b, err := g.m.mem.alloc(size, "test", place{})
	if err != nil {
		g.t.Fatal(err)
	}
	return b.addr
}

func (g *testTree) key(n uint64) uint64 { return g.m.link(n + keyOff) }

func (g *testTree) native(name string, args ...uint64) uint64 {
	g.t.Helper()
	r, err := g.m.native(name, args...)
	if err != nil {
		g.t.Fatal(err)
	}
	return r
}

// add adds a new node behind those that are not greater.
func (g *testTree) add(key uint64) uint64 {
	n := g.alloc(40)
	binary.LittleEndian.PutUint64(g.m.word(n+keyOff), key)
	parent, left := uint64(0), uint64(0)
	for at := g.m.link(g.root); at != 0; {
		parent, left = at, truth(key < g.key(at))
		at = g.m.link(at + treeRight + (treeLeft-treeRight)*left)
	}
	g.native("rb_attach", g.root, n, parent, left)
	return n
}

// check verifies that the tree is in order and balanced, and returns its keys.
func (g *testTree) check() []uint64 {
	const red = 1
	var keys []uint64
	var walk func(n, parent uint64) int
	walk = func(n, parent uint64) int {
		if n == 0 {
			return 1
		}
		up := g.m.link(n)
		if up&^red != parent || up&red != 0 && (parent == 0 || g.m.link(parent)&red != 0) {
			g.t.Fatalf("node %d: its parent is wrong, or it is red as its parent", g.key(n))
		}
		left := walk(g.m.link(n+treeLeft), n)
		keys = append(keys, g.key(n))
		if right := walk(g.m.link(n+treeRight), n); left != right {
			g.t.Fatalf("node %d: %d black nodes to the left, %d to the right", g.key(n), left, right)
		}
		if up&red != 0 {
			return left
		}
		return left + 1
	}
	walk(g.m.link(g.root), 0)
	if !slices.IsSorted(keys) {
		g.t.Fatalf("out of order: %v", keys)
	}
	return keys
}

// TestTree adds and removes nodes at random: the tree stays a red-black tree of those that are in.
func TestTree(t *testing.T) {
	g := newTree(t)
	rapid.Check(t, func(t *rapid.T) {
		g.t, g.root = t, g.alloc(16)
		var in []uint64
		t.Repeat(map[string]func(*rapid.T){
			"add": func(t *rapid.T) { in = append(in, g.add(rapid.Uint64Range(0, 50).Draw(t, "key"))) },
			"remove": func(t *rapid.T) {
				if len(in) == 0 {
					t.Skip("empty")
				}
				i := rapid.IntRange(0, len(in)-1).Draw(t, "which")
				if got := g.native("rb_remove", g.root, in[i]); got != in[i] {
					t.Fatalf("removed %#x, not %#x", got, in[i])
				}
				if got := g.native("rb_remove", g.root, in[i]); got != 0 {
					t.Fatalf("removed %#x a second time", got)
				}
				in = slices.Delete(in, i, i+1)
			},
			"": func(t *rapid.T) {
				var want []uint64
				for _, n := range in {
					want = append(want, g.key(n))
				}
				slices.Sort(want)
				if got := g.check(); !slices.Equal(got, want) {
					t.Fatalf("%v are in, %v should be", got, want)
				}
				first := g.native("rb_first", g.root)
				if len(want) > 0 && g.key(first) != want[0] || len(want) == 0 && first != 0 {
					t.Fatalf("%#x is the first", first)
				}
			},
		})
	})
}

// TestTreeShape adds 0 to 7 in order: the shape is the kernel's, which programs can see.
func TestTreeShape(t *testing.T) {
	g := newTree(t)
	for i := range uint64(8) {
		g.add(i)
	}
	at := g.m.link(g.root)
	for _, want := range []uint64{3, 5, 6, 7} { // from the root to the right
		if g.key(at) != want {
			t.Fatalf("key %d, want %d", g.key(at), want)
		}
		at = g.m.link(at + treeRight)
	}
	if left := g.m.link(g.m.link(g.root) + treeLeft); g.key(left) != 1 || at != 0 {
		t.Errorf("key %d to the left, %#x behind the last", g.key(left), at)
	}
}
