package verifier

import (
	"fmt"
	"strings"
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/kproto"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/state"
	"github.com/bpfverdict/bpfverdict/internal/vlog"
)

// objectFlags are all flags a typed pointer can carry.
var objectFlags = []abi.RegType{
	abi.PTR_MAYBE_NULL, abi.MEM_RDONLY, abi.MEM_USER, abi.MEM_PERCPU, abi.PTR_UNTRUSTED,
	abi.MEM_ALLOC, abi.PTR_TRUSTED, abi.MEM_RCU, abi.NON_OWN_REF,
}

// typedPointers are typed pointers with every combination of flags.
func typedPointers() []abi.RegType {
	out := []abi.RegType{abi.PTR_TO_BTF_ID}
	for _, f := range objectFlags {
		for _, t := range out {
			out = append(out, t|f)
		}
	}
	return out
}

func testModel(t *testing.T) *kmodel.Model {
	m, err := kmodel.Load("6.18")
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// argVerifier has one register of the given type, 16 bytes into what it points to.
func argVerifier(m *kmodel.Model, regno int, typ abi.RegType) *verifier {
	v := &verifier{task: task{k: m}, subprogs: make([]subprog, 1)}
	v.typesets = append(v.typesets, m.Types(), nil)
	v.Printer = *vlog.NewPrinter(&vlog.Log{Max: 1 << 16, Kernel: m}, &object.Image{}, &v.maps)
	v.paths.Pool = new(state.Pool)
	v.st = v.paths.Pool.State()
	v.st.Frames[0] = v.newFrame(state.MainCallsite, 0, 0)
	r := &v.regs()[regno]
	r.MarkPtr(typ)
	r.Off, r.RefObjID = 16, 1
	return v
}

// exchange is a call of bpf_kptr_xchg.
func exchange(v *verifier) *call { return &call{v: v, rule: helperRule(abi.BPF_FUNC_kptr_xchg)} }

// TestKptrXchgDestination enumerates every combination of flags a destination of bpf_kptr_xchg may carry, under
// every set of the features that widen it: what the table accepts passes every later check as well,
// and nothing else is accepted.
func TestKptrXchgDestination(t *testing.T) {
	features := []kmodel.Feature{kmodel.KptrXchgLocal, kmodel.KptrXchgNonOwning, kmodel.KptrXchgNonOwningRCU}
	accepts := map[abi.RegType]kmodel.Feature{
		ptrAlloc:                                 kmodel.KptrXchgLocal,
		ptrAlloc | abi.NON_OWN_REF:               kmodel.KptrXchgNonOwning,
		ptrAlloc | abi.NON_OWN_REF | abi.MEM_RCU: kmodel.KptrXchgNonOwningRCU,
	}
	base := testModel(t).With(kmodel.Disable(kmodel.Of(features...)))
	for set := 0; set < 1<<len(features); set++ {
		var on kmodel.FeatureSet
		for i, f := range features {
			if set&(1<<i) != 0 {
				on = on.Union(kmodel.Of(f))
			}
		}
		m := base.With(kmodel.Enable(on))
		for _, typ := range typedPointers() {
			f, listed := accepts[typ]
			want := listed && m.Has(f)
			v := argVerifier(m, insn.R1, typ)
			c := exchange(v)
			a := arg{regno: insn.R1, r: &v.regs()[insn.R1], typ: abi.ARG_KPTR_XCHG_DEST}
			err := c.checkArgType(a)
			if (err == nil) != want {
				t.Errorf("features %b: type %s: %v, want accepted %v", set, typ, err, want)
			}
			if strings.Contains(v.Log.String(), "verifier bug") {
				t.Errorf("features %b: type %s: %s", set, typ, v.Log.String())
			}
			if err != nil {
				continue
			}
			if err := v.checkArgOffset(a.r, a.regno, a.typ); err != nil {
				t.Errorf("features %b: type %s: a field inside the object is refused: %s", set, typ, v.Log.String())
			}
			if !isAllocObj(typ) {
				t.Errorf("features %b: type %s: the object's fields aren't looked for", set, typ)
			}
		}
	}
}

func TestKptrXchgExpected(t *testing.T) {
	m := testModel(t)
	for _, c := range []struct {
		on   kmodel.FeatureSet
		want string
	}{
		{kmodel.FeatureSet{}, "R1 type=scalar expected=map_value, ptr_"},
		{kmodel.Of(kmodel.KptrXchgNonOwning), "R1 type=scalar expected=map_value, ptr_, ptr_"},
		{kmodel.Of(kmodel.KptrXchgNonOwning, kmodel.KptrXchgNonOwningRCU), "R1 type=scalar expected=map_value, ptr_, ptr_, rcu_ptr_"},
	} {
		v := argVerifier(m.With(kmodel.Enable(c.on)), insn.R1, abi.SCALAR_VALUE)
		if exchange(v).checkArgType(arg{regno: insn.R1, r: &v.regs()[insn.R1], typ: abi.ARG_KPTR_XCHG_DEST}) == nil {
			t.Error("a number is accepted")
		}
		if got := v.LastLine(); got != c.want {
			t.Errorf("message %q, want %q", got, c.want)
		}
	}
}

// TestKptrXchgSource holds the row of the stored pointer against the rule it spells out: MEM_ALLOC, with or
// without MEM_PERCPU, and PTR_MAYBE_NULL don't count when the type is looked up, but
// of objects of the program only plain ones are handled.
func TestKptrXchgSource(t *testing.T) {
	m := testModel(t)
	at := abi.ARG_PTR_TO_BTF_ID | abi.ArgType(abi.PTR_MAYBE_NULL|abi.OBJ_RELEASE)
	row := exchange(nil).argRow(arg{regno: insn.R2, typ: at})
	for _, typ := range typedPointers() {
		folded := typ &^ abi.PTR_MAYBE_NULL
		if typ&abi.MEM_ALLOC != 0 {
			folded &^= abi.MEM_ALLOC | abi.MEM_PERCPU
		}
		listed := folded == ptrBTF || folded == ptrBTF|abi.PTR_TRUSTED || folded == ptrBTF|abi.MEM_RCU
		a := row.find(m, at, typ)
		switch {
		case (a != nil) != listed:
			t.Errorf("type %x: accepted %v, want %v", typ, a != nil, listed)
		case a == nil:
		case a.match != matchKptr && a.match != matchBroken:
			t.Errorf("type %x is accepted and not handled", typ)
		case (a.match == matchBroken) != (typ&abi.MEM_ALLOC != 0 && typ&^abi.MEM_PERCPU != ptrAlloc):
			t.Errorf("type %x: match %d", typ, a.match)
		}
	}
}

// TestArgTable verifies that every accepted typed pointer is handled in some way.
func TestArgTable(t *testing.T) {
	for base := range argTable {
		row := &argTable[base]
		for _, a := range row.accepts {
			typed := a.typ.Base() == abi.PTR_TO_BTF_ID
			switch {
			case !typed && a.match != matchAny:
				t.Errorf("argument type %d: type %x is no typed pointer and is matched as one", base, a.typ)
			case typed && a.match == matchAny && row.do == nil:
				t.Errorf("argument type %d: any %x is accepted and nothing done with it", base, a.typ)
			}
		}
	}
}

// TestClassTable verifies that every class of pointer has a row, whose types are refused in words of its own.
func TestClassTable(t *testing.T) {
	v := argVerifier(testModel(t), insn.R1, abi.PTR_TO_PACKET)
	a := arg{regno: insn.R1, r: &v.regs()[insn.R1]}
	rows := map[string]argRow{}
	for class := kproto.Ctx; class < kproto.NumClasses; class++ {
		if class != kproto.Null {
			rows[fmt.Sprint("class ", class)] = classTable[class]
		}
	}
	for base, row := range globalTable {
		rows[fmt.Sprint("global argument ", base)] = row
	}
	for name, row := range rows {
		switch {
		case row.accepts == nil && row.do == nil:
			t.Errorf("%s: no row", name)
		case row.accepts == nil:
		case exchange(v).take(&row, a) == nil:
			t.Errorf("%s: a packet is accepted", name)
		case row.refuse == "" || strings.Contains(v.LastLine(), "%!"):
			t.Errorf("%s: refused with %q", name, v.LastLine())
		}
	}
}

// TestRulesExist verifies that every row is of a function that some model has.
func TestRulesExist(t *testing.T) {
	helpers, kfuncs := map[int32]bool{}, map[string]bool{}
	for _, name := range kmodel.Names() {
		m, err := kmodel.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		for id := range helperTable {
			helpers[int32(id)] = helpers[int32(id)] || m.HelperName(int32(id)) != "unknown"
		}
		for name := range kfuncTable {
			id, _ := m.Types().FindFunc(name)
			kfuncs[name] = kfuncs[name] || id != 0
		}
	}
	for id, exists := range helpers {
		if !exists {
			t.Errorf("no model has helper %d", id)
		}
	}
	for name, exists := range kfuncs {
		if !exists {
			t.Errorf("no model has %s", name)
		}
	}
}

func TestFormat(t *testing.T) {
	for _, c := range []struct {
		format string
		values int
		want   bool
	}{
		{"", 0, true}, {"plain 100%%\n", 0, true}, {"%d", 1, true}, {"%d", 0, false}, {"%d %u %x %X %i", 5, true},
		{"%ld %llu", 2, true}, {"%lllu", 1, false}, {"%08lx|%+d|%-5u", 3, true}, {"%s", 1, true}, {"%sx", 1, false},
		{"%s.", 1, true}, {"%p", 1, true}, {"%pK %px %pS %ps %pB", 5, true}, {"%pks %pus", 2, true}, {"%pksx", 1, false},
		{"%pi4 %pI6", 2, true}, {"%pi5", 1, false}, {"%pa", 1, false}, {"%c%c", 2, true}, {"%", 1, false}, {"%l", 1, false},
		{"%f", 1, false}, {"\x80", 0, false}, {"\x01", 0, false}, {"tab\t", 0, true}, {"%1", 1, false},
	} {
		if got := validFormat([]byte(c.format), c.values); got != c.want {
			t.Errorf("%q with %d values: %v, want %v", c.format, c.values, got, c.want)
		}
	}
}

func TestRetWithin(t *testing.T) {
	r := state.Reg{}
	r.MarkKnown(^uint64(0))
	for _, c := range []struct {
		want  state.RetRange
		ret32 bool
		ok    bool
	}{
		{state.RetRange{Min: 0, Max: 1}, false, false},
		{state.RetRange{Min: -4095, Max: 0}, false, true},
		{state.RetRange{Min: -1, Max: -1}, true, true},
	} {
		if got := retWithin(c.want, &r, c.ret32); got != c.ok {
			t.Errorf("-1 in %v: %v", c.want, got)
		}
	}
	r.MarkKnown(1 << 32) // 0 in its lower half
	if retWithin(state.RetRange{}, &r, false) || !retWithin(state.RetRange{}, &r, true) {
		t.Error("the upper half counts only for 64 bits")
	}
}
