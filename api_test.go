package bpfverdict_test

import (
	"flag"
	"fmt"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write docs/api.txt anew")

// public are the packages that users import, those that others import first.
var public = []string{"github.com/bpfverdict/bpfverdict/diagnosis", "github.com/bpfverdict/bpfverdict/report", "github.com/bpfverdict/bpfverdict/kernel", "github.com/bpfverdict/bpfverdict", "github.com/bpfverdict/bpfverdict/machine", "github.com/bpfverdict/bpfverdict/bpftest"}

// TestAPI holds docs/api.txt to what the public packages export, so that no change of it goes unseen.
func TestAPI(t *testing.T) {
	l := apiLister{public: map[*types.TypeName]string{}}
	for _, pkg := range importPublic(t) {
		l.pkg = pkg
		scope := pkg.Scope()
		for _, name := range scope.Names() {
			if token.IsExported(name) {
				l.object(scope.Lookup(name))
			}
		}
	}
	slices.Sort(l.lines)
	got := strings.Join(l.lines, "\n") + "\n"
	const file = "docs/api.txt"
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(strings.ReplaceAll(string(want), "\r", ""), got); d != "" {
		t.Errorf("the exported names change (-%s, +now); docs/STABILITY.md says what may. If it shall be so:\n"+
			"go test -run TestAPI . -update\n%s", file, d)
	}
}

// importPublic reads the public packages as the compiler exports them.
func importPublic(t *testing.T) []*types.Package {
	t.Helper()
	args := append([]string{"list", "-export", "-deps", "-f", "{{.ImportPath}}\t{{.Export}}"}, public...)
	out, err := exec.Command("go", args...).Output()
	if err != nil {
		t.Skip("no go command to ask: ", err)
	}
	files := map[string]string{}
	for line := range strings.Lines(string(out)) {
		pkg, file, _ := strings.Cut(strings.TrimSpace(line), "\t")
		files[pkg] = file
	}
	imp := importer.ForCompiler(token.NewFileSet(), "gc", func(path string) (io.ReadCloser, error) { return os.Open(files[path]) })
	pkgs := make([]*types.Package, len(public))
	for i, name := range public {
		if pkgs[i], err = imp.Import(name); err != nil {
			t.Fatal(err)
		}
	}
	return pkgs
}

// apiLister lists what packages export, one line each.
type apiLister struct {
	pkg    *types.Package
	lines  []string
	public map[*types.TypeName]string // aliases of types that others can't import
}

func (l *apiLister) add(format string, args ...any) {
	l.lines = append(l.lines, "pkg "+l.pkg.Name()+", "+fmt.Sprintf(format, args...))
}

// name writes a type with the package's name before it unless that is this one, under the name it has in public.
func (l *apiLister) name(t types.Type) string {
	s := types.TypeString(t, func(p *types.Package) string {
		if p == l.pkg {
			return ""
		}
		return path.Base(p.Path())
	})
	for inner, alias := range l.public {
		s = strings.ReplaceAll(s, path.Base(inner.Pkg().Path())+"."+inner.Name(), strings.TrimPrefix(alias, l.pkg.Name()+"."))
	}
	return s
}

func (l *apiLister) object(o types.Object) {
	switch o := o.(type) {
	case *types.Const:
		l.add("const %s %s = %s", o.Name(), l.name(o.Type()), o.Val())
	case *types.Var:
		l.add("var %s %s", o.Name(), l.name(o.Type()))
	case *types.Func:
		l.add("func %s%s", o.Name(), strings.TrimPrefix(l.name(o.Type()), "func"))
	case *types.TypeName:
		l.typeName(o)
	}
}

// typeName lists a type with its fields and methods, also where it is an alias of one that others can't import.
func (l *apiLister) typeName(o *types.TypeName) {
	named := types.Unalias(o.Type()).(*types.Named)
	if from := named.Obj(); from.Pkg() != l.pkg {
		if slices.Contains(public, from.Pkg().Path()) {
			l.add("type %s = %s", o.Name(), l.name(named))
			return
		}
		l.public[from] = l.pkg.Name() + "." + o.Name()
	}
	if s, ok := named.Underlying().(*types.Struct); ok {
		l.add("type %s struct", o.Name())
		for f := range s.Fields() {
			if f.Exported() {
				l.add("type %s struct, %s %s", o.Name(), f.Name(), l.name(f.Type()))
			}
		}
	} else {
		l.add("type %s %s", o.Name(), l.name(named.Underlying()))
	}
	for m := range named.Methods() {
		if m.Exported() {
			l.add("method (%s) %s%s", l.name(m.Signature().Recv().Type()), m.Name(), strings.TrimPrefix(l.name(m.Type()), "func"))
		}
	}
}
