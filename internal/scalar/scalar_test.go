package scalar

import (
	"fmt"
	"math"
	"math/bits"
	"testing"

	"pgregory.net/rapid"

	"github.com/bpfverdict/bpfverdict/internal/insn"
)

// interesting draws numbers near the edges where ranges wrap.
var interesting = rapid.Custom(func(t *rapid.T) uint64 {
	edge := rapid.SampledFrom([]uint64{
		0, 1 << 7, 1 << 8, 1 << 15, 1 << 16, math.MaxInt32, math.MaxUint32,
		math.MaxInt64, math.MaxUint64, 0xffffffff80000000,
	}).Draw(t, "edge")
	if rapid.Bool().Draw(t, "any") {
		return rapid.Uint64().Draw(t, "val")
	}
	return edge + uint64(rapid.Int64Range(-40, 40).Draw(t, "delta"))
})

// member is a set and one of its values.
type member struct {
	s Scalar
	v uint64
}

// bothRules are those of which all properties hold.
var bothRules = []Rules{{}, {Circular: true}}

// members draws sets as a program makes them: a start narrowed by conditions that hold.
func members(r Rules) *rapid.Generator[member] {
	return rapid.Custom(func(t *rapid.T) member { return drawMember(t, r) })
}

func drawMember(t *rapid.T, r Rules) member {
	m := member{Unknown(), interesting.Draw(t, "v")}
	for range rapid.IntRange(0, 4).Draw(t, "steps") {
		switch rapid.IntRange(0, 3).Draw(t, "kind") {
		case 0:
			mask := interesting.Draw(t, "mask")
			c := Const(mask)
			r.ALU(&m.s, insn.AND, false, &c)
			m.v &= mask
		case 1:
			m.s.Var = m.s.Var.Intersect(Tnum{m.v &^ math.MaxUint16, math.MaxUint16})
			r.Sync(&m.s)
		default:
			c := Const(interesting.Draw(t, "bound"))
			op := rapid.SampledFrom(conditions).Draw(t, "cond")
			is32 := rapid.Bool().Draw(t, "is32")
			if !holds(op, is32, m.v, c.Umin) {
				op = Opposite(op)
			}
			r.refine(&m.s, &c, op, is32)
		}
	}
	return m
}

var conditions = []uint8{
	insn.JEQ, insn.JNE, insn.JSET, insn.JGT, insn.JGE, insn.JLT, insn.JLE,
	insn.JSGT, insn.JSGE, insn.JSLT, insn.JSLE,
}

// holds runs a condition.
func holds(op uint8, is32 bool, a, b uint64) bool {
	sa, sb := int64(a), int64(b)
	if is32 {
		a, b = a&math.MaxUint32, b&math.MaxUint32
		sa, sb = int64(int32(a)), int64(int32(b))
	}
	switch op {
	case insn.JEQ:
		return a == b
	case insn.JNE:
		return a != b
	case insn.JSET:
		return a&b != 0
	case NotJSET:
		return a&b == 0
	case insn.JGT:
		return a > b
	case insn.JGE:
		return a >= b
	case insn.JLT:
		return a < b
	case insn.JLE:
		return a <= b
	case insn.JSGT:
		return sa > sb
	case insn.JSGE:
		return sa >= sb
	case insn.JSLT:
		return sa < sb
	}
	return sa <= sb
}

var operations = []uint8{
	insn.ADD, insn.SUB, insn.MUL, insn.AND, insn.OR, insn.XOR, insn.LSH, insn.RSH, insn.ARSH, insn.NEG,
}

// compute runs an operation.
func compute(op uint8, is32 bool, a, b uint64) uint64 {
	if is32 {
		a, b = a&math.MaxUint32, b&math.MaxUint32
	}
	var r uint64
	switch op {
	case insn.ADD:
		r = a + b
	case insn.SUB:
		r = a - b
	case insn.MUL:
		r = a * b
	case insn.AND:
		r = a & b
	case insn.OR:
		r = a | b
	case insn.XOR:
		r = a ^ b
	case insn.LSH:
		r = a << b
	case insn.RSH:
		r = a >> b
	case insn.NEG:
		r = -a
	case insn.ARSH:
		if is32 {
			a = uint64(int32(a))
		}
		r = uint64(int64(a) >> b)
	}
	if is32 {
		r &= math.MaxUint32
	}
	return r
}

func check(t interface{ Fatalf(string, ...any) }, what string, s *Scalar, v uint64) {
	if s.Var.Value&s.Var.Mask != 0 {
		t.Fatalf("%s: ill-formed tnum %v", what, s.Var)
	}
	if why := s.Violation(); why != "" {
		t.Fatalf("%s: %s: %+v", what, why, *s)
	}
	if !s.Contains(v) {
		t.Fatalf("%s: %#x is not in %+v", what, v, *s)
	}
}

