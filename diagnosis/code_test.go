package diagnosis

import (
	"regexp"
	"strings"
	"testing"
)

// TestCodesAreInOrder holds the table together: numbers rise within their subject, each code is told in whole
// sentences, and no message has two codes.
func TestCodesAreInOrder(t *testing.T) {
	id := regexp.MustCompile(`^BV\d{4}$`)
	last := ""
	titles, formats := map[string]string{}, map[string]string{}
	for _, c := range Codes() {
		if !id.MatchString(c.ID) || c.ID <= last {
			t.Errorf("%s after %s", c.ID, last)
		}
		last = c.ID
		if c.Subject() == "" {
			t.Errorf("%s has no subject", c.ID)
		}
		if other := titles[c.Title]; other != "" || c.Title == "" || strings.HasSuffix(c.Title, ".") {
			t.Errorf("%s: the title %q (%s has it too)", c.ID, c.Title, other)
		}
		titles[c.Title] = c.ID
		for _, text := range []string{c.Rule, c.Why, c.Fix} {
			if !strings.HasSuffix(text, ".") && !strings.HasSuffix(text, ".)") && !strings.HasSuffix(text, "`") && !strings.HasSuffix(text, "=1.") {
				t.Errorf("%s: %q is no sentence", c.ID, text)
			}
		}
		switch c.Category {
		case RegisterType, Memory, ResourceLifetime, CallType, ExecutionContext, ProgramStructure, Policy:
		default:
			t.Errorf("%s: the category %q", c.ID, c.Category)
		}
		for _, f := range append(c.Formats, c.Narrow...) {
			if other := formats[plain(f)]; other != "" && other != c.ID {
				t.Errorf("%q is of %s and %s", f, other, c.ID)
			}
			formats[plain(f)] = c.ID
		}
	}
	if _, ok := Lookup("BV9999"); ok {
		t.Error("BV9999 is a code")
	}
}

func TestMatch(t *testing.T) {
	for _, c := range []struct{ message, code string }{
		{"R0 invalid mem access 'scalar'", "BV0903"},
		{"R0 invalid mem access 'map_value_or_null'", "BV0902"},
		{"R1 invalid mem access 'trusted_ptr_or_null_'", "BV0902"},
		{"R1 invalid mem access 'map_ptr'", "BV0904"},
		{"R2 invalid mem access 'percpu_ptr_'", "BV1506"},
		{"R1 type=sock_or_null expected=sock_common, sock", "BV1002"},
		{"R1 type=scalar expected=ctx", "BV1001"},
		{"BPF_EXIT instruction in main prog would lead to reference leak", "BV0301"},
		{"bpf_throw would lead to reference leak", "BV0301"},
		{"use static function instead", "BV0404"},
		{"a non-sleepable BPF program context", "BV0511"},
		{"invalid write to stack R10 off=-516 size=4", "BV0201"},
		{"At program exit the register R0 has smin=2 smax=2 should have been in [0, 1]", "BV1201"},
		{"failed to resolve CO-RE relocation <byte_off> [7] struct task_struct.nowhere (0:1 @ offset 4)", "BV2301"},
		{"kfunc 'bpf_nowhere' is referenced but wasn't resolved", "BV2201"},
		{"verifier bug: backtracking misuse", "BV0001"},
		{"arg#0 expected pointer to allocated object", "BV0306"},
		{"arg#1 doesn't point to an irq flag on stack", "BV0508"},
		{"cannot pass in dynptr at an offset=-12", "BV0209"},
	} {
		if got, ok := Match(c.message); !ok || got.ID != c.code {
			t.Errorf("%s: %s, want %s", c.message, got.ID, c.code)
		}
	}
	if c, ok := Match("a line that no kernel prints"); ok {
		t.Errorf("a code for any line: %s", c.ID)
	}
}

// What the message doesn't tell, the formats of the lines before it do: a loop's ends with two states.
func TestOf(t *testing.T) {
	for _, c := range []struct {
		message string
		formats []string
		code    string
	}{
		{"old state: R1=ctx() R10=fp0", []string{"infinite loop detected at insn %d"}, "BV1303"},
		{"R0 invalid mem access 'scalar'", []string{"R%d invalid mem access '%s'"}, "BV0903"},
		{"use static function instead", []string{"global function calls are not allowed with preemption disabled,\nuse static function instead"}, "BV0507"},
		{"BPF_EXIT instruction in main prog would lead to reference leak", []string{"Unreleased reference id=%d alloc_insn=%d", "%s would lead to reference leak"}, "BV0301"},
		{"", nil, "BV0002"},
		{"a line that no kernel prints", []string{"neither this"}, ""},
	} {
		if got, _ := Of(c.message, c.formats); got.ID != c.code {
			t.Errorf("%s: %s, want %s", c.message, got.ID, c.code)
		}
	}
}
