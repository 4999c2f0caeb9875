package verifier_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/trace"
	"github.com/bpfverdict/bpfverdict/internal/verifier"
)

// TestTrace holds the path to a refusal: its instructions, and what they changed that no instruction of theirs says.
func TestTrace(t *testing.T) {
	m := loadModel(t)
	tb := table{whole: true, maps: []*object.Map{
		{Name: "h", Type: abi.MAP_TYPE_HASH, KeySize: 4, ValueSize: 8, MaxEntries: 4},
		{Name: "rb", Type: abi.MAP_TYPE_RINGBUF, MaxEntries: 4096},
	}}
	const reserve = `
		r1 = map[1] ll
		r2 = 8
		r3 = 0
		call ringbuf_reserve
	`
	tests := []struct {
		testCase
		path    string
		changes map[int]string // by step
		held    string
	}{
		{testCase{name: "the path that jumps", code: reserve + `
			if r0 == 0 goto none
			r6 = r0
			r1 = r0
			r2 = 0
			call ringbuf_submit
			r0 = *(u64 *)(r6 +0)
			none: r0 = 0
			exit`},
			"0 2 3 4 5 6 7 8 9 10", map[int]string{
				3: "r0 ?->ringbuf_mem_or_null, took 2",
				4: "r0 ringbuf_mem_or_null->ringbuf_mem",
				8: "r0 ringbuf_mem->?, r6 ringbuf_mem->scalar, gave 2",
			}, ""},
		{testCase{name: "the path that was left for later", code: `
			r6 = *(u32 *)(r1 +0)
			` + reserve + `
			if r0 == 0 goto none
			if r6 == 7 goto out
			r1 = r0
			r2 = 0
			call ringbuf_submit
			none: r0 = 0
			exit
			out: r0 = 0
			exit`},
			"0 1 3 4 5 6 7 13 14", map[int]string{
				5: "r0 ringbuf_mem_or_null->ringbuf_mem",
				6: "r6 scalar->scalar",
			}, "2"},
		{testCase{name: "a callee", funcs: []string{"static s v"}, code: `
			r1 = 1
			call f
			r0 = *(u64 *)(r0 +0)
			exit
			f: r0 = r1
			exit`},
			"0 1 4 5 2", map[int]string{1: "called 1", 3: "r0 ?->scalar, returned 0"}, ""},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			q := tb.question(t, m, &c.testCase)
			out := verifier.Verify(t.Context(), q.img, m, verifier.Options{Explain: true})
			if out.Verdict != verifier.Failure || out.Trace == nil {
				t.Fatalf("%v: %s", out.Verdict, out.Message)
			}
			var path []string
			for _, s := range out.Trace.Steps {
				path = append(path, fmt.Sprint(s.Insn))
			}
			if got := strings.Join(path, " "); got != c.path {
				t.Errorf("path %s, want %s", got, c.path)
			}
			for step, want := range c.changes {
				if got := changesText(out.Trace.Steps[step].Changes); got != want {
					t.Errorf("step %d: %s, want %s", step, got, want)
				}
			}
			var held []string
			for _, h := range out.Trace.Held {
				held = append(held, fmt.Sprint(h.ID))
			}
			if got := strings.Join(held, " "); got != c.held {
				t.Errorf("held %q, want %q", got, c.held)
			}
		})
	}
}

// changesText shows changes, but for registers that a call made unreadable.
func changesText(list []trace.Change) string {
	var out []string
	for _, c := range list {
		switch c.Kind {
		case trace.Reg:
			if c.N == 0 || c.N > 5 {
				out = append(out, fmt.Sprintf("r%d %v->%v", c.N, c.Before.Type, c.After.Type))
			}
		case trace.Took:
			out = append(out, fmt.Sprintf("took %d", c.Held.ID))
		case trace.Gave:
			out = append(out, fmt.Sprintf("gave %d", c.Held.ID))
		case trace.Called:
			out = append(out, fmt.Sprintf("called %d", c.Depth))
		case trace.Returned:
			out = append(out, fmt.Sprintf("returned %d", c.Depth))
		}
	}
	return strings.Join(out, ", ")
}

// TestExplainingChangesNothing holds that programs get the same answer, in every figure, whether anybody asks why.
func TestExplainingChangesNothing(t *testing.T) {
	m := loadModel(t)
	refused := 0
	for name, images := range committedImages(t, m) {
		for _, img := range images {
			plain := verifier.Verify(t.Context(), img, m, verifier.Options{})
			asked := verifier.Verify(t.Context(), img, m, verifier.Options{Explain: true})
			if plain.Verdict == verifier.Failure {
				refused++
			}
			if asked.Trace != nil {
				n := asked.Trace.Earlier + len(asked.Trace.Steps)
				if visits := sum(asked.Trace.Visits); visits != plain.Processed || n > visits {
					t.Errorf("%s/%s: %d visits and %d steps, %d processed", name, img.Name, visits, n, plain.Processed)
				}
			}
			plain.Duration, asked.Duration, asked.Trace = 0, 0, nil
			if !reflect.DeepEqual(plain, asked) {
				t.Errorf("%s/%s: %+v, asked why: %+v", name, img.Name, plain, asked)
			}
		}
	}
	if refused == 0 {
		t.Error("nothing was refused")
	}
}

func sum(list []int) (n int) {
	for v := range slices.Values(list) {
		n += v
	}
	return n
}