func checkRules(t *testing.T, prop func(*rapid.T, Rules)) {
	for _, r := range bothRules {
		t.Run(fmt.Sprintf("circular=%v", r.Circular), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) { prop(t, r) })
		})
	}
}

func TestMembersAreSound(t *testing.T) {
	checkRules(t, func(t *rapid.T, r Rules) {
		m := members(r).Draw(t, "m")
		check(t, "refined", &m.s, m.v)
	})
}

func TestALU(t *testing.T) {
	checkRules(t, func(t *rapid.T, r Rules) {
		a, b := members(r).Draw(t, "a"), members(r).Draw(t, "b")
		op := rapid.SampledFrom(operations).Draw(t, "op")
		is32 := rapid.Bool().Draw(t, "is32")
		if op == insn.LSH || op == insn.RSH || op == insn.ARSH {
			b.v = rapid.Uint64Range(0, 63).Draw(t, "shift")
			b.s = Const(b.v)
		}
		if !Computable(op, is32, &b.s) {
			return
		}
		r.ALU(&a.s, op, is32, &b.s)
		check(t, "result", &a.s, compute(op, is32, a.v, b.v))
	})
}

func TestExtensions(t *testing.T) {
	checkRules(t, func(t *rapid.T, r Rules) {
		m := members(r).Draw(t, "m")
		size := rapid.SampledFrom([]int{1, 2, 4}).Draw(t, "size")

		s := m.s
		r.Truncate(&s, size)
		check(t, "truncate", &s, m.v&(1<<(size*8)-1))

		s = m.s
		s.SignExtend(size)
		check(t, "sign extend", &s, uint64(signExtend(int64(m.v), size)))

		s = m.s
		s.ZeroExtend32()
		r.Sync(&s)
		check(t, "zero extend", &s, m.v&math.MaxUint32)

		if size < 4 {
			s = m.s
			s.SignExtend32(size)
			s.ZeroExtend32()
			r.Sync(&s)
			check(t, "sign extend 32", &s, uint64(uint32(signExtend(int64(m.v), size))))
		}
		for _, width := range []int{16, 32, 64} {
			s = m.s
			r.Bswap(&s, width)
			check(t, "bswap", &s, bits.ReverseBytes64(m.v)>>(64-width))
		}
	})
}

func TestBranches(t *testing.T) {
	checkRules(t, func(t *rapid.T, r Rules) {
		a, b := members(r).Draw(t, "a"), members(r).Draw(t, "b")
		op := rapid.SampledFrom(conditions).Draw(t, "op")
		is32 := rapid.Bool().Draw(t, "is32")
		yes := holds(op, is32, a.v, b.v)
		switch d := Decide(&a.s, &b.s, op, is32); d {
		case Either:
		case decide(yes):
		default:
			t.Fatalf("decided %d of %+v op %#x %+v", d, a, op, b)
		}
		if d := r.Simulate(&a.s, &b.s, op, is32); d != Either && d != decide(yes) {
			t.Fatalf("by its ways decided %d of %+v op %#x %+v", d, a, op, b)
		}
		if d := DecideSame(&a.s, op, is32); d != Either && d != decide(holds(op, is32, a.v, a.v)) {
			t.Fatalf("decided %d of %+v op %#x itself", d, a, op)
		}
		if !yes {
			op = Opposite(op)
		}
		r.refine(&a.s, &b.s, op, is32)
		check(t, "left", &a.s, a.v)
		check(t, "right", &b.s, b.v)
	})
}

// Sync need not be idempotent, nor narrow every range: a 64-bit range may be replaced
// by the 32-bit one. It must keep the members, however often it is applied.
func TestSyncKeepsMembers(t *testing.T) {
	checkRules(t, func(t *rapid.T, r Rules) {
		m := members(r).Draw(t, "m")
		c := Const(interesting.Draw(t, "bound"))
		if m.v > c.Umin {
			m.s.Umin = max(m.s.Umin, c.Umin)
		} else {
			m.s.Umax = min(m.s.Umax, c.Umin)
		}
		for range 3 {
			r.Sync(&m.s)
			check(t, "synced", &m.s, m.v)
		}
	})
}

func TestFlipAndOpposite(t *testing.T) {
	for _, op := range conditions {
		if Opposite(Opposite(op)) != op || Flip(Flip(op)) != op {
			t.Errorf("op %#x", op)
		}
		for _, p := range [][2]uint64{{1, 2}, {2, 1}, {2, 2}, {1, math.MaxUint64}, {math.MaxUint64, 1}} {
			if holds(op, false, p[0], p[1]) != holds(Flip(op), false, p[1], p[0]) ||
				holds(op, false, p[0], p[1]) == holds(Opposite(op), false, p[0], p[1]) {
				t.Errorf("op %#x of %v", op, p)
			}
		}
	}
}

