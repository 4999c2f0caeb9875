package machine

import (
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

// TestTraceHelpers asks what a machine has little of.
func TestTraceHelpers(t *testing.T) {
	m := newMachine(t, Options{})
	perf := addMap(t, m, abi.MAP_TYPE_PERF_EVENT_ARRAY, 4, 2)
	buffer := string(make([]byte, 24))
	invalid := failure(abi.EINVAL)
	for _, c := range []struct {
		what string
		fn   string
		args []any
		want uint64
	}{
		{"a sample without branches", "read_branch_records", []any{0, buffer, 24, 0}, failure(abi.ENOENT)},
		{"an unknown flag", "read_branch_records", []any{0, buffer, 24, 2}, invalid},
		{"processors that note no branches", "get_branch_snapshot", []any{buffer, 24, 0}, failure(abi.ENOENT)},
		{"an event that nobody opened", "perf_event_read_value", []any{perf.obj, 0, buffer, 24}, failure(abi.ENOENT)},
		{"an element that is none", "perf_event_read_value", []any{perf.obj, 2, buffer, 24}, failure(abi.E2BIG)},
		{"a buffer too short", "perf_event_read_value", []any{perf.obj, 0, buffer, 16}, invalid},
		{"a signal", "send_signal", []any{10}, 0},
		{"no signal", "send_signal", []any{65}, invalid},
		{"the first namespace", "get_ns_current_pid_tgid", []any{nsDevice, pidNS, buffer, 8}, 0},
		{"another namespace", "get_ns_current_pid_tgid", []any{nsDevice, 1, buffer, 8}, invalid},
		{"another element of a map of cgroups", "current_task_under_cgroup", []any{addMap(t, m, abi.MAP_TYPE_CGROUP_ARRAY, 4, 1).obj, 1}, failure(abi.E2BIG)},
	} {
		if got := calls(t, m, c.fn, c.args...); got != c.want {
			t.Errorf("%s: %s: %#x, want %#x", c.what, c.fn, got, c.want)
		}
	}
}
