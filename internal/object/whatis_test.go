package object

import (
	"strings"
	"testing"
)

func TestWhatIs(t *testing.T) {
	for _, c := range []struct{ name, data, want string }{
		{"x.o", "", "it is empty: did compiling fail?"},
		{"x.o", "BC\xc0\xde1234", "it is LLVM bitcode, of -emit-llvm or -flto: compile it without"},
		{"x.a", "!<arch>\n", "it is an archive: take the object out of it with ar x"},
		{"x.c", "int x;", "it is C source: compile it: clang -O2 -g --target=bpf -c x.c -o x.o"},
		{"x.o", "#include <a.h>\n", "it is C source: compile it: clang -O2 -g --target=bpf -c x.o -o x.o"},
		{"x.o", "hello", "it is text: give the object that clang --target=bpf makes"},
		{"x.o", "\x01\x00\x02\xff", ""},
	} {
		if got := whatIs(c.name, []byte(c.data)); got != c.want {
			t.Errorf("%q: %q, want %q", c.data, got, c.want)
		}
	}
}

func TestMayBeBPF(t *testing.T) {
	elf := func(data, lo, hi byte) string {
		return "\x7fELF\x02" + string(data) + strings.Repeat("\x00", 12) + string([]byte{lo, hi})
	}
	for head, want := range map[string]bool{
		"": true, "hello, this is a text file": true,
		elf(1, 247, 0): true, elf(1, 0, 0): true, elf(2, 0, 247): true, elf(1, 62, 0): false, elf(2, 0, 22): false,
	} {
		if got := MayBeBPF([]byte(head)); got != want {
			t.Errorf("%q: %v", head, got)
		}
	}
}
