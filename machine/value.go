package machine

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/types"
)

// Values of maps and variables are shown by their BTF type: a struct as an object of its members, an array as a list, an array
// of char as text where it is some, a pointer as a hexadecimal number in quotes. Without a type they are hexadecimal.

// toJSON shows bytes as a value of a type; nil for none.
func toJSON(t btf.Type, b []byte) any {
	switch t := types.Resolve(t).(type) {
	case *btf.Int:
		if len(b) != int(t.Size) || !isNumber(len(b)) {
			break
		}
		v := number(b)
		switch {
		case t.Encoding == btf.Bool:
			return v != 0
		case t.Encoding == btf.Signed:
			return int64(signExtend(v, uint8(len(b))))
		}
		return v
	case *btf.Enum:
		if !isNumber(len(b)) {
			break
		}
		for _, v := range t.Values {
			if v.Value == number(b) || t.Signed && int64(v.Value) == int64(signExtend(number(b), uint8(len(b)))) {
				return v.Name
			}
		}
		return number(b)
	case *btf.Pointer:
		if len(b) == 8 {
			return fmt.Sprintf("%#x", number(b))
		}
	case *btf.Array:
		return arrayToJSON(t, b)
	case *btf.Struct:
		return membersToJSON(t.Members, b)
	case *btf.Union:
		return membersToJSON(t.Members, b)
	}
	return hex.EncodeToString(b)
}

func isNumber(n int) bool { return n == 1 || n == 2 || n == 4 || n == 8 }

func arrayToJSON(t *btf.Array, b []byte) any {
	n, err := btf.Sizeof(t.Type)
	if err != nil || n == 0 || n*int(t.Nelems) > len(b) {
		return hex.EncodeToString(b)
	}
	if isChar(t.Type) && isText(b) {
		return string(cstring(b))
	}
	list := make([]any, t.Nelems)
	for i := range list {
		list[i] = toJSON(t.Type, b[i*n:(i+1)*n])
	}
	return list
}

func isChar(t btf.Type) bool {
	i, ok := types.Resolve(t).(*btf.Int)
	return ok && i.Size == 1 && i.Name == "char"
}

// isText reports printable bytes up to zeros that fill the rest.
func isText(b []byte) bool {
	s := cstring(b)
	for _, c := range s {
		if (c < ' ' || c > '~') && c != '\n' && c != '\t' {
			return false
		}
	}
	return len(bytes.Trim(b[len(s):], "\x00")) == 0
}

// jsonObject is a JSON object whose members keep their order.
type jsonObject []jsonMember

type jsonMember struct {
	name  string
	value any
}

