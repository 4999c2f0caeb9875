package semantics

import "testing"

func TestTable(t *testing.T) {
	cases := Cases()
	seen := map[Case]bool{}
	codes := map[uint8]bool{}
	for _, c := range cases {
		if seen[c] {
			t.Errorf("twice: %v", &c)
		}
		seen[c] = true
		codes[c.Insn.Code] = true
	}
	results, err := Results()
	if err != nil {
		t.Fatal(err)
	}
	if len(results) != len(cases) || len(cases) < 10000 || len(codes) < 110 {
		t.Errorf("%d cases of %d codes, %d results", len(cases), len(codes), len(results))
	}
}
