// Package wasm writes WebAssembly modules in their binary form: as much of it as
// translated BPF needs.
package wasm

// Func is the index of a function: imported ones first, in order, then the module's own.
type Func uint32

// TypeIndex is the index of a function type.
type TypeIndex uint32

// PageSize is the unit of a memory's size, in bytes.
const PageSize = 64 << 10

// Module is a module under construction. Imports must be added before functions.
type Module struct {
	types   []byte
	nTypes  int
	imports []byte
	nImport int
	funcs   []TypeIndex
	bodies  []*Code
	exports []byte
	nExport int
	// Host is the name of the module that functions are imported from.
	Host string
	// Memory is the size that the memory may have, in pages.
	Memory struct{ Min, Max uint32 }
}

// Type adds a function type.
func (m *Module) Type(params []Type, results ...Type) TypeIndex {
	const funcType = 0x60
	m.types = append(m.types, funcType)
	for _, ts := range [][]Type{params, results} {
		m.types = appendUint(m.types, uint64(len(ts)))
		for _, t := range ts {
			m.types = append(m.types, byte(t))
		}
	}
	m.nTypes++
	return TypeIndex(m.nTypes - 1)
}

// kindFunc is what is imported and exported.
const kindFunc = 0

// Import adds a function of module Host.
func (m *Module) Import(name string, t TypeIndex) Func {
	m.imports = appendBytes(m.imports, m.Host)
	m.imports = appendBytes(m.imports, name)
	m.imports = append(m.imports, kindFunc)
	m.imports = appendUint(m.imports, uint64(t))
	m.nImport++
	return Func(m.nImport - 1)
}

// Declare adds a function whose body is set later.
func (m *Module) Declare(t TypeIndex) Func {
	m.funcs = append(m.funcs, t)
	m.bodies = append(m.bodies, nil)
	return Func(m.nImport + len(m.funcs) - 1)
}

// Define sets the body of a declared function.
func (m *Module) Define(f Func, body *Code) { m.bodies[int(f)-m.nImport] = body }

// Export gives a function a name for users of the module.
func (m *Module) Export(name string, f Func) {
	m.exports = appendBytes(m.exports, name)
	m.exports = append(m.exports, kindFunc)
	m.exports = appendUint(m.exports, uint64(f))
	m.nExport++
}

// Sections, in the order they must have.
const (
	sectionType     = 1
	sectionImport   = 2
	sectionFunction = 3
	sectionMemory   = 5
	sectionExport   = 7
	sectionCode     = 10
)

// section appends a section of n entries.
func section(b []byte, id byte, n int, entries []byte) []byte {
	b = append(b, id)
	return appendBytes(b, append(appendUint(nil, uint64(n)), entries...))
}

// Encode gives the module's binary form. Every declared function must be defined.
func (m *Module) Encode() []byte {
	var funcs, code []byte
	for i, t := range m.funcs {
		funcs = appendUint(funcs, uint64(t))
		code = m.bodies[i].encode(code)
	}
	const bounded = 1
	memory := appendUint([]byte{bounded}, uint64(m.Memory.Min))
	memory = appendUint(memory, uint64(m.Memory.Max))

	b := []byte("\x00asm\x01\x00\x00\x00")
	b = section(b, sectionType, m.nTypes, m.types)
	b = section(b, sectionImport, m.nImport, m.imports)
	b = section(b, sectionFunction, len(m.funcs), funcs)
	b = section(b, sectionMemory, 1, memory)
	b = section(b, sectionExport, m.nExport, m.exports)
	return section(b, sectionCode, len(m.funcs), code)
}
