package jit

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/testing/asm"
	"github.com/bpfverdict/bpfverdict/machine/jit/flow"
)

// pool is linear memory in a test.
type pool struct{ bytes []byte }

func (p *pool) Bytes() []byte { return p.bytes }

const (
	testMemory = 4 * PageSize
	stackTop   = 0xffff000000000000 | 2*PageSize // r10 of main
	dataAt     = 0xffff000000000000 | 3*PageSize
)

// note is a Host that remembers what it was asked.
type note struct {
	asked  []string
	helper func(insn int, r *[5]uint64, fp uint64) (uint64, error)
	ticks  int
}

func (n *note) Helper(insn int, r *[5]uint64, fp uint64) (uint64, error) {
	return n.helper(insn, r, fp)
}
func (n *note) Load(insn int, addr uint64) (uint64, error) {
	n.asked = append(n.asked, fmt.Sprintf("load %d %#x", insn, addr))
	return 0xfe, nil
}
func (n *note) Store(insn int, addr, value uint64) error {
	n.asked = append(n.asked, fmt.Sprintf("store %d %#x %#x", insn, addr, value))
	return nil
}
func (n *note) Packet(_ int, src uint64) (uint32, bool, error) { return uint32(src) + 1, src < 10, nil }
func (n *note) TailCall(_ int, r [3]uint64, _ uint64) (uint64, bool, error) {
	return r[2] * 2, r[2] < 10, nil
}
func (n *note) Tick() error            { n.ticks++; return nil }
func (n *note) Reached(insn int) error { return fmt.Errorf("reached %d", insn) }

func newEngine(t interface {
	Fatal(...any)
	Cleanup(func())
}) (*Engine, *pool) {
	p := &pool{make([]byte, testMemory)}
	e, err := New(p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e, p
}

// program is a program of nothing but plain instructions.
func program(insns []insn.Insn) *Program {
	p := &Program{Name: "test", Insns: insns, Funcs: []int{0}, Sites: make([]Site, len(insns))}
	for pc := range insns {
		in := &insns[pc]
		if in.IsLdImm64() {
			p.Sites[pc].Imm = uint64(uint32(in.Imm)) | uint64(uint32(insns[pc+1].Imm))<<32
		}
		if in.IsPseudoCall() {
			p.Funcs = append(p.Funcs, pc+1+int(in.Imm))
		}
	}
	return p
}

func assembled(t *testing.T, text string) *Program {
	t.Helper()
	insns, err := asm.Parse(text, asm.Names{})
	if err != nil {
		t.Fatal(err)
	}
	return program(insns)
}

func mustParse(text string) []insn.Insn {
	insns, err := asm.Parse(text, asm.Names{})
	if err != nil {
		panic(err)
	}
	return insns
}

// forms are the two ways to write control flow.
var forms = map[string]func(*flow.Graph, flow.Writer){"structured": flow.Write, "dispatched": flow.Dispatch}

// want runs a program in both forms and compares what it returns.
func want(t *testing.T, p *Program, host Host, result uint64) {
	t.Helper()
	for name, form := range forms {
		e, _ := newEngine(t)
		l, err := e.load(p, host, form)
		if err != nil {
			t.Fatal(err)
		}
		got, err := l.Run(1, dataAt, stackTop)
		if err != nil || got != result {
			t.Errorf("%s: %#x, %v, want %#x", name, got, err, result)
		}
	}
}

// Each text computes r0 from r1, r2; registers start as named.
func TestALU(t *testing.T) {
	const least, least32 = 1 << 63, 1 << 31
	tests := []struct {
		r1, r2 uint64
		text   string
		want   uint64
	}{
		{7, 3, "r1 += r2", 10},
		{1<<32 | 7, 1 << 32, "w1 += w2", 7},
		{3, 7, "r1 -= r2", ^uint64(3)},
		{3, 7, "w1 -= w2", 0xfffffffc},
		{1 << 40, 0, "r1 |= -2", ^uint64(1)},
		{1 << 40, 0, "w1 |= -2", 0xfffffffe},
		{1, 65, "r1 <<= r2", 2},
		{1, 33, "w1 <<= w2", 2},
		{least, 63, "r1 s>>= r2", ^uint64(0)},
		{least32, 31, "w1 s>>= w2", 0xffffffff},
		{1<<33 | least32, 31, "w1 >>= w2", 1},
		{0, 0, "r1 = -r1", 0},
		{1 << 32, 0, "w1 = -w1", 0},
		{5, 0, "w1 = -w1", 0xfffffffb},
		{7, 0, "r1 /= r2", 0},
		{7, 0, "r1 %= r2", 7},
		{1<<32 | 7, 1 << 32, "w1 /= w2", 0},
		{1<<32 | 7, 1 << 32, "w1 %= w2", 7},
		{^uint64(0), 16, "r1 /= r2", ^uint64(0) >> 4},
		{^uint64(0), 16, "w1 /= w2", 0xffffffff >> 4},
		{least, ^uint64(0), "r1 s/= r2", least},
		{least, ^uint64(0), "r1 s%= r2", 0},
		{least32, 0xffffffff, "w1 s/= w2", least32},
		{least32, 0xffffffff, "w1 s%= w2", 0},
		{least, 0, "r1 s/= -1", least},
		{least, 0, "r1 s%= -1", 0},
		{least32, 0, "w1 s/= -1", least32},
		{^uint64(6), 0, "r1 s/= 2", ^uint64(2)},
		{^uint64(6), 0, "r1 s%= 2", ^uint64(0)},
		{0xfffffff9, 0, "w1 s%= 2", 0xffffffff},
		{9, 0, "r1 s/= r2", 0},
		{9, 0, "r1 s%= r2", 9},
		{0, 0xff, "r1 = (s8)r2", ^uint64(0)},
		{0, 0x8000, "r1 = (s16)r2", ^uint64(0x7fff)},
		{0, least32, "r1 = (s32)r2", ^uint64(0x7fffffff)},
		{0, 0x80, "w1 = (s8)w2", 0xffffff80},
		{0, 0x8000, "w1 = (s16)w2", 0xffff8000},
		{0, 1<<40 | 5, "w1 = w2", 5},
		{0, 0, "w1 = -1", 0xffffffff},
		{0, 0, "r1 = -1", ^uint64(0)},
		{0x1122334455667788, 0, "r1 = be16 r1", 0x8877},
		{0x1122334455667788, 0, "r1 = be32 r1", 0x88776655},
		{0x1122334455667788, 0, "r1 = be64 r1", 0x8877665544332211},
		{0x1122334455667788, 0, "r1 = bswap16 r1", 0x8877},
		{0x1122334455667788, 0, "r1 = bswap32 r1", 0x88776655},
		{0x1122334455667788, 0, "r1 = bswap64 r1", 0x8877665544332211},
		{0x1122334455667788, 0, "r1 = le16 r1", 0x7788},
		{0x1122334455667788, 0, "r1 = le32 r1", 0x55667788},
		{0x1122334455667788, 0, "r1 = le64 r1", 0x1122334455667788},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			p := assembled(t, fmt.Sprintf("r1 = %d ll\nr2 = %d ll\n%s\nr0 = r1\nexit", int64(tt.r1), int64(tt.r2), tt.text))
			want(t, p, &note{}, tt.want)
		})
	}
}

