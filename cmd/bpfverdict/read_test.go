package main

import (
	"os"
	"path/filepath"
	"testing"
)

// A file that is too large is refused, not cut off.
func TestReadRegular(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sets")
	if err := os.WriteFile(file, []byte("a=1\nb=2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if text, err := readRegular(file, 8); string(text) != "a=1\nb=2\n" || err != nil {
		t.Errorf("%q, %v", text, err)
	}
	if _, err := readRegular(file, 7); err == nil || err.Error() != "more than 7 bytes" {
		t.Errorf("of a larger one: %v", err)
	}
}
