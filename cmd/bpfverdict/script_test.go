package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/bpfverdict/bpfverdict/internal/kmodel"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"bpfverdict": main})
}

// elfHeader is what ELF objects of little-endian machines with 64 bits begin with.
const elfHeader = "\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00"

// TestScripts runs every verb as its users do.
func TestScripts(t *testing.T) {
	examples, err := filepath.Abs(filepath.Join("..", "..", "examples"))
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("EXAMPLES", examples)
			env.Setenv("ARCH", filepath.Join(examples, "..", "testdata", "arch"))
			env.Setenv("MACHINE", filepath.Join(examples, "..", "machine", "testdata"))
			for name, text := range map[string]string{
				"host.elf":   elfHeader + "\x3e\x00" + strings.Repeat("\x00", 44), // the beginning of an object for x86-64
				"prog.bc":    "BC\xc0\xde5\x14\x00\x00",
				"none.bpf.o": elfHeader + "\xf7\x00\x01\x00\x00\x00" + strings.Repeat("\x00", 28) + "\x40\x00" + strings.Repeat("\x00", 10), // no section
			} {
				if err := os.WriteFile(filepath.Join(env.WorkDir, name), []byte(text), 0o600); err != nil {
					return err
				}
			}
			return writeCaptures(env.WorkDir)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exitcode": exitCodeIs, "kernelbtf": writeBTF},
	})
}

// writeBTF writes a kernel's BTF, as it shows it, to a file: kernelbtf 6.12 vmlinux.btf.
func writeBTF(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: kernelbtf RELEASE FILE")
	}
	raw, err := kmodel.RawBTF(args[0])
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), raw, 0o600))
}

// exitCodeIs runs a command and wants that exit code: exitcode 2 bpfverdict check.
func exitCodeIs(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exitcode CODE COMMAND...")
	}
	err := ts.Exec(args[1], args[2:]...)
	code := "0"
	if err != nil {
		code = "?"
		if ee, ok := err.(interface{ ExitCode() int }); ok {
			code = string(rune('0' + ee.ExitCode()))
		}
	}
	if code != args[0] {
		ts.Fatalf("exit code %s, want %s", code, args[0])
	}
}
