package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bpfverdict/bpfverdict/conformance/truth"
)

const answers = `{"object":"a.o","program":"p","stage":"verify","verdict":"failure","errno":13,"processed":3,"log_tail":"0: (b7) r0 = 0\n; secret(); @ a.c:1\nR1 !read_ok\n"}
`

// kernelFolder is what kernel.sh leaves of a kernel.
func kernelFolder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// A file of answers says which kernel gave them, down to its build and options, and quotes no source.
func TestRecordCorpus(t *testing.T) {
	folder := kernelFolder(t, map[string]string{
		"release": "7.2.1+deb-amd64\n", "config": "CONFIG_X=y\n",
		"vmlinux": "\x00Linux version 7.2.1+deb-amd64 (who@where) (gcc 14) #1 SMP 2026-11-04\x00",
	})
	said := `{"uname":"7.2.1+deb-amd64 #1 SMP x86_64","cpus":2}` + "\n"
	name, err := recordCorpus(strings.NewReader(said+answers), "tests", folder, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if filepath.Base(name) != "tests.linux-7.2.1.jsonl.gz" {
		t.Errorf("the file is %s", name)
	}
	file, err := truth.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	build := "Linux version 7.2.1+deb-amd64 (who@where) (gcc 14) #1 SMP 2026-11-04"
	if file.Uname != "7.2.1+deb-amd64 #1 SMP x86_64" || file.CPUs != 2 || file.Build != build || len(file.Config) != 64 || file.Kernel != "7.2.1" {
		t.Errorf("%+v", file.Header)
	}
	if len(file.Records) != 1 || file.Records[0].LogTail != "0: (b7) r0 = 0\nR1 !read_ok\n" || file.Records[0].Message() != "R1 !read_ok" {
		t.Errorf("%+v", file.Records)
	}
}

func TestBuildOf(t *testing.T) {
	for _, c := range []struct{ uname, build, want string }{
		{"6.1.0-50-amd64", "Linux version 6.1.0-50-amd64 (w@d) (gcc-12 (Debian 12.2.0-14) 12.2.0) # SMP PREEMPT_DYNAMIC Debian 6.1.176-1", "6.1.176"},
		{"6.17.13+deb13-amd64", "Linux version 6.17.13+deb13-amd64 (w@d) (gcc-14 (Debian 14.2.0-19) 14.2.0) # SMP Debian 6.17.13-1~bpo13+1", "6.17.13"},
		{"6.12.117+deb13-amd64 #1 SMP PREEMPT_DYNAMIC Debian 6.12.117-1 x86_64", "", "6.12.117"},
		{"6.18.15+deb13-arm64 #1 SMP PREEMPT Debian 6.18.15-1~bpo13+1 aarch64", "", "6.18.15-arm64"},
		{"6.18.44 #2 SMP x86_64", "", "6.18.44"},
	} {
		if got := buildOf(truth.Header{Uname: c.uname, Build: c.build}); got != c.want {
			t.Errorf("%s, %s: %s, want %s", c.uname, c.build, got, c.want)
		}
	}
}

func TestRecordCorpusOfAnotherKernel(t *testing.T) {
	folder := kernelFolder(t, map[string]string{"release": "7.2.1\n", "vmlinux": "Linux version 7.2.1 (a) #1 SMP\x00"})
	for name, c := range map[string]struct{ in, folder, want string }{
		"none":           {"", folder, "there are no answers"},
		"nobody":         {answers, "", "which kernel answered"},
		"another":        {`{"uname":"6.12.1 #1 SMP x86_64"}` + "\n" + answers, folder, "and 6.12.1 #1 SMP x86_64 answered"},
		"no such folder": {answers, "nowhere", "nowhere"},
		"other image":    {answers, kernelFolder(t, map[string]string{"release": "7.3\n", "vmlinux": "Linux version 7.2.1 (a) #1\x00"}), "not of 7.3"},
	} {
		if _, err := recordCorpus(strings.NewReader(c.in), "tests", c.folder, t.TempDir()); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	name, err := recordCorpus(strings.NewReader(`{"uname":"7.2.1 #1 SMP x86_64"}`+"\n"+answers), "tests", "", t.TempDir())
	if err != nil || filepath.Base(name) != "tests.linux-7.2.1.jsonl.gz" {
		t.Errorf("%s, %v", name, err)
	}
}
