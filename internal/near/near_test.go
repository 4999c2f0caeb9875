package near

import (
	"math/bits"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestName(t *testing.T) {
	names := []string{"check", "diff", "features", "kernels", "debug", "verbose_level"}
	for word, want := range map[string]string{
		"chek": "check", "cehck": "check", "CHECK": "check", "feature": "features", "verbose_lvl": "verbose_level",
		"zzz": "", "": "", "d": "", "dif": "diff",
	} {
		if got := Name(word, slices.Values(names)); got != want {
			t.Errorf("%q: %q, want %q", word, got, want)
		}
	}
	if got := Hint("chek", slices.Values(names)); got != "; did you mean check?" {
		t.Errorf("%q", got)
	}
	if got := Hint("zzz", slices.Values(names)); got != "" {
		t.Errorf("%q", got)
	}
}

func TestTypo(t *testing.T) {
	names := []string{"bpf_task_acquire", "bpf_task_release", "bpf_cgroup_acquire"}
	for word, want := range map[string]string{"bpf_task_aquire": "bpf_task_acquire", "bpf_tsak_release": "bpf_task_release", "bpf_mask_recruit": "", "": ""} {
		if got := Typo(word, slices.Values(names)); got != want {
			t.Errorf("%q: %q, want %q", word, got, want)
		}
	}
}

// One mistake is found whatever the word, and no distance is less than the difference in length.
func TestDistance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.StringMatching(`[a-c]{0,6}`).Draw(t, "a"), rapid.StringMatching(`[a-c]{0,6}`).Draw(t, "b")
		d := distance(a, b, 9)
		if d != distance(b, a, 9) || (d == 0) != (a == b) || d < max(len(a)-len(b), len(b)-len(a)) || d > max(len(a), len(b)) {
			t.Fatalf("%q %q: %d", a, b, d)
		}
		if got := distance(a, a+"x", 9); got != 1 {
			t.Fatalf("%q: %d", a, got)
		}
	})
}

// However many mistakes are made, and of which kind, a name that is near enough is not passed over for its letters.
func TestLetters(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.StringMatching(`[a-p_]{1,8}`).Draw(t, "a"), rapid.StringMatching(`[a-p_]{1,8}`).Draw(t, "b")
		if n, apart := distance(a, b, 9), bits.OnesCount64(letters(a)^letters(b)); apart > 2*n {
			t.Fatalf("%q %q: %d mistakes, %d letters", a, b, n, apart)
		}
	})
}
