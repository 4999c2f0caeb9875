package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// page makes the page in a folder, with an object beside it.
func page(t *testing.T) string {
	t.Helper()
	bash, err := exec.LookPath("bash")
	if err != nil || os.Getenv("CI") == "" {
		t.Skip("building for WebAssembly takes as long as all else: it is done where CI is set")
	}
	dir := t.TempDir()
	cmd := exec.Command(bash, "build", dir)
	cmd.Env = append(os.Environ(), "GOOS=", "GOARCH=")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	object, err := os.ReadFile(refused)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "refused.bpf.o"), object, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	st, err := os.Stat(filepath.Join(dir, "bpfverdict.wasm"))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%.1f MB of WebAssembly", float64(st.Size())/1e6)
	return dir
}

var refused = filepath.Join("..", "..", "examples", "refused", "lookup_unchecked.bpf.o")

// What the page says is what the command says.
func TestWebAssemblySaysTheSame(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip(err)
	}
	dir := page(t)
	judge := func(object string) string {
		cmd := exec.Command(node, "judge.mjs", dir, object, "6.12 6.18 7.3", "json")
		var errs strings.Builder
		cmd.Stderr = &errs
		out, err := cmd.Output()
		t.Log(strings.TrimSpace(errs.String()))
		if err != nil {
			t.Fatalf("%v: %s%s", err, out, errs.String())
		}
		return string(out)
	}
	got := judge(refused)
	cmd := exec.Command("go", "run", "../../cmd/bpfverdict", "check", "--no-timing", "--kernel", "6.12,6.18,7.3", "-o", "json", filepath.Base(refused))
	cmd.Dir = filepath.Dir(refused)
	want, err := cmd.Output()
	if len(want) == 0 {
		t.Fatal(err)
	}
	if w := withoutTimes(string(want)); withoutTimes(got) != w {
		t.Errorf("the page says\n%s\nthe command says\n%s", got, w)
	}
}

// withoutTimes leaves out what judging took, and which build did.
func withoutTimes(text string) string {
	var kept strings.Builder
	for line := range strings.Lines(text) {
		if !strings.Contains(line, `"duration_us"`) && !strings.Contains(line, `"tool_version"`) {
			kept.WriteString(line)
		}
	}
	return kept.String()
}

// In a browser an object beside the page is judged, and shown with why it is refused.
func TestPage(t *testing.T) {
	var browser string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			browser = path
		}
	}
	if browser == "" {
		t.Skip("no Chromium here")
	}
	server := httptest.NewServer(http.FileServer(http.Dir(page(t))))
	defer server.Close()
	cmd := exec.Command(browser, "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir="+t.TempDir(),
		"--virtual-time-budget=120000", "--dump-dom", server.URL+"/#refused.bpf.o")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`<iframe sandbox="" title="refused.bpf.o" srcdoc="`, "`n` may be NULL, and is used without a check", `<p id="state" class="">judged in `,
		`<input type="checkbox" value="6.12">`,
	} {
		if !strings.Contains(string(out), want) {
			t.Errorf("the page lacks %s:\n%s", want, out)
		}
	}
}