func TestJumps(t *testing.T) {
	const minus1 = ^uint64(0)
	tests := []struct {
		r1, r2 uint64
		cond   string
		taken  uint64
	}{
		{minus1, 1, "r1 > r2", 1},
		{minus1, 1, "r1 s> r2", 0},
		{minus1, 1, "r1 s< 1", 1},
		{1 << 32, 0, "w1 == 0", 1},
		{1 << 32, 0, "r1 == 0", 0},
		{0xffffffff, 0, "w1 s< 0", 1},
		{0xffffffff, 0, "r1 s< 0", 0},
		{minus1, 0, "r1 == -1", 1},
		{0xffffffff, 0, "r1 == -1", 0},
		{0xffffffff, 0, "w1 == -1", 1},
		{1 << 40, 0, "r1 & -2", 1},
		{1 << 40, 0, "w1 & -2", 0},
		{5, 5, "r1 <= r2", 1},
		{5, 5, "r1 s>= r2", 1},
		{5, 5, "r1 != r2", 0},
	}
	for _, tt := range tests {
		t.Run(tt.cond, func(t *testing.T) {
			for _, over := range []string{"r0 = 0", "r0 = 0\nr3 = 0\nr4 = 0\nr5 = 0"} { // a choice, and a branch
				p := assembled(t, fmt.Sprintf("r1 = %d ll\nr2 = %d ll\nr0 = 1\nif %s goto end\n%s\nend: exit", int64(tt.r1), int64(tt.r2), tt.cond, over))
				want(t, p, &note{}, tt.taken)
			}
		})
	}
}

