package machine

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

// someWorld has tasks, groups and what else programs go through.
const someWorld = `{
  "pause": 1000000,
  "task": {"pid": 2, "vmas": [
    {"start": 4194304, "end": 4198400},
    {"start": 4198400, "end": 4206592, "perm": "r", "data": "0b"},
    {"start": 8388608, "end": 8392704, "data": "07"}
  ]},
  "tasks": [{"pid": 4, "tgid": 2}, {"pid": 5, "cgroup": 3}, {"pid": 6, "tgid": 5, "cgroup": 3}],
  "cgroups": [{"id": 2}, {"id": 3, "parent": 2}, {"id": 4, "parent": 3}, {"id": 5, "parent": 2}],
  "caches": [{"name": "a", "size": 100}, {"name": "b", "size": 11}],
  "buffers": [{"size": 4096}, {"size": 8192}]
}`

// runInWorld runs a program of testdata/world.bpf.o and closes the machine. seen is a global variable of the programs.
func runInWorld(t *testing.T, name string, fast bool) (res *Result, seen uint64, err error) {
	t.Helper()
	opts := Options{Fast: fast}
	if err := json.Unmarshal([]byte(someWorld), &opts.World); err != nil {
		t.Fatal(err)
	}
	m, progs := loadWith(t, "testdata/world.bpf.o", opts)
	for _, mp := range m.Maps() {
		if mp.Name() == "samples" {
			if err := mp.Fill([]byte(`[{"value": "01"}, {"value": "0203"}, {"value": "03"}, {"value": "04"}]`)); err != nil {
				t.Fatal(err)
			}
		}
	}
	p := progs[slices.IndexFunc(progs, func(p *Program) bool { return p.Name() == name })]
	if strings.HasPrefix(name, "broken_") == (p.Verify(context.Background()) == nil) {
		t.Errorf("the verifier thinks otherwise of it: %v", p.Verify(context.Background()))
	}
	if res, err = p.Run(context.Background(), Input{}); err != nil {
		return nil, 0, err
	}
	for _, mp := range m.Maps() {
		if v, ok := mp.Lookup(make([]byte, 4)); ok && strings.HasSuffix(mp.Name(), ".bss") {
			seen = number(v[:8])
		}
	}
	return res, seen, m.Close()
}

func TestWorld(t *testing.T) {
	for name, want := range map[string]struct {
		returned int32
		seen     uint64
	}{
		"all_processes":   {25, 25}, // after the idle task, 0
		"all_threads":     {2456, 2456},
		"own_threads":     {24, 24},
		"groups_pre":      {2345, 2345},
		"groups_post":     {4352, 4352},
		"groups_up":       {21, 21},
		"group_tasks":     {5, 5},
		"under_group":     {11, 0},
		"areas":           {21207, 21207},
		"no_memory":       {-int32(abi.ENOENT), 0},
		"caches":          {111, 111},
		"buffers":         {12288, 12288},
		"timer":           {0, 222},
		"timer_cancelled": {10, 0},
		"timer_deleted":   {0, 0},
		"work":            {0, 107},
		"task_work":       {-int32(abi.EBUSY), 102},
		"drain":           {3, 123},
	} {
		for engine, opts := range engines {
			t.Run(name+" "+engine, func(t *testing.T) {
				res, seen, err := runInWorld(t, name, opts.Fast)
				if err != nil {
					t.Fatalf("%+v", err)
				}
				if int32(res.Return) != want.returned || seen != want.seen {
					t.Errorf("returned %d, saw %d; want %d, %d", int32(res.Return), seen, want.returned, want.seen)
				}
			})
		}
	}
}

func TestBrokenInWorld(t *testing.T) {
	for _, c := range []struct {
		prog string
		kind FaultKind
		want string // part of the report
	}{
		{"task_leak", Leak, "owned since broken_task_leak"},
		{"task_released_twice", UseAfterFree, "given up since broken_task_released_twice"},
		{"current_released", NotOwned, "the world's"},
		{"wrong_release", WrongObject, "not a struct cgroup"},
		{"vma_after_destroy", UseAfterFree, "struct vm_area_struct"},
		{"timer_leak", Leak, "owned since broken_timer_leak, instruction"},
		{"timer_sleeps", Sleeping, "helper bpf_copy_from_user may sleep, in a program that may not sleep"},
		{"other_map", WrongObject, "it is not in a value of map hashed"},
	} {
		t.Run(c.prog, func(t *testing.T) {
			_, _, err := runInWorld(t, "broken_"+c.prog, false)
			wantFault(t, err, c.kind, c.want)
		})
	}
}
