package object

import "testing"

// A program of any number of functions is told of in one pass: were each looked for among all, these would take hours.
func TestDebugOfManyFunctions(t *testing.T) {
	const n = 1 << 20
	a := &assembler{l: &linker{obj: &Object{}}}
	fn := &function{name: "f"}
	for i := range uint32(n) {
		a.parts = append(a.parts, placedFunc{fn, 2 * i})
		if i%2 == 0 {
			a.funcs = append(a.funcs, FuncInfo{2 * i, i + 1})
		}
	}
	d := a.debug()
	if len(d.Funcs) != n {
		t.Fatalf("%d functions, want %d", len(d.Funcs), n)
	}
	for _, at := range []int{0, 1, 777, n - 2, n - 1} {
		want := DebugFunc{Insn: uint32(2 * at), Name: "f", TypeID: uint32(at + 1)}
		if at%2 == 1 {
			want.TypeID = 0 // no record says what it is
		}
		if d.Funcs[at] != want {
			t.Errorf("%+v, want %+v", d.Funcs[at], want)
		}
	}
}