// MarshalJSON writes the members in order.
func (o jsonObject) MarshalJSON() ([]byte, error) {
	out := []byte{'{'}
	for i, m := range o {
		if i > 0 {
			out = append(out, ',')
		}
		name, err := json.Marshal(m.name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(m.value)
		if err != nil {
			return nil, err
		}
		out = append(append(append(out, name...), ':'), value...)
	}
	return append(out, '}'), nil
}

func membersToJSON(members []btf.Member, b []byte) jsonObject {
	out := jsonObject{}
	for i := range members {
		mb := &members[i]
		part, ok := memberBytes(mb, b)
		switch {
		case !ok:
		case mb.Name == "":
			if inner, ok := toJSON(mb.Type, part).(jsonObject); ok {
				out = append(out, inner...)
			}
		case mb.BitfieldSize != 0:
			v := number(part) >> (mb.Offset % 8) & (1<<mb.BitfieldSize - 1)
			out = append(out, jsonMember{mb.Name, v})
		default:
			out = append(out, jsonMember{mb.Name, toJSON(mb.Type, part)})
		}
	}
	return out
}

// memberBytes is where a member lies; of a bitfield the 8 bytes from its first on, or what there is.
func memberBytes(mb *btf.Member, b []byte) ([]byte, bool) {
	off := int(mb.Offset.Bytes())
	if mb.BitfieldSize != 0 {
		off = int(mb.Offset / 8)
		part := make([]byte, 8)
		return part, off < len(b) && copy(part, b[off:]) > 0
	}
	n, err := btf.Sizeof(mb.Type)
	if err != nil || off+n > len(b) {
		return nil, false
	}
	return b[off : off+n], true
}

// fromJSON writes a value, as encoding/json reads it with numbers kept as text, as bytes of a type. What a struct's value leaves
// out stays as it is.
func fromJSON(t btf.Type, value any, b []byte) error {
	if s, ok := value.(string); ok && t == nil {
		raw, err := hex.DecodeString(s)
		if err != nil || len(raw) != len(b) {
			return fmt.Errorf("%q: %d bytes in hexadecimal are wanted", s, len(b))
		}
		copy(b, raw)
		return nil
	}
	if n, ok := value.(json.Number); ok && t == nil {
		return putText(n, b)
	}
	switch t := types.Resolve(t).(type) {
	case *btf.Int, *btf.Pointer:
		return putText(value, b)
	case *btf.Enum:
		for _, v := range t.Values {
			if value == any(v.Name) && isNumber(len(b)) {
				putNumber(b, v.Value)
				return nil
			}
		}
		return putText(value, b)
	case *btf.Array:
		return arrayFromJSON(t, value, b)
	case *btf.Struct:
		return membersFromJSON(types.Name(t), t.Members, value, b)
	case *btf.Union:
		return membersFromJSON(types.Name(t), t.Members, value, b)
	}
	return fmt.Errorf("%v: values of type %v can't be set", value, t)
}

// putText writes a number or truth.
func putText(value any, b []byte) error {
	text := fmt.Sprint(value)
	switch value := value.(type) {
	case bool:
		text = "0"
		if value {
			text = "1"
		}
	case json.Number, string:
	default:
		return fmt.Errorf("%v: a number is wanted", value)
	}
	if !isNumber(len(b)) {
		return fmt.Errorf("%s: numbers of %d bytes can't be set", text, len(b))
	}
	bits := 8 * len(b)
	if v, err := strconv.ParseInt(text, 0, bits); err == nil {
		putNumber(b, uint64(v))
		return nil
	}
	v, err := strconv.ParseUint(text, 0, bits)
	if err != nil {
		return fmt.Errorf("%q: no number of %d bits", text, bits)
	}
	putNumber(b, v)
	return nil
}

func arrayFromJSON(t *btf.Array, value any, b []byte) error {
	n, err := btf.Sizeof(t.Type)
	if err != nil {
		return err
	}
	switch value := value.(type) {
	case string:
		if !isChar(t.Type) || len(value) > len(b) {
			return fmt.Errorf("%q: text of at most %d bytes goes into arrays of char only", value, len(b))
		}
		clear(b)
		copy(b, value)
		return nil
	case []any:
		if len(value)*n > len(b) {
			return fmt.Errorf("%d elements: the array has %d", len(value), t.Nelems)
		}
		for i, v := range value {
			if err := fromJSON(t.Type, v, b[i*n:(i+1)*n]); err != nil {
				return fmt.Errorf("[%d]: %w", i, err)
			}
		}
		return nil
	}
	return fmt.Errorf("%v: a list is wanted", value)
}

func membersFromJSON(name string, members []btf.Member, value any, b []byte) error {
	object, ok := value.(map[string]any)
	if !ok {
		return fmt.Errorf("%v: an object with the members of %s is wanted", value, name)
	}
	for key, v := range object {
		mb, off := findMemberIn(members, key)
		if mb == nil {
			return fmt.Errorf("%s has no member %s", name, key)
		}
		n, err := btf.Sizeof(mb.Type)
		if err != nil || mb.BitfieldSize != 0 || int(off)+n > len(b) {
			return fmt.Errorf("%s.%s can't be set", name, key)
		}
		if err := fromJSON(mb.Type, v, b[off:int(off)+n]); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
	}
	return nil
}
