package verifier_test

import (
	"reflect"
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/verifier"
)

func TestFacts(t *testing.T) {
	m := loadModel(t)
	tb := table{whole: true, maps: []*object.Map{
		{Name: "a", Type: abi.MAP_TYPE_ARRAY, KeySize: 4, ValueSize: 8, MaxEntries: 4},
		{Name: "h", Type: abi.MAP_TYPE_HASH, KeySize: 4, ValueSize: 8, MaxEntries: 4},
	}}
	const none = -1
	type fact = verifier.Fact
	plain := fact{Reached: true, Map: none, Callback: none}
	through := func(p abi.RegType) fact { f := plain; f.Ptr = p; return f }
	tests := []struct {
		testCase
		facts map[int]fact
	}{
		{testCase{name: "pointers, a map, dead code", code: `
			r6 = *(u32 *)(r1 +0)
			*(u64 *)(r10 -8) = 0
			r2 = r10
			r2 += -8
			r1 = map[1] ll
			call map_lookup_elem
			if r0 == 0 goto out
			r0 = *(u64 *)(r0 +0)
			r0 = 0
			if r0 == 0 goto out
			r0 = 1
			out: exit`},
			map[int]fact{
				0: through(abi.PTR_TO_CTX), 1: through(abi.PTR_TO_STACK), 4: plain,
				6:  {Reached: true, Map: 1, Callback: none},
				8:  through(abi.PTR_TO_MAP_VALUE),
				11: {Map: none, Callback: none},
			}},
		{testCase{name: "two maps", code: `
			r6 = *(u32 *)(r1 +0)
			*(u64 *)(r10 -8) = 0
			r2 = r10
			r2 += -8
			r1 = map[1] ll
			if r6 == 0 goto look
			r1 = map[0] ll
			look: call map_lookup_elem
			r0 = 0
			exit`},
			map[int]fact{9: plain}},
		{testCase{name: "callbacks", funcs: []string{"static s v", "static s v"}, code: `
			r6 = *(u32 *)(r1 +0)
			r1 = 4
			r2 = func f ll
			r3 = 0
			r4 = 0
			call loop
			r1 = 4
			r2 = func f ll
			if r6 == 0 goto both
			r2 = func g ll
			both: r3 = 0
			r4 = 0
			call loop
			r0 = 0
			exit
			f: r0 = 0
			exit
			g: r0 = 1
			exit`},
			map[int]fact{6: {Reached: true, Map: none, Callback: 18}, 15: plain}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			q := tb.question(t, m, &tt.testCase)
			out := verifier.Verify(t.Context(), q.img, m, verifier.Options{Facts: true})
			if out.Verdict != verifier.Success {
				t.Fatal(out.Message)
			}
			for i, want := range tt.facts {
				if got := out.Facts[i]; !reflect.DeepEqual(got, want) {
					t.Errorf("instruction %d: %+v, want %+v", i, got, want)
				}
			}
			if quiet := verifier.Verify(t.Context(), q.img, m, verifier.Options{}); quiet.Facts != nil || quiet.Processed != out.Processed {
				t.Errorf("asking for facts changes the walk: %+v", quiet)
			}
		})
	}
}
