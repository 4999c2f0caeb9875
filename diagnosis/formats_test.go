package diagnosis

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// refusing are the packages that refuse programs.
var refusing = []string{"attach", "cfg", "kproto", "liveness", "object", "paths", "precision", "program", "types", "verifier", "vlog"}

// notes are lines of the log that refuse nothing.
var notes = []string{
	"%d: safe", "\nfrom %d to %d: safe", "Func#%d ('%s') is global and assumed valid.", "Func#%d ('%s') is safe for any args that match its prototype", "Func#%d is safe for any args that match its prototype",
	"Func#%d is global and valid. Skipping.", "Validating %s() func#%d...", "callee:", "caller:", "frame%d bpf_loop iteration limit reached", "returning from callee:", "to caller at %d:",
	// Of main and static functions, whose BTF is then not believed.
	"R%d is not a pointer", "arg#%d expected pointer to ctx, but got %s", "reg type unsupported for arg#%d function %s#%d",
	"Unrecognized arg#%d type %s", "arg#%d type is not a struct",
}

// made is a format that a line of the source makes a refusal from.
type made struct {
	format string
	at     token.Position
	bug    bool // the kernel contradicts itself
}

// sources are the parsed files of a package.
type sources struct {
	t     *testing.T
	fset  *token.FileSet
	files []*ast.File
	// printers are functions that take a format and what to put in; methods' names begin with a dot, and
	// those of local functions with their file.
	printers map[string]printer
	found    []made
}

// printer is a function that takes a format.
type printer struct {
	arg    int    // which argument is the format
	prefix string // what it puts in front
	bug    bool
}

// logPrinters are the methods of the log. Printf shows states too: it refuses only right before a bare number.
var logPrinters = map[string]printer{
	".Reject": {arg: 1}, ".Verbose": {}, ".VerboseOpen": {}, ".Bug": {bug: true}, ".InternalError": {bug: true},
}

// enumerate returns the formats of all refusals in the source.
func enumerate(t *testing.T) []made {
	t.Helper()
	var all []made
	for _, pkg := range refusing {
		s := &sources{t: t, fset: token.NewFileSet(), printers: map[string]printer{}}
		for name, p := range logPrinters {
			s.printers[name] = p
		}
		err := filepath.WalkDir("../internal/"+pkg, func(file string, d fs.DirEntry, err error) error {
			// A preset is what a user asks for, not what a program does.
			if err != nil || d.IsDir() || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") || strings.HasPrefix(d.Name(), "preset") {
				return err
			}
			f, err := parser.ParseFile(s.fset, file, nil, parser.SkipObjectResolution)
			s.files = append(s.files, f)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		s.findPrinters()
		s.findCalls()
		all = append(all, s.found...)
	}
	return all
}

// formatParam returns which parameter of a function is a format that others fill in, -1 if none.
func formatParam(typ *ast.FuncType) int {
	i, at := 0, -1
	for _, field := range typ.Params.List {
		if _, variadic := field.Type.(*ast.Ellipsis); variadic {
			return at
		}
		for _, name := range field.Names {
			if name.Name == "format" {
				at = i
			}
			i++
		}
	}
	return -1
}

// findPrinters finds functions of the package itself that take a format and refuse with it.
func (s *sources) findPrinters() {
	add := func(name string, typ *ast.FuncType, body *ast.BlockStmt) {
		if _, known := s.printers[name]; known || formatParam(typ) < 0 {
			return
		}
		p := printer{arg: formatParam(typ)}
		ast.Inspect(body, func(n ast.Node) bool {
			sum, ok := n.(*ast.BinaryExpr)
			if !ok {
				return true
			}
			lit, isLit := sum.X.(*ast.BasicLit)
			if id, isID := sum.Y.(*ast.Ident); isLit && isID && id.Name == "format" {
				p.prefix, _ = strconv.Unquote(lit.Value)
			}
			return true
		})
		s.printers[name] = p
	}
	for _, f := range s.files {
		file := s.fset.Position(f.Pos()).Filename
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				switch name := n.Name.Name; {
				case name == "Printf" || name == "Unsupported": // a part of a line; not a refusal
				case n.Recv != nil:
					add("."+name, n.Type, n.Body)
				default:
					add(name, n.Type, n.Body)
				}
			case *ast.AssignStmt:
				fn, isFunc := n.Rhs[0].(*ast.FuncLit)
				if id, isID := n.Lhs[0].(*ast.Ident); isFunc && isID {
					add(file+id.Name, fn.Type, fn.Body)
				}
			}
			return true
		})
	}
}

