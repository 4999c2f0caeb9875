package machine

import "fmt"

// Variable returns a copy of what a global variable is now, as it lies in memory; ok is false if there is none of that
// name. Of several objects' variables it is the first.
func (m *Machine) Variable(name string) (value []byte, ok bool) {
	at := m.variableAt(name)
	return append([]byte{}, at...), at != nil
}

// SetVariable changes a global variable; constants too, which programs that were verified took for what they were.
func (m *Machine) SetVariable(name string, value []byte) error {
	at := m.variableAt(name)
	switch {
	case at == nil:
		return fmt.Errorf("no variable %s", name)
	case len(at) != len(value):
		return fmt.Errorf("variable %s has %d bytes, not %d", name, len(at), len(value))
	}
	copy(at, value)
	return nil
}

// variableAt is where a variable lies, nil if there is none.
func (m *Machine) variableAt(name string) []byte {
	for _, mp := range m.inOrder {
		for _, v := range mp.variables() {
			if v.Type.TypeName() != name || uint64(v.Offset)+uint64(v.Size) > uint64(mp.def.ValueSize) {
				continue
			}
			if at, err := mp.impl.direct(); err == nil {
				return m.mem.buf[uint32(at)+v.Offset:][:v.Size]
			}
		}
	}
	return nil
}
