package bpfverdict

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/bpfverdict/bpfverdict"

// floors are the storeys of the house, from the ground up. A package imports packages of lower
// floors only; one pattern stands for a folder and what is under it.
var floors = [][]string{
	{"internal/lazyregexp"},
	{"diagnosis", "docs/codes", "internal/abi", "internal/btfpack", "internal/insn", "internal/kernellog", "internal/near", "internal/scratch", "internal/testing/bpfsys", "internal/testing/csrc", "internal/testing/heap", "machine/jit/flow", "machine/jit/wasm"},
	{"internal/scalar", "report", "internal/types", "internal/testing/asm", "internal/testing/asked", "internal/testing/semantics", "internal/cfg", "machine/jit"},
	{"internal/kdata", "internal/state"},
	{"internal/kdata/v6_18"},
	{"internal/kdata/v5_10", "internal/kdata/v6_1", "internal/kdata/v6_12", "internal/kdata/v6_16", "internal/kdata/v6_17", "internal/kdata/v6_19", "internal/kdata/v7_0", "internal/kdata/v7_1",
		"internal/kdata/v7_2", "internal/kdata/v7_3"},
	{"internal/kdata/v6_18/arm64", "internal/kdata/v7_3/arm64"},
	{"internal/kdata/kernels"},
	{"internal/kmodel", "internal/liveness"},
	{"internal/object", "internal/testing/running", "internal/testing/kimage"},
	{"internal/facts"},
	{"internal/vlog"},
	{"internal/kproto", "internal/trace"},
	{"internal/attach"},
	{"internal/program", "internal/explain"},
	{"internal/precision"},
	{"internal/paths"},
	{"internal/verifier", "internal/testing/progen", "kernel"},
	{"."},
	{"machine", "internal/project"},
	{"bpftest", "conformance/truth", "internal/treebench"},
	{"cmd", "conformance", "examples", "internal/cmd"},
}

// thirdParty are the modules that a folder's packages may import, tests aside.
var thirdParty = map[string][]string{
	".":   {"github.com/cilium/ebpf", "github.com/klauspost/compress", "github.com/goccy/go-yaml"},
	"cmd": {"github.com/spf13/cobra", "github.com/spf13/pflag", "github.com/jstemmer/go-junit-report", "github.com/owenrumney/go-sarif", "golang.org/x/term"},
	// The compiler is behind one package.
	"machine/jit": {"github.com/tetratelabs/wazero"},
}

// floorOf returns the floor of a folder, -1 if it has none.
func floorOf(dir string) int {
	best, floor := "", -1
	for i, f := range floors {
		for _, p := range f {
			if (dir == p || strings.HasPrefix(dir, p+"/")) && len(p) > len(best) {
				best, floor = p, i
			}
		}
	}
	return floor
}

// importsOf returns what each package of the module imports, tests aside.
func importsOf(t *testing.T) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	err := filepath.WalkDir(".", func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			if n := d.Name(); n == "testdata" || n != "." && strings.HasPrefix(n, ".") {
				return filepath.SkipDir
			}
			return nil
		case !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go"):
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		dir := path.Dir(filepath.ToSlash(file))
		for _, im := range f.Imports {
			p, err := strconv.Unquote(im.Path.Value)
			if err != nil {
				return err
			}
			found[dir] = append(found[dir], p)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestImportsGoDownwards(t *testing.T) {
	for dir, imports := range importsOf(t) {
		floor := floorOf(dir)
		if floor < 0 {
			t.Errorf("%s is on no floor: add it where it belongs", dir)
			continue
		}
		for _, p := range imports {
			if p != module && !strings.HasPrefix(p, module+"/") {
				continue
			}
			to := strings.TrimPrefix(strings.TrimPrefix(p, module), "/")
			if to == "" {
				to = "."
			}
			if at := floorOf(to); at >= floor {
				t.Errorf("%s (floor %d) imports %s (floor %d): imports go to lower floors only", dir, floor, to, at)
			}
		}
	}
}

func TestThirdPartyImports(t *testing.T) {
	for dir, imports := range importsOf(t) {
		allowed := thirdParty["."]
		for folder, modules := range thirdParty {
			if dir == folder || strings.HasPrefix(dir, folder+"/") {
				allowed = modules
			}
		}
		for _, p := range imports {
			first, _, _ := strings.Cut(p, "/")
			if !strings.Contains(first, ".") || p == module || strings.HasPrefix(p, module+"/") {
				continue
			}
			if !slices.ContainsFunc(allowed, func(m string) bool { return p == m || strings.HasPrefix(p, m+"/") }) {
				t.Errorf("%s imports %s, which is not among %v", dir, p, allowed)
			}
		}
	}
}
