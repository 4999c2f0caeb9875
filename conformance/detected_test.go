package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Figures of one kernel that are kept leave those of the others as they were.
func TestDetectedOfOneKernel(t *testing.T) {
	file := filepath.Join(t.TempDir(), detectedFile)
	if err := os.WriteFile(file, []byte(`[{"kernel":"6.1","nearest":"6.12"},{"kernel":"6.16","nearest":"6.17"},{"kernel":"7.3","nearest":"7.2"}]`), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		fresh detected
		want  string
	}{
		{detected{Kernel: "6.16", Nearest: "6.12"}, "6.1 by 6.12, 6.16 by 6.12, 7.3 by 7.2"},
		{detected{Kernel: "6.9", Nearest: "6.12"}, "6.1 by 6.12, 6.9 by 6.12, 6.16 by 6.17, 7.3 by 7.2"},
	} {
		list, err := withOthers([]*detected{&c.fresh}, file)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, d := range list {
			got = append(got, d.Kernel+" by "+d.Nearest)
		}
		if got := strings.Join(got, ", "); got != c.want {
			t.Errorf("%s, want %s", got, c.want)
		}
	}
	if _, err := withOthers(nil, file+"x"); err == nil {
		t.Error("a file that is not there is no error")
	}
}
