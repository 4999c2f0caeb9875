package machine

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/cilium/ebpf/btf"
)

// Element is an element of a map as JSON has it.
type Element struct {
	Key   any `json:"key,omitempty"` // absent in queues, stacks and data sections
	Value any `json:"value"`
}

// dumped are maps that show their elements in a way of their own.
type dumped interface {
	dump(valueType btf.Type) []Element
}

// Dump returns the elements as values of their BTF types. A data section has one element, an object of its variables;
// of per-CPU maps it is CPU 0's. Maps without elements give none.
func (mp *Map) Dump() []Element {
	key, value := mp.typeOf(mp.def.KeyTypeID), mp.typeOf(mp.def.ValueTypeID)
	if d, ok := mp.impl.(dumped); ok {
		return d.dump(value)
	}
	it, ok := mp.impl.(iterable)
	if !ok {
		return nil
	}
	out := []Element{}
	next := it.each(mp.m.cpus[0])
	for {
		k, v, ok := next()
		if !ok {
			return out
		}
		b := mp.shown(v)
		if vars := mp.variables(); vars != nil {
			return append(out, Element{Value: varsToJSON(vars, b)})
		}
		out = append(out, Element{toJSON(key, mp.m.mem.buf[uint32(k):][:mp.def.KeySize]), toJSON(value, b)})
	}
}

func (q *queue) dump(value btf.Type) []Element {
	out := []Element{}
	for _, v := range q.values {
		out = append(out, Element{Value: toJSON(value, v)})
	}
	return out
}

func (r *ringbuf) dump(btf.Type) []Element {
	out := []Element{}
	for _, rec := range r.records {
		if !rec.discarded && rec.data != nil {
			out = append(out, Element{Value: toJSON(nil, rec.data)})
		}
	}
	return out
}

func (p *perfArray) dump(btf.Type) []Element {
	out := []Element{}
	for _, data := range p.records {
		out = append(out, Element{Value: toJSON(nil, data)})
	}
	return out
}

// Fill sets elements from JSON: a list of objects with key and value, as Dump gives them. What the value of a data
// section's element leaves out stays as it is. To a user ring buffer it adds samples, values in hexadecimal.
func (mp *Map) Fill(text []byte) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var elems []Element
	if err := d.Decode(&elems); err != nil {
		return fmt.Errorf("map %s: a list of {key, value}: %w", mp.Name(), err)
	}
	for i, e := range elems {
		if u, ok := mp.impl.(*userRingbuf); ok {
			if err := u.feed(e.Value); err != nil {
				return fmt.Errorf("map %s: value of element %d: %w", mp.Name(), i, err)
			}
			continue
		}
		key, value := make([]byte, mp.def.KeySize), make([]byte, mp.def.ValueSize)
		if e.Key != nil {
			if err := fromJSON(mp.typeOf(mp.def.KeyTypeID), e.Key, key); err != nil {
				return fmt.Errorf("map %s: key of element %d: %w", mp.Name(), i, err)
			}
		}
		var err error
		if vars := mp.variables(); vars != nil {
			if now, ok := mp.Lookup(key); ok {
				copy(value, now)
			}
			err = varsFromJSON(vars, e.Value, value)
		} else {
			err = fromJSON(mp.typeOf(mp.def.ValueTypeID), e.Value, value)
		}
		if err != nil {
			return fmt.Errorf("map %s: value of element %d: %w", mp.Name(), i, err)
		}
		if err := mp.Update(key, value); err != nil {
			return err
		}
	}
	return nil
}

// typeOf is a type of the map's BTF, nil for none.
func (mp *Map) typeOf(id uint32) btf.Type {
	if id == 0 || mp.def.BTF == nil {
		return nil
	}
	return mp.def.BTF.ByID(id)
}

// variables are the variables of a data section, nil for any other map.
func (mp *Map) variables() []btf.VarSecinfo {
	if sec, ok := mp.typeOf(mp.def.ValueTypeID).(*btf.Datasec); ok {
		return sec.Vars
	}
	return nil
}

func varsToJSON(vars []btf.VarSecinfo, b []byte) jsonObject {
	out := jsonObject{}
	for _, v := range vars {
		if decl, ok := v.Type.(*btf.Var); ok && int(v.Offset)+int(v.Size) <= len(b) {
			out = append(out, jsonMember{decl.Name, toJSON(decl.Type, b[v.Offset:v.Offset+v.Size])})
		}
	}
	return out
}

func varsFromJSON(vars []btf.VarSecinfo, value any, b []byte) error {
	object, ok := value.(map[string]any)
	if !ok {
		return fmt.Errorf("%v: an object of variables is wanted", value)
	}
	for name, val := range object {
		i := slices.IndexFunc(vars, func(v btf.VarSecinfo) bool {
			decl, ok := v.Type.(*btf.Var)
			return ok && decl.Name == name
		})
		if i < 0 || int(vars[i].Offset)+int(vars[i].Size) > len(b) {
			return fmt.Errorf("no variable %s", name)
		}
		v := &vars[i]
		if err := fromJSON(v.Type.(*btf.Var).Type, val, b[v.Offset:v.Offset+v.Size]); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}
