package kmodel

import "testing"

func TestWordingOfBugs(t *testing.T) {
	m, err := Load("6.18")
	if err != nil {
		t.Fatal(err)
	}
	if got := m.Wording().Bug; got != "verifier bug: " {
		t.Errorf("6.18 says %q", got)
	}
	if got := m.With(Disable(Of(VerifierBugWording))).Wording().Bug; got != "verifier internal error: " {
		t.Errorf("kernels before say %q", got)
	}
}
