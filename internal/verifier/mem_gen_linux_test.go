package verifier_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// memGen writes programs that touch memory in many ways, most of them slightly wrong.
type memGen struct {
	*rand.Rand
	b strings.Builder
}

func (g *memGen) pick(list ...string) string { return list[g.IntN(len(list))] }
func (g *memGen) reg() string                { return fmt.Sprintf("r%d", g.IntN(10)) }
func (g *memGen) size() int                  { return 8 << g.IntN(4) }
func (g *memGen) put(format string, a ...any) {
	fmt.Fprintf(&g.b, format+"\n", a...)
}

// off is an offset near n bytes, mostly a multiple of the size in bits.
func (g *memGen) off(n, size int) int {
	o := g.IntN(n+12) - 4
	if g.IntN(8) != 0 {
		o -= o % (size / 8)
	}
	return o
}

func (g *memGen) stackOff(size int) int { return -8 - g.IntN(5)*8 + g.off(8, size) }

// memTarget is a kind of program, with the bytes of its context and of the objects it leads to.
type memTarget struct {
	at       string
	ctx, obj int
}

// memTargets are the kinds of programs generated.
var memTargets = []memTarget{
	{"", 192, 0}, {"xdp", 24, 16}, {"cgroup_skb", 192, 80}, {"tp_btf:sched_switch", 32, 2000}, {"tp_btf:sched_process_exec", 24, 2000},
	{"iter:bpf_iter_task", 16, 400}, {"iter:bpf_iter_bpf_map_elem", 32, 24}, {"iter:bpf_iter_task_file", 32, 300}, {"tp_btf:kfree_skb", 40, 250},
}

// scalar is a register that most often holds a number.
func (g *memGen) scalar() string {
	if g.IntN(20) == 0 {
		return g.reg()
	}
	return g.pick("r3", "r4", "r5", "r9")
}

// scratch restores what a call loses.
func (g *memGen) scratch() { g.put("r0 = 7\nr1 = 1\nr2 = 2\nr3 = 3\nr4 = 4\nr5 = 5") }

func (g *memGen) program(at string, ctx, obj int) string {
	g.b.Reset()
	g.put("r6 = r1\nr8 = r10\nr9 = 1")
	g.lookup()
	for n := 2 + g.IntN(12); n > 0; n-- {
		g.statement(at, ctx, obj)
	}
	g.put("out: r0 = 0\nexit")
	return strings.TrimSpace(g.b.String())
}

func (g *memGen) lookup() {
	g.put("*(u32 *)(r10 -4) = 0\nr2 = r10\nr2 += -4\nr1 = map[%d] ll\ncall 1\nif r0 == 0 goto out\nr7 = r0", g.IntN(4))
	g.scratch()
}

func (g *memGen) statement(at string, ctx, obj int) {
	size := g.size()
	tracing := strings.Contains(at, ":")
	switch g.IntN(20) {
	case 0, 1:
		g.put("*(u%d *)(r10 %+d) = %s", size, g.stackOff(size), g.scalar())
	case 2:
		g.put("*(u%d *)(r10 %+d) = %d", size, g.stackOff(size), g.IntN(3)-1)
	case 3, 4:
		g.put("%s = *(u%d *)(r10 %+d)", g.scalar(), size, g.stackOff(size))
	case 5:
		if !tracing {
			g.put("%s = *(u%d *)(r6 %+d)", g.scalar(), size, g.off(ctx, size))
			return
		}
		g.put("%s = *(u64 *)(r6 %+d)", g.scalar(), g.IntN(ctx/8)*8)
	case 6:
		r := g.pick("r2", "r0")
		g.put("%s = *(u64 *)(r6 %+d)", r, g.IntN(ctx/8)*8)
		for n := g.IntN(3); n >= 0; n-- {
			g.put("if %s == 0 goto out", r)
			g.put("%s = *(u64 *)(%s %+d)", r, r, g.off(obj+1, 64))
		}
		g.put("%s = %s", g.pick("r2", "r3"), r)
	case 7:
		r := g.scalar()
		g.put("%s &= %d\nr8 = r10\nr8 += %s", r, (1<<g.IntN(5)-1)*g.pickInt(1, 8), r)
	case 8:
		g.put("%s = *(u%d *)(r8 %+d)", g.scalar(), size, g.stackOff(size))
	case 9:
		g.put("*(u%d *)(r8 %+d) = %s", size, g.stackOff(size), g.pick("0", "1", g.scalar()))
	case 10:
		g.lookup()
	case 11:
		g.put("%s = *(u%d *)(r7 %+d)", g.scalar(), size, g.off(8, size))
	case 12:
		g.put("*(u%d *)(r7 %+d) = %s", size, g.off(8, size), g.scalar())
	case 13:
		g.put("lock *(u%s *)(%s %+d) %s= %s", g.pick("32", "64"), g.pick("r10", "r7", "r8"), g.pick8(), g.pick("+", "&", "|"), g.scalar())
	case 14:
		g.put("r5 = atomic64_%s((u64 *)(%s %+d), r5)", g.pick("fetch_add", "xchg", "fetch_or"), g.pick("r10", "r7", "r8"), g.pick8())
	case 15:
		r := g.scalar()
		g.put("%s &= %d\nr7 += %s", r, 1<<g.IntN(4)-1, r)
	case 16:
		g.put("call 5\nr9 = r0")
		g.scratch()
		g.put("if r9 s> %d goto out", g.IntN(16))
	case 17:
		g.put("*(u64 *)(r10 %+d) = %s", g.stackOff(64), g.pick("r6", "r7", "r8", "r9"))
	case 18:
		// A helper that fills memory, one that reads it.
		r := g.scalar()
		g.put("r2 = %s\nr1 = %s\nr1 += %d", r, g.pick("r10", "r8", "r7"), g.stackOff(8))
		if g.IntN(2) == 0 {
			g.put("r2 = %d", g.IntN(20))
		}
		if tracing {
			g.put("call 16")
		} else {
			g.put("r3 = 0\nr4 = 0\nr5 = 0\ncall 28")
		}
		g.scratch()
	case 19:
		if at == "xdp" {
			g.put("r2 = *(u32 *)(r6 +0)\nr3 = *(u32 *)(r6 +4)\nr4 = r2\nr4 += %d\nif r4 > r3 goto out", g.IntN(24))
			g.put("%s = *(u%d *)(r2 %+d)\n*(u%d *)(r2 %+d) = r5", g.pick("r4", "r9"), size, g.IntN(20), size, g.IntN(16))
			g.put("r2 = 2\nr3 = 3\nr4 = 4")
		}
	}
}

func (g *memGen) pickInt(list ...int) int { return list[g.IntN(len(list))] }

func (g *memGen) pick8() int { return -8 * g.IntN(4) }
