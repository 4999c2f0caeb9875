package bpftest

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict"
	"github.com/bpfverdict/bpfverdict/internal/abi"
)

// CheckSpec is CheckBytes for an object as a loader has changed it: what loadCounter of bpf2go returns, with other values
// in variables, other sizes and types of maps, programs left out. The object's bytes are what bpf2go embeds, _CounterBytes. A
// change that can't be followed, such as other instructions, ends the test.
func CheckSpec(t *testing.T, object []byte, spec *ebpf.CollectionSpec, opts ...Option) {
	t.Helper()
	first, err := ebpf.LoadCollectionSpecFromReader(bytes.NewReader(object))
	if err != nil {
		t.Fatal(err)
	}
	changes, err := changesOf(first, spec)
	if err != nil {
		t.Fatal(err)
	}
	CheckBytes(t, "spec", object, append(opts, With(changes...))...)
}

// changesOf are the options that do to an object what was done to its spec.
func changesOf(first, spec *ebpf.CollectionSpec) (opts []bpfverdict.Option, err error) {
	for name, v := range spec.Variables {
		old := first.Variables[name]
		switch {
		case old == nil:
			return nil, fmt.Errorf("variable %s is none of the object's", name)
		case bytes.Equal(old.Value, v.Value):
		case v.Type == nil:
			return nil, fmt.Errorf("variable %s has no type, and another value", name)
		default:
			some, err := assign(name, v.Type.Type, old.Value, v.Value)
			if err != nil {
				return nil, err
			}
			opts = append(opts, some...)
		}
	}
	for name, m := range spec.Maps {
		old := first.Maps[name]
		if old == nil {
			return nil, fmt.Errorf("map %s is none of the object's", name)
		}
		for _, s := range []struct {
			setting  string
			was, now uint32
		}{
			{"key_size", old.KeySize, m.KeySize}, {"value_size", old.ValueSize, m.ValueSize},
			{"max_entries", old.MaxEntries, m.MaxEntries}, {"map_flags", old.Flags, m.Flags},
		} {
			if s.was != s.now {
				opts = append(opts, bpfverdict.ChangeMap(name, fmt.Sprintf("%s=%d", s.setting, s.now)))
			}
		}
		if old.Type != m.Type {
			opts = append(opts, bpfverdict.ChangeMap(name, "type="+abi.MapType(m.Type).String()))
		}
	}
	for name, p := range spec.Programs {
		old := first.Programs[name]
		switch {
		case old == nil:
			return nil, fmt.Errorf("program %s is none of the object's", name)
		case old.Type != p.Type || old.AttachType != p.AttachType || old.Flags != p.Flags:
			return nil, fmt.Errorf("program %s has another type or flags: With(bpfverdict.SetType(...)) sets them", name)
		case old.AttachTo != p.AttachTo:
			opts = append(opts, bpfverdict.SetTarget(name, p.AttachTo))
		}
		if fmt.Sprint(old.Instructions) != fmt.Sprint(p.Instructions) {
			return nil, fmt.Errorf("program %s has other instructions", name)
		}
	}
	if len(spec.Programs) < len(first.Programs) {
		opts = append(opts, bpfverdict.Only(slices.Sorted(maps.Keys(spec.Programs))...))
	}
	return opts, nil
}

// assign sets what differs in a variable, or a part of one, of a type.
func assign(name string, typ btf.Type, was, now []byte) (opts []bpfverdict.Option, err error) {
	if bytes.Equal(was, now) {
		return nil, nil
	}
	each := func(part string, t btf.Type, off int) error {
		size, err := btf.Sizeof(t)
		if err != nil || off+size > len(now) {
			return fmt.Errorf("variable %s: its type does not fit", name)
		}
		some, err := assign(name+part, t, was[off:off+size], now[off:off+size])
		opts = append(opts, some...)
		return err
	}
	switch t := btf.UnderlyingType(typ).(type) {
	case *btf.Struct:
		for _, m := range t.Members {
			if m.BitfieldSize != 0 {
				from, to := m.Offset/8, (m.Offset+m.BitfieldSize+7)/8
				if int(to) > len(now) || !bytes.Equal(was[from:to], now[from:to]) {
					return nil, fmt.Errorf("variable %s.%s is a bit field, and has another value", name, m.Name)
				}
				continue
			}
			if err := each("."+m.Name, m.Type, int(m.Offset.Bytes())); err != nil {
				return nil, err
			}
		}
		return opts, nil
	case *btf.Array:
		size, err := btf.Sizeof(t.Type)
		if err != nil {
			return nil, err
		}
		for i := range int(t.Nelems) {
			if err := each(fmt.Sprintf("[%d]", i), t.Type, i*size); err != nil {
				return nil, err
			}
		}
		return opts, nil
	case *btf.Int, *btf.Enum:
		v, err := number(now, t)
		return []bpfverdict.Option{bpfverdict.Set(name, v)}, err
	}
	return nil, fmt.Errorf("variable %s is a %v, and has another value", name, typ)
}

// number is an integer's or enumerator's value.
func number(b []byte, t btf.Type) (any, error) {
	if len(b) > 8 {
		return nil, fmt.Errorf("a number of %d bytes", len(b))
	}
	v := binary.LittleEndian.Uint64(append(slices.Clone(b), make([]byte, 8-len(b))...))
	signed := false
	switch t := t.(type) {
	case *btf.Int:
		signed = t.Encoding == btf.Signed
	case *btf.Enum:
		signed = t.Signed
	}
	if shift := 64 - 8*len(b); signed {
		return int64(v<<shift) >> shift, nil
	}
	return v, nil
}
