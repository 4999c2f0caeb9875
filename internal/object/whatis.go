package object

import (
	"bytes"
	"debug/elf"
	"path"
	"strings"
	"unicode/utf8"
)

// HeaderSize is how many bytes of a file MayBeBPF looks at.
const HeaderSize = 20

// MayBeBPF is false for a file that begins so if it is an object, but for another machine.
func MayBeBPF(head []byte) bool {
	if len(head) < HeaderSize || string(head[:4]) != elf.ELFMAG {
		return true
	}
	machine := elf.Machine(le.Uint16(head[18:]))
	if elf.Data(head[elf.EI_DATA]) == elf.ELFDATA2MSB {
		machine = elf.Machine(uint16(head[18])<<8 | uint16(head[19]))
	}
	return machine == elf.EM_NONE || machine == elf.EM_BPF
}

// magics are the beginnings of files that get mistaken for BPF objects, and what to do with each.
var magics = []struct{ magic, what string }{
	{"BC\xc0\xde", "LLVM bitcode, of -emit-llvm or -flto: compile it without"},
	{"\xde\xc0\x17\x0b", "LLVM bitcode, of -emit-llvm or -flto: compile it without"},
	{"!<arch>\n", "an archive: take the object out of it with ar x"},
	{"\x9f\xeb\x01\x00", "raw BTF: give the object that it is the types of"},
	{"\x1f\x8b", "compressed: gunzip it first"},
	{"PK\x03\x04", "a zip archive: unzip it first"},
	{"MZ", "a Windows executable"},
	{"\xcf\xfa\xed\xfe", "a macOS executable or object: compile with --target=bpf"},
}

// whatIs says what a file is that is no ELF file, and what to do about it; empty where that is unknown.
func whatIs(name string, data []byte) string {
	if len(data) == 0 {
		return "it is empty: did compiling fail?"
	}
	for _, m := range magics {
		if bytes.HasPrefix(data, []byte(m.magic)) {
			return "it is " + m.what
		}
	}
	head := data[:min(len(data), 4096)]
	if bytes.IndexByte(head, 0) >= 0 || !utf8.Valid(head[:max(0, len(head)-utf8.UTFMax)]) {
		return ""
	}
	if ext := path.Ext(name); ext == ".c" || ext == ".h" || bytes.Contains(head, []byte("#include")) {
		return "it is C source: compile it: clang -O2 -g --target=bpf -c " + name + " -o " + strings.TrimSuffix(name, ext) + ".o"
	}
	return "it is text: give the object that clang --target=bpf makes"
}
