package kmodel

import (
	"errors"
	"strings"
	"testing"

	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

const overlayText = `# functions of a module
kfuncs:
  - name: example_count
    module: example
    flags: [KF_SPIN_LOCK, RCU]
    types: [syscall]
    prototype: "u64 example_count(u64 start)"   # quoted
  - name: example_get
    module: example
    flags:
      - KF_ACQUIRE
      - KF_RET_NULL
    prototype: struct task_struct *example_get(const struct example_obj *obj, unsigned long n__k)
  - name: bpf_rcu_read_lock
    flags: [SPINLOCK_SAFE]
`

func TestKfuncOverlay(t *testing.T) {
	m, err := Load("6.18")
	if err != nil {
		t.Fatal(err)
	}
	list, err := ParseKfuncOverlay([]byte(overlayText))
	if err != nil {
		t.Fatal(err)
	}
	o, err := m.WithKfuncs(list)
	if err != nil {
		t.Fatal(err)
	}
	if len(o.Modules()) != 1 || o.Modules()[0].Name != "example" || len(m.Modules()) != 0 {
		t.Fatalf("modules %v, base %v", o.Modules(), m.Modules())
	}
	mod := o.Modules()[0]
	id, fn := mod.FindFunc("example_count")
	k := o.Kfunc(mod, id)
	if fn == nil || k == nil || k.Flags != abi.KF_SPINLOCK_SAFE|abi.KF_RCU || k.Module != "example" {
		t.Fatalf("example_count: %v, %+v", fn, k)
	}
	if !o.KfuncAllowed(k, Prog{Type: abi.PROG_TYPE_SYSCALL}) || o.KfuncAllowed(k, Prog{Type: abi.PROG_TYPE_XDP}) {
		t.Error("example_count is for syscall programs only")
	}
	_, get := mod.FindFunc("example_get")
	proto := get.Type.(*btf.FuncProto)
	task, _ := m.Types().FindStruct("task_struct")
	if got := mod.ID(proto.Return.(*btf.Pointer).Target); got != task {
		t.Errorf("example_get returns type %d, want task_struct %d", got, task)
	}
	if len(proto.Params) != 2 || proto.Params[1].Name != "n__k" {
		t.Errorf("example_get takes %v", proto.Params)
	}
	rcu, _ := m.Types().FindFunc("bpf_rcu_read_lock")
	if k := o.Kfunc(o.Types(), rcu); k == nil || k.Flags != abi.KF_SPINLOCK_SAFE {
		t.Errorf("bpf_rcu_read_lock: %+v", k)
	}
	if k := m.Kfunc(m.Types(), rcu); k == nil || k.Flags != 0 {
		t.Errorf("the model changed: %+v", k)
	}
}

func TestKfuncOverlayErrors(t *testing.T) {
	m, err := Load("6.18")
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"":                               `line 1: the file must start with "kfuncs:"`,
		"kfuncs:\n  - flags: [RCU]\n":    "line 2: a function needs a name",
		"kfuncs:\n  - name: x\n    a: b": `line 3: unknown field "a"`,
		"kfuncs:\n  - name: x\n    flags: [KF_MAGIC]":                        `line 3: unknown flag "KF_MAGIC"`,
		"kfuncs:\n  - name: x\n    types: [magic]":                           `line 3: unknown program type "magic"`,
		"kfuncs:\n  - name: x\n    flags: [RCU":                              "line 3: sequence end token ']' not found",
		"kfuncs:\n  - name: x\n    prototype: int y(void)":                   `line 2: the prototype declares "y", not "x"`,
		"kfuncs:\n  - name: x\n    prototype: int x(no_such_type a)":         `line 2: the kernel has no type "no_such_type"`,
		"kfuncs:\n  - name: x\n    prototype: int x":                         `line 2: "int x" is no function declaration`,
		"kfuncs:\n  - name: x\n    prototype: int x(int)":                    `line 2: "int" is no declaration`,
		"kfuncs:\n\t- name: x":                                               "line 2: found character '\t' that cannot start any token",
		"kfuncs:\n  - name: x\nmore: 1":                                      `line 3: there is nothing but "kfuncs:"`,
		"kfuncs: {a: b}":                                                     "line 1: expected a list of functions",
		"kfuncs: []\n---\nkfuncs: []":                                        "there may be only one document",
		"kfuncs:\n  - x":                                                     "line 2: a function needs a name",
		"kfuncs:\n  - name: [x]":                                             "line 2: a Sequence is not supported here",
		"kfuncs:\n  - name:\n":                                               "line 2: a value is missing",
		"kfuncs:\n  - name: &a x":                                            "not supported here",
		"kfuncs:\n  - name: 'x":                                              "line 2: could not find end character of single-quoted text",
		"kfuncs:\n  - name: x\n      flags: [RCU]":                           "line 2: mapping value is not allowed in this context",
		"kfuncs:\n  - name: x\n    prototype: struct a b * c x(int y)":       "line 2:",
		"kfuncs:\n  - name: x\n    prototype: 'union no_such_union x(void)'": "the kernel has no union no_such_union",
	} {
		list, err := ParseKfuncOverlay([]byte(text))
		if err == nil {
			_, err = m.WithKfuncs(list)
		}
		var oe *OverlayError
		if !errors.As(err, &oe) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// FuzzKfuncOverlay reads arbitrary text: what is refused says where, and nothing panics.
func FuzzKfuncOverlay(f *testing.F) {
	f.Add([]byte(overlayText))
	f.Add([]byte("kfuncs: [{name: x, flags: RCU}]"))
	f.Fuzz(func(t *testing.T, text []byte) {
		list, err := ParseKfuncOverlay(text)
		var oe *OverlayError
		if err != nil && (!errors.As(err, &oe) || oe.Line < 1 || oe.Text == "") {
			t.Fatalf("%q: %v", text, err)
		}
		for _, o := range list {
			if o.Name == "" {
				t.Fatalf("%q: a function without a name: %+v", text, o)
			}
		}
	})
}
