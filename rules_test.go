package bpfverdict

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strings"
	"testing"
)

// docs/RULES.md names a file and a function or table for each rule; both must exist.
func TestRulesPageIsTrue(t *testing.T) {
	page, err := os.ReadFile("docs/RULES.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for line := range strings.Lines(string(page)) {
		cells := strings.Split(line, "|")
		if len(cells) < 5 || !strings.Contains(cells[2], ".go`") {
			continue
		}
		rows++
		file, name := strings.Trim(cells[2], " `"), strings.Trim(cells[3], " `")
		if !declares(t, file, name) {
			t.Errorf("%s: %s does not declare %s", strings.TrimSpace(cells[1]), file, name)
		}
	}
	if rows < 15 {
		t.Errorf("%d rules: the table is not read", rows)
	}
}

// declares reports whether a Go file declares a function, method, type, variable or constant of that name.
func declares(t *testing.T, file, name string) bool {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Error(err)
		return false
	}
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Name.Name == name {
				return true
			}
		case *ast.GenDecl:
			for _, s := range d.Specs {
				switch s := s.(type) {
				case *ast.TypeSpec:
					if s.Name.Name == name {
						return true
					}
				case *ast.ValueSpec:
					for _, n := range s.Names {
						if n.Name == name {
							return true
						}
					}
				}
			}
		}
	}
	return false
}
