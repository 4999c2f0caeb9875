package jit

import (
	"fmt"
	"slices"
	"testing"
)

// TestEither: a jump that decides which of two functions that read is called is no branch, and the right one's result counts.
func TestEither(t *testing.T) {
	const text = `
		r6 = %d
		r7 = 2
		r1 = 40
		r3 = 0
		if r6 >= r7 goto high
		r2 = r1
		call 1
		if r0 != 0 goto out
		goto none
		high: r2 = r1
		call 2
		if r0 != 0 goto out
		none: r0 = 77
		out: exit`
	calls := []int{6, 10}
	reading := func(text string) Native {
		return Native{Func: assembled(t, text), Args: 2, Callback: none, Reads: true}
	}
	low, high := reading("r0 = r2\nr0 += 1\nexit"), reading("r0 = r2\nr0 -= 40\nexit")
	writing := high
	writing.Reads = false
	for _, c := range []struct {
		name   string
		value  int
		high   Native
		either bool
		result uint64
	}{
		{"not jumped", 1, high, true, 41},
		{"jumped", 2, high, true, 77},
		{"the other writes", 1, writing, false, 41},
		{"the other writes, jumped", 2, writing, false, 77},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := assembled(t, fmt.Sprintf(text, c.value))
			p.Sites[calls[0]].Call, p.Sites[calls[1]].Call = low, c.high
			if got := eitherIn(t, p); got != c.either {
				t.Errorf("one of both: %v", got)
			}
			want(t, p, &note{}, c.result)
		})
	}
	for name, change := range map[string]func(*Program){
		"other arguments": func(p *Program) { p.Insns[9].Src = 3 },
		"another jump":    func(p *Program) { p.Insns[11].Imm = 1 },
	} {
		p := assembled(t, fmt.Sprintf(text, 1))
		p.Sites[calls[0]].Call, p.Sites[calls[1]].Call = low, high
		change(p)
		if eitherIn(t, p) {
			t.Errorf("%s: one of both", name)
		}
	}
}

// TestEitherAtStart: what a function starts with is led to by its call, too, so it is not one of both.
func TestEitherAtStart(t *testing.T) {
	p := assembled(t, `
		first: r2 = 40
		call 1
		if r0 != 0 goto again
		goto none
		again: r6 += 1
		r7 = 3
		if r6 >= r7 goto first
		r2 = 40
		call 2
		if r0 != 0 goto again
		none: r0 = 77
		exit`)
	for pc, text := range map[int]string{1: "r0 = r2\nr0 += 1\nexit", 8: "r0 = r2\nr0 -= 40\nexit"} {
		p.Sites[pc].Call = Native{Func: assembled(t, text), Args: 2, Callback: none, Reads: true}
	}
	if eitherIn(t, p) {
		t.Error("one of both")
	}
	want(t, p, &note{}, 77)
}

// TestEitherWithChoice: a jump over what only computes is a choice among the arguments of both, too.
func TestEitherWithChoice(t *testing.T) {
	for r6, result := range map[int]uint64{1: 41, 5: 8} {
		p := assembled(t, fmt.Sprintf(`
			r6 = %d
			r7 = 9
			if r6 >= r7 goto high
			r2 = 40
			if r6 < 3 goto low
			r2 = 7
			low: call 1
			if r0 != 0 goto out
			goto none
			high: r2 = 40
			if r6 < 3 goto lower
			r2 = 7
			lower: call 2
			if r0 != 0 goto out
			none: r0 = 77
			out: exit`, r6))
		for pc, text := range map[int]string{6: "r0 = r2\nr0 += 1\nexit", 12: "r0 = r2\nr0 -= 40\nexit"} {
			p.Sites[pc].Call = Native{Func: assembled(t, text), Args: 2, Callback: none, Reads: true}
		}
		if !eitherIn(t, p) {
			t.Error("not one of both")
		}
		want(t, p, &note{}, result)
	}
}

// TestEitherOfEithers: a block that ends in such a jump itself does more than its instructions, so it is not one of both.
func TestEitherOfEithers(t *testing.T) {
	p := assembled(t, `
		r6 = 5
		r7 = 0
		goto start
		early: r2 = 40
		call 1
		if r0 != 0 goto high
		r2 = 41
		call 2
		if r0 != 5 goto out
		goto none
		high: r2 = 41
		call 3
		if r0 != 5 goto out
		goto none
		start: if r6 >= r7 goto early
		r2 = 40
		call 4
		if r0 != 5 goto out
		none: r0 = 77
		out: exit`)
	up, down := assembled(t, "r0 = r2\nr0 += 1\nexit"), assembled(t, "r0 = r2\nr0 -= 40\nexit")
	for pc, f := range map[int]*Program{4: up, 7: up, 11: down, 16: down} {
		p.Sites[pc].Call = Native{Func: f, Args: 2, Callback: none, Reads: true}
	}
	want(t, p, &note{}, 1)
}

func eitherIn(t *testing.T, p *Program) bool {
	t.Helper()
	bs, _, err := p.blocks(0, len(p.Insns))
	if err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(bs, func(b block) bool { return b.either != nil })
}