func TestMemory(t *testing.T) {
	tests := []struct {
		name, text string
		want       uint64
	}{
		{"sizes", `
			*(u64 *)(r10 -8) = -2
			*(u8 *)(r10 -8) = 1
			*(u16 *)(r10 -6) = 2
			*(u32 *)(r10 -4) = 3
			r0 = *(u64 *)(r10 -8)
			exit`, 0x30002ff01},
		{"sign", `
			*(u64 *)(r10 -8) = -128
			r0 = *(s8 *)(r10 -8)
			exit`, ^uint64(127)},
		{"through a register", `
			r2 = r10
			r2 += -600
			*(u32 *)(r2 +592) = 7
			r0 = *(u32 *)(r10 -8)
			exit`, 7},
		{"context", `
			*(u64 *)(r1 +8) = 3
			r1 += 16
			r0 = *(u64 *)(r1 -8)
			exit`, 3},
		{"add", `
			*(u64 *)(r10 -8) = 5
			r1 = 7
			lock *(u64 *)(r10 -8) += r1
			r0 = *(u64 *)(r10 -8)
			exit`, 12},
		{"fetch and", `
			*(u64 *)(r10 -8) = -1
			r1 = 6
			r1 = atomic64_fetch_and((u64 *)(r10 -8), r1)
			r0 = *(u64 *)(r10 -8)
			r0 += r1
			exit`, 5},
		{"narrow fetch or", `
			*(u64 *)(r10 -8) = -1
			r1 = -1
			r1 = atomic_fetch_or((u32 *)(r10 -8), r1)
			r0 = r1
			exit`, 0xffffffff},
		{"exchange", `
			*(u64 *)(r10 -8) = 5
			r1 = 7
			r1 = atomic64_xchg((u64 *)(r10 -8), r1)
			r0 = *(u64 *)(r10 -8)
			r0 *= r1
			exit`, 35},
		{"compare and exchange", `
			*(u64 *)(r10 -8) = 5
			r0 = 0x100000005 ll
			r1 = 7
			r0 = atomic_cmpxchg((u32 *)(r10 -8), r0, r1)
			r1 = *(u64 *)(r10 -8)
			r0 += r1
			exit`, 12},
		{"compare and exchange, other value", `
			*(u64 *)(r10 -8) = 5
			r0 = 0x100000005 ll
			r1 = 7
			r0 = atomic64_cmpxchg((u64 *)(r10 -8), r0, r1)
			r1 = *(u64 *)(r10 -8)
			r0 += r1
			exit`, 10},
		{"acquire and release", `
			r1 = 0x1ff
			store_release((u8 *)(r10 -8), r1)
			r0 = load_acquire((u8 *)(r10 -8))
			exit`, 0xff},
		{"frames", `
			*(u64 *)(r10 -8) = 1
			call callee
			r1 = *(u64 *)(r10 -8)
			r0 += r1
			exit
			callee: *(u64 *)(r10 -8) = 40
			r0 = *(u64 *)(r10 -8)
			exit`, 41},
		{"registers kept by a call", `
			r6 = 3
			r1 = 5
			call callee
			r0 += r6
			exit
			callee: r6 = r1
			r0 = r6
			exit`, 8},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { want(t, assembled(t, tt.text), &note{}, tt.want) })
	}
}

// may_goto lets as many rounds of a function pass as Linux does, BPF_MAX_LOOPS. Loops in loops ask the host now and then.
func TestMayGoto(t *testing.T) {
	plain := assembled(t, `
		r0 = 0
		again: may_goto end
		r0 += 1
		goto again
		end: exit`)
	want(t, plain, &note{}, 8<<20)
	nested := assembled(t, `
		r0 = 0
		outer: r1 = 0
		again: may_goto end
		r0 += 1
		r1 += 1
		if r1 < 10 goto again
		goto outer
		end: exit`)
	host := &note{}
	want(t, nested, host, 8<<20)
	if host.ticks < 2*mayGotoMax/mayGotoBatch {
		t.Errorf("%d ticks", host.ticks)
	}
}

func TestLoopsAskTheHost(t *testing.T) {
	nested := assembled(t, `
		r0 = 0
		outer: r1 = 0
		again: r1 += 1
		r0 += 1
		if r1 != 1000 goto again
		if r0 != 1000000 goto outer
		exit`)
	host := &note{}
	want(t, nested, host, 1000000)
	if host.ticks < 2*1000000/roundBatch {
		t.Errorf("loops in loops: %d ticks", host.ticks)
	}
	called := assembled(t, `
		r0 = 0
		r6 = 0
		outer: call callee
		r6 += 1
		if r6 != 1000 goto outer
		exit
		callee: r0 = 0
		again: r0 += 1
		if r0 != 7 goto again
		exit`)
	host = &note{}
	want(t, called, host, 7)
	if host.ticks < 2*(1000/entryBatch) {
		t.Errorf("calls of a function with a loop: %d ticks", host.ticks)
	}
}

