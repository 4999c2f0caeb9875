package kmodel

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strings"
	"testing"
)

// TestQuestionsAskTheModel: what depends on the kernel is a method of the model that reads the model. An exported
// function that takes a program, a type or a name of the kernel's and no model would answer alike for all kernels.
func TestQuestionsAskTheModel(t *testing.T) {
	about := []string{"Prog", "ProgType", "AttachType", "MapType", "Kfunc", "Helper"}
	// These read text that users write, or find a model.
	free := []string{"Load", "LoadTypes", "ReadTypes", "ReadModule", "ParseFeature", "ParseKfuncFlag", "ParseKfuncOverlay", "Named",
		"RawBTF", "Detect", "IsRelease"}
	for _, fn := range functions(t) {
		name := fn.Name.Name
		if fn.Recv != nil {
			recv := fn.Recv.List[0]
			if nameOfType(recv.Type) == "Model" && (len(recv.Names) == 0 || !uses(fn.Body, recv.Names[0].Name)) {
				t.Errorf("Model.%s does not look at its model", name)
			}
			continue
		}
		if !fn.Name.IsExported() || slices.Contains(free, name) {
			continue
		}
		for _, p := range fn.Type.Params.List {
			if typ := nameOfType(p.Type); slices.Contains(about, typ) || typ == "string" {
				t.Errorf("%s takes a %s and no model", name, typ)
			}
		}
	}
}

// functions are those of the package, tests aside.
func functions(t *testing.T) (list []*ast.FuncDecl) {
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), f.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range parsed.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok {
				list = append(list, fn)
			}
		}
	}
	if len(list) < 100 {
		t.Fatalf("%d functions", len(list))
	}
	return list
}

// nameOfType is a type without its package, pointer or slice.
func nameOfType(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return nameOfType(e.X)
	case *ast.ArrayType:
		return nameOfType(e.Elt)
	case *ast.SelectorExpr:
		return e.Sel.Name
	case *ast.Ident:
		return e.Name
	}
	return ""
}

// uses reports whether code names a variable.
func uses(code ast.Node, name string) bool {
	found := false
	ast.Inspect(code, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		found = found || ok && id.Name == name
		return !found
	})
	return found
}
