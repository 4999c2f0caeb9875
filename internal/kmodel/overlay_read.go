package kmodel

import (
	"errors"
	"fmt"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

// ParseKfuncOverlay reads a list of kernel functions from YAML:
//
//	kfuncs:
//	  - name: example_count
//	    module: example
//	    flags: [KF_ACQUIRE, KF_SPINLOCK_SAFE]
//	    types: [syscall, sched_cls]
//	    prototype: u64 example_count(u64 start)
//	  - name: example_free
//	    module: example
//	    destroys: example_object
//
// Anchors, aliases, tags and block texts are refused. Errors are of type *OverlayError.
func ParseKfuncOverlay(text []byte) ([]KfuncOverlay, error) {
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		var bad *yaml.SyntaxError
		if errors.As(err, &bad) {
			return nil, &OverlayError{bad.Token.Position.Line, bad.Message}
		}
		return nil, &OverlayError{1, err.Error()}
	}
	list, err := kfuncList(file)
	if err != nil {
		return nil, err
	}
	out := make([]KfuncOverlay, 0, len(list.Values))
	for _, n := range list.Values {
		o, err := readKfunc(n)
		if err != nil {
			return nil, err
		}
		out = append(out, o)
	}
	return out, nil
}

func badNode(n ast.Node, format string, args ...any) error {
	line := 1
	if n != nil && n.GetToken() != nil {
		line = n.GetToken().Position.Line
	}
	return &OverlayError{line, fmt.Sprintf(format, args...)}
}

// kfuncList finds the list under the only key of the file.
func kfuncList(file *ast.File) (*ast.SequenceNode, error) {
	const root = "kfuncs"
	if len(file.Docs) > 1 {
		return nil, badNode(file.Docs[1].Body, "there may be only one document")
	}
	if len(file.Docs) == 0 || file.Docs[0].Body == nil {
		return nil, badNode(nil, "the file must start with %q", root+":")
	}
	body := file.Docs[0].Body
	fields := fieldsOf(body)
	if len(fields) == 0 || keyOf(fields[0]) != root {
		return nil, badNode(body, "the file must start with %q", root+":")
	}
	if len(fields) > 1 {
		return nil, badNode(fields[1].Key, "there is nothing but %q", root+":")
	}
	switch list := fields[0].Value.(type) {
	case *ast.SequenceNode:
		return list, nil
	case *ast.NullNode:
		return &ast.SequenceNode{}, nil
	}
	return nil, badNode(fields[0].Value, "expected a list of functions")
}

// fieldsOf are the fields of a mapping, nil for other nodes.
func fieldsOf(n ast.Node) []*ast.MappingValueNode {
	switch n := n.(type) {
	case *ast.MappingNode:
		return n.Values
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}
	}
	return nil
}

func keyOf(f *ast.MappingValueNode) string {
	if s, ok := f.Key.(*ast.StringNode); ok {
		return s.Value
	}
	return ""
}

func readKfunc(n ast.Node) (o KfuncOverlay, err error) {
	fields := fieldsOf(n)
	if len(fields) == 0 {
		return o, badNode(n, "a function needs a name")
	}
	o.Line = fields[0].Key.GetToken().Position.Line
	for _, f := range fields {
		switch key := keyOf(f); key {
		case "name":
			o.Name, err = textOf(f.Value)
		case "module":
			o.Module, err = textOf(f.Value)
		case "prototype":
			o.Prototype, err = textOf(f.Value)
		case "destroys":
			o.Destroys, err = textOf(f.Value)
		case "modify_return":
			o.ModifyReturn, err = truthOf(f.Value)
		case "flags":
			err = eachText(f.Value, func(name string) bool {
				flag, ok := ParseKfuncFlag(name)
				o.Flags |= flag
				return ok
			}, "unknown flag %q")
		case "types":
			err = eachText(f.Value, func(name string) bool {
				t, ok := abi.ProgTypeNamed(name)
				o.Types = append(o.Types, t)
				return ok
			}, "unknown program type %q")
		default:
			err = badNode(f.Key, "unknown field %q (there are name, module, flags, types, prototype, destroys, modify_return)", key)
		}
		if err != nil {
			return o, err
		}
	}
	if o.Name == "" {
		return o, &OverlayError{o.Line, "a function needs a name"}
	}
	if o.Prototype != "" && o.Module == "" {
		o.Module = overlayModule
	}
	return o, nil
}

// textOf is a plain or quoted text on one line.
func textOf(n ast.Node) (string, error) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, nil
	case *ast.IntegerNode, *ast.BoolNode, *ast.FloatNode:
		return n.GetToken().Value, nil
	case *ast.NullNode:
		return "", badNode(n, "a value is missing")
	}
	return "", badNode(n, "a %s is not supported here", n.Type())
}

// truthOf is true or false.
func truthOf(n ast.Node) (bool, error) {
	if b, ok := n.(*ast.BoolNode); ok {
		return b.Value, nil
	}
	return false, badNode(n, "expected true or false")
}

// eachText gives take the text, or the texts of a list; unknown is what is said of those it does not take.
func eachText(n ast.Node, take func(string) bool, unknown string) error {
	list := []ast.Node{n}
	if seq, ok := n.(*ast.SequenceNode); ok {
		list = seq.Values
	}
	for _, n := range list {
		name, err := textOf(n)
		if err != nil {
			return err
		}
		if !take(name) {
			return badNode(n, unknown, name)
		}
	}
	return nil
}