// A loop with two entries has no structured form.
func TestIrreducible(t *testing.T) {
	p := assembled(t, `
		r0 = 0
		if r0 == 1 goto inside
		again: r0 += 10
		inside: r0 += 1
		if r0 < 100 goto again
		exit`)
	if _, g, err := p.blocks(0, len(p.Insns)); err != nil || flow.Structure(g, &function{}) {
		t.Fatalf("not irreducible, %v", err)
	}
	want(t, p, &note{}, 110)
}

func TestHost(t *testing.T) {
	p := assembled(t, `
		r6 = r1
		r0 = *(s8 *)(r6 +4)
		*(u32 *)(r6 +8) = 7
		r1 = 3
		r0 = *(u8 *)skb[r1 + 0]
		r0 = *(u64 *)(r6 +16)
		call 5
		r7 = r0
		r1 = 11
		r0 = *(u8 *)skb[r1 + 0]
		r0 = 1
		exit`)
	p.Sites[1].Access, p.Sites[2].Access = Hosted, Hosted
	p.Sites[5] = Site{Access: Slotted, Slot: uint32(dataAt&0xffffffff) + 64}
	e, mem := newEngine(t)
	binary.LittleEndian.PutUint64(mem.bytes[3*PageSize+64:], 1<<40)
	host := &note{}
	l, err := e.Load(p, host)
	if err != nil {
		t.Fatal(err)
	}
	host.helper = func(insn int, r *[5]uint64, fp uint64) (uint64, error) {
		host.asked = append(host.asked, fmt.Sprintf("helper %d %d %#x", insn, r[0], fp))
		// Memory that grows, and moves, in the middle of a run.
		mem.bytes = append(append([]byte(nil), mem.bytes...), make([]byte, PageSize)...)
		return 0, nil
	}
	got, err := l.Run(1, dataAt, stackTop)
	if err != nil || got != 0 {
		t.Errorf("%d, %v: a packet that ends before makes the program return 0", got, err)
	}
	want := "[load 1 0xffff000000030004 store 2 0xffff000000030008 0x7 helper 6 3 0xffff000000020000]"
	if fmt.Sprint(host.asked) != want {
		t.Errorf("asked %v\nwant  %v", host.asked, want)
	}
}

func TestCallBack(t *testing.T) {
	p := assembled(t, `
		r1 = 5
		call 181
		exit
		r0 = r1
		r0 *= 2
		*(u64 *)(r10 -8) = r2
		exit`)
	p.Funcs = append(p.Funcs, 3)
	e, _ := newEngine(t)
	var l *Loaded
	host := &note{helper: func(_ int, r *[5]uint64, fp uint64) (uint64, error) {
		return l.Call(3, [5]uint64{r[0] + 1}, fp-FrameStride)
	}}
	l, err := e.Load(p, host)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := l.Run(3, dataAt, stackTop); err != nil || got != 12 {
		t.Errorf("%d, %v", got, err)
	}
	var missing *MissingError
	if _, err := l.Call(4, [5]uint64{}, stackTop); !errors.As(err, &missing) || missing.Insn != 4 {
		t.Errorf("calling what is no function: %v", err)
	}
}

