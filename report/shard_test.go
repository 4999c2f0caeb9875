package report

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// However objects fall into parts, and in whatever order these come, together they are the whole.
func TestJoinIsTheWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 5).Draw(t, "parts")
		whole := &Result{SchemaVersion: SchemaVersion, Kernel: "6.12,6.18", Complete: true, List: []Program{}}
		parts := make([]*Result, n)
		var objects []string
		for i := range rapid.IntRange(0, 8).Draw(t, "objects") {
			objects = append(objects, fmt.Sprintf("%d.o", (i*7)%8)) // in no order
		}
		for i := range parts {
			part := *whole
			part.Shard, part.List = &Shard{Index: i + 1, Count: n, Objects: objects}, []Program{}
			parts[i] = &part
		}
		for _, object := range objects {
			in := parts[rapid.IntRange(0, n-1).Draw(t, "part")]
			for p := range rapid.IntRange(0, 2).Draw(t, "programs") {
				for _, kernel := range []string{"6.12", "6.18"} {
					program := Program{Object: object, Name: fmt.Sprint("p", p), Kernel: kernel, Verdict: Success}
					whole.List, in.List = append(whole.List, program), append(in.List, program)
				}
			}
		}
		got, err := Join(rapid.Permutation(parts).Draw(t, "order"))
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(whole, got); d != "" {
			t.Fatal(d)
		}
	})
}

func TestJoinRefuses(t *testing.T) {
	part := func(index int, change func(*Result)) *Result {
		r := &Result{Kernel: "6.18", ToolVersion: "v1", Complete: true, KernelFacts: []KernelFacts{{Kernel: "6.18", Changes: []string{"+x"}}},
			Shard: &Shard{Index: index, Count: 2, Objects: []string{"a.o"}}}
		if change != nil {
			change(r)
		}
		return r
	}
	for _, c := range []struct {
		second *Result
		want   string
	}{
		{part(2, nil), ""},
		{part(1, nil), "part 1 of 2 is there twice"},
		{part(2, func(r *Result) { r.Shard.Objects = nil }), "part 2 of 2 is of another run: its objects are others"},
		{part(2, func(r *Result) { r.Shard.Count = 3 }), "part 2 of 3 is of another run: its objects are others"},
		{part(2, func(r *Result) { r.Kernel = "7.1" }), "part 2 of 2 is of another run: it was judged by other kernels, or another version"},
		{part(2, func(r *Result) { r.ToolVersion = "v2" }), "by other kernels, or another version"},
		{part(2, func(r *Result) { r.KernelFacts[0].CPUs = 4 }), "by other kernels, or another version"},
		{part(2, func(r *Result) { r.KernelFacts[0].Changes = nil }), "by other kernels, or another version"},
		{part(2, func(r *Result) { r.Shard = nil }), "not all of these results are parts of a run"},
	} {
		r, err := Join([]*Result{part(1, nil), c.second})
		if c.want == "" && (err != nil || r.Shard != nil || !r.Complete) || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%+v, %v; want %q", r, err, c.want)
		}
	}
	if _, err := Join(nil); err == nil {
		t.Error("nothing is a run")
	}
	half, err := Join([]*Result{part(1, func(r *Result) { r.Complete = false }), part(2, nil)})
	if err != nil || half.Complete {
		t.Errorf("a part is incomplete, the whole is not: %+v, %v", half, err)
	}
}

// An object in a file comes where the file does.
func TestJoinEmbedded(t *testing.T) {
	objects := []string{"b.o", "agent", "a.o"}
	part := func(index int, object string) *Result {
		return &Result{Kernel: "6.18", Complete: true, Shard: &Shard{Index: index, Count: 2, Objects: objects}, List: []Program{{Object: object}}}
	}
	r, err := Join([]*Result{part(1, "a.o"), part(2, "agent@0x40")})
	if err != nil || len(r.List) != 2 || r.List[0].Object != "agent@0x40" {
		t.Errorf("%+v, %v", r, err)
	}
}