// A register compared with itself is refined as the kernel does, though no value is below itself.
func TestRefineSame(t *testing.T) {
	s, mask := Unknown(), Const(0xff)
	Rules{}.ALU(&s, insn.AND, false, &mask)
	Refine(&s, &s, insn.JLT, false)
	s.Sync()
	if s.Umin != 1 || s.Umax != 254 || s.S32Min != 1 || s.Var.Mask != 0xff {
		t.Errorf("%+v", s)
	}
}

// What is computed of single values alone is what the rules for sets give of them.
func TestConstants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		val := rapid.OneOf(rapid.Uint64(), rapid.SampledFrom([]uint64{0, 1, 31, 63, 1 << 31, 1<<32 - 1, 1 << 32, 1 << 63, 1<<64 - 1}))
		a, b := val.Draw(t, "a"), val.Draw(t, "b")
		for _, op := range operations {
			for _, is32 := range []bool{false, true} {
				s, o := Const(a), Const(b)
				if !Computable(op, is32, &o) {
					continue
				}
				circular := s
				s.alu(Rules{}, op, is32, &o)
				circular.circularALU(op, is32, &o)
				if want := Const(constant(op, is32, a, b)); s != want || circular != want {
					t.Fatalf("%#x %#x %#x, 32 bits %v: the rules give %+v, and %+v, %+v is computed", a, op, b, is32, s, circular, want)
				}
			}
		}
	})
}

// What Sync takes for settled it would not change.
func TestSettled(t *testing.T) {
	for bits := range 65 {
		m := uint64(1)<<bits - 1
		s := Unknown()
		s.Var = Tnum{Mask: m}
		s.sync(Rules{})
		if !s.settled() {
			t.Errorf("%d unknown bits are not settled: %+v", bits, s)
		}
		again := s
		if again.sync(Rules{}); again != s {
			t.Errorf("%d unknown bits: %+v, then %+v", bits, s, again)
		}
		c := s.circles()
		c.sync()
		if again.setCircles(c); again != s {
			t.Errorf("%d unknown bits: %+v, then %+v as arcs", bits, s, again)
		}
		for _, other := range []func(*Scalar){
			func(s *Scalar) { s.Umax-- }, func(s *Scalar) { s.Umin++ }, func(s *Scalar) { s.Smin++ }, func(s *Scalar) { s.Smax-- },
			func(s *Scalar) { s.U32Max-- }, func(s *Scalar) { s.U32Min++ }, func(s *Scalar) { s.S32Min++ }, func(s *Scalar) { s.S32Max-- },
		} {
			o := s
			if other(&o); o.settled() {
				t.Errorf("%d unknown bits, and less is known: %+v", bits, o)
			}
		}
	}
}

func FuzzPrograms(f *testing.F) {
	f.Add([]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
	f.Fuzz(func(t *testing.T, code []byte) {
		var r Rules
		s, v := Unknown(), uint64(0x123456789abcdef0)
		if len(code)%2 == 1 {
			r.Circular = true
		}
		for ; len(code) >= 3; code = code[3:] {
			is32 := code[0]&1 != 0
			val := uint64(int64(int8(code[1]))) << (code[2] & 63)
			c := Const(val)
			if code[0]&2 != 0 {
				op := operations[int(code[0]>>2)%len(operations)]
				if Computable(op, is32, &c) {
					r.ALU(&s, op, is32, &c)
					v = compute(op, is32, v, val)
				}
			} else {
				op := conditions[int(code[0]>>2)%len(conditions)]
				if !holds(op, is32, v, val) {
					op = Opposite(op)
				}
				r.refine(&s, &c, op, is32)
			}
			check(t, "step", &s, v)
		}
	})
}

func BenchmarkAdd(b *testing.B) {
	for _, r := range bothRules {
		s, c := Unknown(), Const(8)
		r.refine(&s, &c, insn.JLT, false)
		b.Run(fmt.Sprintf("circular=%v", r.Circular), func(b *testing.B) {
			for b.Loop() {
				n := s
				r.ALU(&n, insn.ADD, false, &c)
			}
		})
	}
}

func BenchmarkRefine(b *testing.B) {
	s, c := Unknown(), Const(100)
	for _, r := range bothRules {
		b.Run(fmt.Sprintf("circular=%v", r.Circular), func(b *testing.B) {
			for b.Loop() {
				n, k := s, c
				r.refine(&n, &k, insn.JLE, false)
			}
		})
	}
}
