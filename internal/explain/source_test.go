package explain

import (
	"slices"
	"testing"
)

func TestSpan(t *testing.T) {
	for _, c := range []struct {
		text   string
		column int
		want   string
	}{
		{"	return v->x + 1;", 12, "v->x"},
		{"	*n += 1;", 2, "*n"},
		{"	e = bpf_f(&a, g(1), 2) + 1;", 6, "bpf_f(&a, g(1), 2)"},
		{"	s += v[i];", 7, "v[i]"},
		{"	a->b[2].c = 1;", 10, "a->b[2].c"},
		{"	return *(volatile u32 *)&t->comm[14];", 9, "*(volatile u32 *)&t->comm[14]"},
		{"	return (u32 *)(a + 1);", 9, "(u32 *)(a + 1)"},
		{"	x = y;", 4, "="},
		{"	f(a,", 2, "f"},
		{"short", 40, ""},
	} {
		column, width := span(c.text, c.column)
		got := ""
		if width > 0 {
			got = c.text[column-1 : column-1+width]
		}
		if got != c.want {
			t.Errorf("%q at %d: %q, want %q", c.text, c.column, got, c.want)
		}
	}
}

func TestAssigned(t *testing.T) {
	for _, c := range []struct{ text, callee, want string }{
		{"	struct event *e = bpf_ringbuf_reserve(&rb, 8, 0);", "bpf_ringbuf_reserve", "e"},
		{"	e = (struct event *)bpf_ringbuf_reserve(&rb, 8, 0);", "bpf_ringbuf_reserve", "e"},
		{"	if (!(e = bpf_ringbuf_reserve(&rb, 8, 0)))", "bpf_ringbuf_reserve", "e"},
		{"	s.task = bpf_task_acquire(t);", "bpf_task_acquire", "s.task"},
		{"	if (x == bpf_f())", "bpf_f", ""},
		{"	y = g(bpf_f());", "bpf_f", ""},
	} {
		if got := assigned(c.text, c.callee); got != c.want {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
}

func TestArguments(t *testing.T) {
	for _, c := range []struct {
		text, callee string
		want         []string
	}{
		{"	v = bpf_f(&m, g(1, 2), a[i]);", "bpf_f", []string{"&m", "g(1, 2)", "a[i]"}},
		{"	xbpf_f(1);", "bpf_f", nil},
		{"	bpf_f(1,", "bpf_f", nil},
	} {
		if got := arguments(c.text, c.callee); !slices.Equal(got, c.want) {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
}

func TestBase(t *testing.T) {
	for _, c := range []struct{ text, want string }{{"*v", "v"}, {"v->x", "v"}, {"a->b[2].c", "a->b"}, {"v[i]", "v"}, {"f(x)->y", ""}, {"x", ""},
		{"*(u32 *)&t->comm[4]", "t->comm"}, {"*(u32 *)p", "p"}, {"*(p + 1)", ""}} {
		if got := base(c.text, 1, len(c.text)); got != c.want {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
}

func TestAssignedTo(t *testing.T) {
	for _, c := range []struct {
		text   string
		column int
		want   string
	}{
		{"	v[*i] = x;", 8, "v[*i]"}, {"	a->b.c += 1;", 9, "a->b.c"}, {"	*p = 1;", 5, "*p"}, {"	if (p->n == 1)", 6, ""}, {"	f(x);", 2, ""}, {"	= 1", 2, ""}, {"", 9, ""},
	} {
		from, to := assignedTo(c.text, c.column)
		if got := c.text[from:to]; got != c.want {
			t.Errorf("%q at %d: %q, want %q", c.text, c.column, got, c.want)
		}
	}
}
