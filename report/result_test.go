package report

import (
	"strings"
	"testing"
)

func TestSummary(t *testing.T) {
	for _, c := range []struct {
		r    Result
		want string
	}{
		{Result{Kernel: "6.18", Complete: true}, "Linux 6.18: 0 programs"},
		{Result{Kernel: "6.18", Complete: true, Skipped: []string{"a.o", "b.o"}, List: []Program{{Verdict: Success}}}, "Linux 6.18: 1 program: 1 accepted; 2 skipped for other machines"},
		{Result{Kernel: "6.18", List: []Program{{Verdict: Unsupported}}}, "Linux 6.18: 1 program: 1 unsupported; incomplete: not all that was given was judged"},
	} {
		if got := Summary(&c.r); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

func TestAssumption(t *testing.T) {
	for _, c := range []struct {
		p    Program
		want string
	}{
		{Program{Verdict: Success, Size: 1204, Walked: 14, Assumed: []string{"a", "b", "c"}}, "3 constants at their defaults: 14 of 1204 instructions walked; --set changes them"},
		{Program{Verdict: Success, Size: 9, Walked: 5, Assumed: []string{"a"}}, "1 constant at its default: 5 of 9 instructions walked; --set changes it"},
		{Program{Verdict: Success, Size: 9, Walked: 9, Assumed: []string{"a"}}, ""},
		{Program{Verdict: Success, Size: 9, Walked: 5}, ""},
		{Program{Verdict: Failure, Size: 9, Walked: 5, Assumed: []string{"a"}}, ""},
	} {
		if got := c.p.assumption(); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
	if c := (&Program{Size: 8, Walked: 2}).Coverage(); c != 25 {
		t.Errorf("coverage %v", c)
	}
}

// Results saved before they said whether they are complete are taken to be.
func TestReadJSONWithoutComplete(t *testing.T) {
	for text, want := range map[string]bool{
		`{"schema_version": 1, "programs": []}`:                    true,
		`{"schema_version": 1, "complete": false, "programs": []}`: false,
	} {
		if r, err := ReadJSON(strings.NewReader(text)); err != nil || r.Complete != want {
			t.Errorf("%s: %v, %v", text, r, err)
		}
	}
}
