package kmodel

import (
	"go/ast"
	"slices"
	"testing"
)

// A walk is another model's too where that answers alike what was asked, and only there.
func TestAlike(t *testing.T) {
	m, other := newest(t), newest(t).With(Disable(Of(NegRange)), Named("other"))
	for name, c := range map[string]struct {
		ask  func(*Model)
		want bool
	}{
		"nothing":           {func(*Model) {}, true},
		"another feature":   {func(m *Model) { m.Has(PrivateStack) }, true},
		"the feature":       {func(m *Model) { m.Has(NegRange) }, false},
		"a helper":          {func(m *Model) { m.Helper(m.HelpersOf(xdp), xdp, m.HelperID("redirect")) }, true},
		"a context":         {func(m *Model) { m.CtxAccess(xdp, 0, 4, false); m.CtxType(xdp) }, true},
		"types":             {func(m *Model) { m.Types().ByID(1) }, false},
		"types, not opened": {func(m *Model) { m.Types() }, true},
		"a struct":          {func(m *Model) { m.StructID("sock") }, false},
	} {
		listening, asked := m.Listen([]*Model{other, m})
		c.ask(listening)
		if got := asked.Alike(other); got != c.want {
			t.Errorf("%s: alike is %v", name, got)
		}
		if types := name == "types" || name == "a struct"; asked.Alike(m) == types {
			t.Errorf("%s: the model is like itself: %v", name, !types)
		}
	}
	locked := m.With(WithConfig(Config{Lockdown: "confidentiality", JIT: true, PageSize: 4096, CPUs: 2}))
	kprobe := Prog{Type: 2}
	listening, asked := m.Listen([]*Model{locked})
	listening.Helper(m.HelpersOf(kprobe), kprobe, m.HelperID("probe_read_kernel"))
	if asked.Alike(locked) {
		t.Error("a helper that lockdown refuses is taken for one that it doesn't")
	}
}

// A feature may decide for those who still answer alike, where they have it and the model lacks it or the other way round.
func TestDiffers(t *testing.T) {
	m := newest(t)
	other := m.With(Disable(Of(NegRange)), Named("other"))
	if m.Differs(NegRange) {
		t.Error("a feature differs for nobody")
	}
	listening, _ := m.Listen([]*Model{other})
	if !listening.Differs(NegRange) || listening.Differs(PrivateStack) {
		t.Error("not just the feature that the other lacks differs")
	}
	listening.Has(NegRange)
	if listening.Differs(NegRange) {
		t.Error("a feature differs for a model that answered otherwise")
	}
}

// Whatever a model can be asked is noted: as a question, or as one about types. A method that is not would let kernels
// share a walk that they make otherwise.
func TestEveryQuestionIsNoted(t *testing.T) {
	// They change models, name them, have answers that another question is noted for, or note themselves otherwise.
	silent := []string{"Has", "With", "On", "OnMachine", "WithKfuncs", "Name", "Borrowed", "Measured", "Profiles", "Changes", "Detection", "Listen", "Differs", "DiffersInLiveness", "Heard", "Matters", "MayNest", "HelpersOf", "KfuncAllowed", "Modules", "Features", "Wording", "TypeNames", "Engine", "Types", "ReadCtxType"}
	noted := map[string]bool{}
	for _, fn := range functions(t) {
		if fn.Recv == nil || nameOfType(fn.Recv.List[0].Type) != "Model" || !fn.Name.IsExported() || slices.Contains(silent, fn.Name.Name) {
			continue
		}
		found := false
		ast.Inspect(fn.Body, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			sel, ok := call.Fun.(*ast.SelectorExpr)
			if !ok || sel.Sel.Name != "note" && sel.Sel.Name != "sawTypes" {
				return true
			}
			found = true
			if sel.Sel.Name == "note" {
				name := call.Args[0].(*ast.BasicLit).Value
				noted[name[1:len(name)-1]] = true
			}
			return true
		})
		if !found {
			t.Errorf("Model.%s is not noted", fn.Name.Name)
		}
	}
	for name := range noted {
		if questions[name] == nil {
			t.Errorf("there is no question %q", name)
		}
	}
	if len(noted) != len(questions) {
		t.Errorf("%d methods note themselves, there are %d questions", len(noted), len(questions))
	}
}