// findCalls finds what is called with formats.
func (s *sources) findCalls() {
	for _, f := range s.files {
		file := s.fset.Position(f.Pos()).Filename
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.BlockStmt:
				s.findBareNumbers(n.List)
			case *ast.CaseClause:
				s.findBareNumbers(n.Body)
			case *ast.CallExpr:
				name := calledName(n)
				p, ok := s.printers[file+name]
				if !ok {
					p, ok = s.printers[name]
				}
				if ok && p.arg < len(n.Args) {
					s.add(n.Args[p.arg], p)
				}
			}
			return true
		})
	}
}

// findBareNumbers finds a Printf right before `return vlog.Fail(...)`.
func (s *sources) findBareNumbers(stmts []ast.Stmt) {
	for i := 1; i < len(stmts); i++ {
		ret, ok := stmts[i].(*ast.ReturnStmt)
		said, isExpr := stmts[i-1].(*ast.ExprStmt)
		if !ok || !isExpr || len(ret.Results) == 0 {
			continue
		}
		fail, isCall := ret.Results[len(ret.Results)-1].(*ast.CallExpr)
		call, isPrint := said.X.(*ast.CallExpr)
		if isCall && isPrint && calledName(fail) == ".Fail" && calledName(call) == ".Printf" {
			s.add(call.Args[0], printer{})
		}
	}
}

// calledName names a call's function, with a dot if it is a method or another package's.
func calledName(call *ast.CallExpr) string {
	switch fun := call.Fun.(type) {
	case *ast.Ident:
		return fun.Name
	case *ast.SelectorExpr:
		return "." + fun.Sel.Name
	}
	return ""
}

// add notes the formats that an argument may be.
func (s *sources) add(arg ast.Expr, p printer) {
	at := s.fset.Position(arg.Pos())
	formats, bug := s.texts(arg)
	if formats == nil {
		s.t.Errorf("%s: the test can't tell which formats this may be: teach it", at)
	}
	for _, f := range formats {
		if f != passedOn && !slices.Contains(notes, f) {
			s.found = append(s.found, made{p.prefix + f, at, p.bug || bug})
		}
	}
}

// passedOn stands for the format that a printer hands to another.
const passedOn = "\x00"

// texts returns what a constant expression, or a field of a table, may be, and whether the prefix of the
// kernel's own bugs is in front.
func (s *sources) texts(e ast.Expr) (texts []string, bug bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		if err != nil {
			return nil, false
		}
		return []string{text}, false
	case *ast.Ident:
		if e.Name == "format" {
			return []string{passedOn}, false
		}
		return s.constant(e.Name), false
	case *ast.CallExpr:
		if calledName(e) == ".BugPrefix" {
			return []string{""}, true
		}
	case *ast.SelectorExpr:
		return s.column(e.Sel.Name), false
	case *ast.BinaryExpr:
		left, leftBug := s.texts(e.X)
		right, rightBug := s.texts(e.Y)
		for _, l := range left {
			for _, r := range right {
				if r == passedOn {
					texts = append(texts, passedOn)
				} else {
					texts = append(texts, l+r)
				}
			}
		}
		return texts, leftBug || rightBug
	}
	return nil, false
}

// constant returns the text of a constant of the package.
func (s *sources) constant(name string) (texts []string) {
	for _, f := range s.files {
		ast.Inspect(f, func(n ast.Node) bool {
			if v, ok := n.(*ast.ValueSpec); ok && v.Names[0].Name == name && len(v.Values) == 1 {
				texts, _ = s.texts(v.Values[0])
			}
			return true
		})
	}
	return texts
}

// column returns the texts that the tables of the package have in a field.
func (s *sources) column(name string) (texts []string) {
	for _, f := range s.files {
		ast.Inspect(f, func(n ast.Node) bool {
			kv, ok := n.(*ast.KeyValueExpr)
			if !ok {
				return true
			}
			if key, isID := kv.Key.(*ast.Ident); isID && key.Name == name {
				if text, _ := s.texts(kv.Value); text != nil {
					texts = append(texts, text...)
				}
			}
			return true
		})
	}
	return texts
}

// TestEveryRefusalHasACode holds the table against the source: a refusal without a code, and a code's format
// that nothing refuses with, are mistakes.
func TestEveryRefusalHasACode(t *testing.T) {
	all := enumerate(t)
	if len(all) < 500 {
		t.Fatalf("%d refusals: the source is not read", len(all))
	}
	used := map[string]bool{}
	for _, m := range all {
		used[plain(m.format)] = true
		if _, ok := CodeOf(m.format); !ok && !m.bug {
			t.Errorf("%s: no code has %q", m.at, m.format)
		}
	}
	for _, c := range Codes() {
		for _, f := range c.Formats {
			if !used[plain(f)] && !slices.Contains(madeElsewhere, f) {
				t.Errorf("%s: nothing refuses with %q", c.ID, f)
			}
		}
	}
}

// madeElsewhere are formats that no call spells: how the kernel's own bugs begin.
var madeElsewhere = []string{"verifier bug: %s", "verifier internal error: %s"}
