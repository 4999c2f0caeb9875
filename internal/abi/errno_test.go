package abi

import (
	"errors"
	"fmt"
	"syscall"
	"testing"
)

// A Linux number is the system's own error of that name, also where the system counts otherwise.
func TestErrnoIs(t *testing.T) {
	for e, want := range map[Errno]error{EACCES: syscall.EACCES, EINVAL: syscall.EINVAL, E2BIG: syscall.E2BIG, EPROTO: syscall.EPROTO} {
		if err := fmt.Errorf("wrapped: %w", e); !errors.Is(err, want) || !errors.Is(err, e) {
			t.Errorf("%v is not the system's %v", e, want)
		}
	}
	for _, e := range []Errno{ENOTSUPP, 0, 999} {
		if errors.Is(e, syscall.EACCES) || errors.Is(e, syscall.Errno(0)) {
			t.Errorf("%v is taken for another error", e)
		}
	}
}

func TestErrnoTexts(t *testing.T) {
	for e, want := range map[Errno][2]string{
		EACCES:   {"EACCES", "Permission denied"},
		ENOTSUPP: {"ENOTSUPP", "Unknown error 524"},
		999:      {"errno 999", "Unknown error 999"},
	} {
		if e.String() != want[0] || e.Error() != want[1] {
			t.Errorf("%d: %s, %s", int(e), e.String(), e.Error())
		}
	}
}