func TestFaults(t *testing.T) {
	stop := errors.New("stop")
	t.Run("host", func(t *testing.T) {
		e, _ := newEngine(t)
		l, err := e.Load(assembled(t, "call 5\nexit"), &note{helper: func(int, *[5]uint64, uint64) (uint64, error) { return 0, stop }})
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if _, err := l.Run(1, 0, stackTop); !errors.Is(err, stop) {
				t.Errorf("%v", err)
			}
		}
	})
	t.Run("dead", func(t *testing.T) {
		p := assembled(t, "if r1 == 0 goto dead\nr0 = 0\nexit\ndead: r0 = 1\nexit")
		p.Sites[3].Dead, p.Sites[4].Dead = true, true
		e, _ := newEngine(t)
		l, err := e.Load(p, &note{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := l.Run(1, 1, stackTop); err != nil {
			t.Error(err)
		}
		if _, err := l.Run(1, 0, stackTop); err == nil || err.Error() != "reached 3" {
			t.Errorf("%v", err)
		}
	})
	t.Run("trap", func(t *testing.T) {
		e, _ := newEngine(t)
		l, err := e.Load(assembled(t, "r0 = *(u8 *)(r1 +0)\nexit"), &note{})
		if err != nil {
			t.Fatal(err)
		}
		var trap *TrapError
		_, err = l.Run(1, 0xffffff00, stackTop)
		if !errors.As(err, &trap) || err.Error() != "compiled code was stopped: out of bounds memory access" {
			t.Errorf("%v", err)
		}
	})
	t.Run("no end", func(t *testing.T) {
		e, _ := newEngine(t)
		for text, want := range map[string]string{
			"r0 = 0":    "the last of its function and does not end it",
			"goto pc+5": "jumps out of its function",
			"r1 = *(u8 *)(r1 +0)\n.raw ef 01 00 00 00 00 00 00\nexit": "no such instruction",
		} {
			if _, err := e.Load(assembled(t, text), &note{}); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%q: %v, want %q", text, err, want)
			}
		}
	})
}

var anyALU = []uint8{
	insn.ADD, insn.SUB, insn.MUL, insn.DIV, insn.OR, insn.AND, insn.LSH, insn.RSH, insn.NEG, insn.MOD, insn.XOR,
	insn.MOV, insn.ARSH,
}

// anyProgram is random arithmetic with random jumps. Jumps back count r9 down.
func anyProgram(t *rapid.T) []insn.Insn {
	const inits, unit = 10, 2 // instructions
	n := rapid.IntRange(1, 20).Draw(t, "units")
	reg := rapid.Uint8Range(0, 8)
	var insns []insn.Insn
	for r := range uint8(inits - 1) {
		insns = append(insns, insn.Insn{Code: insn.ALU64 | insn.MOV | insn.K, Dst: r, Imm: rapid.Int32().Draw(t, "init")})
	}
	insns = append(insns, insn.Insn{Code: insn.ALU64 | insn.MOV | insn.K, Dst: insn.R9, Imm: 30})
	for at := range n {
		in := insn.Insn{Dst: reg.Draw(t, "dst"), Src: reg.Draw(t, "src"), Imm: rapid.Int32Range(-9, 9).Draw(t, "imm")}
		source := rapid.SampledFrom([]uint8{insn.K, insn.X}).Draw(t, "source")
		wide := rapid.Bool().Draw(t, "wide")
		first := insn.Insn{Code: insn.ALU64 | insn.SUB | insn.K, Dst: insn.R9, Imm: 1}
		if rapid.Bool().Draw(t, "jumps") {
			to := rapid.IntRange(0, n).Draw(t, "target")
			in.Code = insn.JMP32 | source | rapid.SampledFrom([]uint8{insn.JEQ, insn.JGT, insn.JSET, insn.JSLE, insn.JNE}).Draw(t, "compare")
			if wide {
				in.Code -= insn.JMP32 - insn.JMP
			}
			if to <= at {
				in = insn.Insn{Code: insn.JMP | insn.JSGT | insn.K, Dst: insn.R9}
			}
			in.Off = int16((to - at - 1) * unit)
		} else {
			in.Code = insn.ALU | source | rapid.SampledFrom(anyALU).Draw(t, "operation")
			if wide {
				in.Code += insn.ALU64 - insn.ALU
			}
			if op := in.Op(); op == insn.DIV || op == insn.MOD {
				in.Off = int16(rapid.IntRange(0, 1).Draw(t, "signed"))
			}
		}
		insns = append(insns, first, in)
	}
	for r := uint8(1); r < 9; r++ {
		insns = append(insns, insn.Insn{Code: insn.ALU64 | insn.XOR | insn.X, Dst: insn.R0, Src: r})
	}
	return append(insns, insn.Insn{Code: insn.JMP | insn.EXIT})
}

// Both forms of control flow compute the same.
func TestFormsAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := program(anyProgram(t))
		results := map[uint64]bool{}
		for name, form := range forms {
			e, err := New(&pool{make([]byte, testMemory)})
			if err != nil {
				t.Fatal(err)
			}
			l, err := e.load(p, &note{}, form)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			got, err := l.Run(1, dataAt, stackTop)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			results[got] = true
			if err := e.Close(); err != nil {
				t.Fatal(err)
			}
		}
		if len(results) != 1 {
			t.Fatalf("the forms disagree: %v", results)
		}
	})
}
