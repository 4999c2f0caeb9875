package kmodel

import "testing"

func TestHasSymbol(t *testing.T) {
	m, err := Load("6.18")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{
		"bpf_rcu_read_lock": true, // a function of the BTF
		"_stext":            true, // known to the symbol table alone
		"cpu_number":        false,
		"no_such_symbol":    false,
	} {
		if got := m.HasSymbol(name); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
	if machine, err := Load("6.18@arm64"); err != nil || !machine.HasSymbol("__per_cpu_start") {
		t.Errorf("a model without a symbol table lacks what every linker script gives (%v)", err)
	}
	other := m.With(WithTypes(m.Types()))
	if !other.HasSymbol("cpu_number") {
		t.Error("a replaced BTF names cpu_number")
	}
}
