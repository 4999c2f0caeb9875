package machine

// arena is the memory of an arena map, which programs also know by user addresses.
type arena struct{}

func (a *arena) access(*memory, uint64, uint32) ([]byte, bool) { return nil, false }

// castArena casts an address between an arena's address spaces, as imm says.
func (m *Machine) castArena(uint64, uint64) (uint64, error) {
	return 0, unsupported("address space casts")
}
