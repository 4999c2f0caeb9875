package vlog

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
)

func TestRefusals(t *testing.T) {
	l := Log{Kernel: new(kmodel.Model)}
	for _, c := range []struct {
		err     error
		errno   abi.Errno
		refusal bool
	}{
		{err: nil},
		{err: errors.New("something else")},
		{err: l.Unsupported("no model of %d", 1)},
		{err: l.Reject(abi.EACCES, "R%d !read_ok", 3), errno: abi.EACCES, refusal: true},
		{err: fmt.Errorf("wrapped: %w", Fail(abi.E2BIG)), errno: abi.E2BIG, refusal: true},
		{err: l.Bug("no frame %d", 2), errno: abi.EFAULT, refusal: true},
	} {
		if Errno(c.err) != c.errno || IsRefusal(c.err) != c.refusal {
			t.Errorf("%v: errno %d, refusal %v", c.err, Errno(c.err), IsRefusal(c.err))
		}
	}
	said := l.InsnSaid()
	if len(said) != 2 || said[0].Format != "R%d !read_ok" || said[1].Format != "no frame %d" || !slices.Equal(said[1].Args, []any{2}) {
		t.Errorf("made from %v", said)
	}
	if got := l.LastLine(); got != "verifier internal error: no frame 2" {
		t.Errorf("last line %q", got)
	}
	if _ = l.Unsupported("another reason"); l.Why != "no model of 1" {
		t.Errorf("the first reason is lost: %q", l.Why)
	}
}
