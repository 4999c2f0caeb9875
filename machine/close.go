package machine

// valued are the maps whose values lie in blocks.
type valued interface{ blocks() []*block }

// Close takes the maps down and frees what they own, as the kernel does when nobody uses them any more. The machine can't
// be used afterwards. The error is the *Fault of an object that is left though nobody owns it: a program lost it.
func (m *Machine) Close() error {
	for _, mp := range m.inOrder {
		if v, ok := mp.impl.(valued); ok {
			for _, b := range v.blocks() {
				m.emptyValues(b, place{})
			}
		}
	}
	m.reap()
	if m.engine != nil {
		if err := m.engine.Close(); err != nil {
			return err
		}
	}
	var first *block
	for b := range m.owned {
		if first == nil || b.index < first.index {
			first = b
		}
	}
	if first == nil || m.lost {
		return nil
	}
	return &Fault{Kind: Leak, Addr: first.addr, Object: first.info(), Reason: "nobody owns it after the maps are gone: " + first.own.state}
}
