// Package object reads compiled BPF objects and links their programs for a
// kernel, as libbpf does: first the file, the same everywhere, then the kernel.
package object

import (
	"crypto/sha256"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/types"
)

// MaxSize is the size in bytes of the largest file Load takes.
const MaxSize = 64 << 20

// Object is a BPF object file, read and understood but not yet linked for a kernel.
// It is immutable and may be linked from several goroutines.
type Object struct {
	Name    string // file name without its folders
	License string // text of the license section, at most 63 bytes as libbpf cuts it
	SHA256  [sha256.Size]byte

	loader  *Loader
	elf     *elfFile
	btf     *rawBTF    // as the kernel will get it; nil without
	types   *types.Set // the same, decoded
	ext     *extInfo
	dwarf   *dwarfLines // nil without
	vars    *dwarfVars  // nil without
	funcs   []*function // programs and subprograms, by section and offset
	maps    []*mapDef
	externs []*extern

	kconfig, arena int // index into maps, -1 for none
	arenaSection   int // ELF section of arena variables, 0 for none
	structOps      bool
	exceptions     []exceptionTag
	insnTotal      int
	externOf       map[int]int // by ELF symbol index
	mapAt          map[mapPlace]int
	progs          []*Program
	constants      map[int][]constant // by index of the .rodata map
}

// File is an Object under the name a user gave it. The library's public type is this one by another name, so
// packages above can see into it.
type File struct {
	name string
	obj  *Object
}

// NewFile names an object.
func NewFile(name string, o *Object) *File { return &File{name, o} }

// Name returns the name, as the user gave it.
func (f *File) Name() string { return f.name }

// Object returns the object.
func (f *File) Object() *Object { return f.obj }

// Program is an entry program of an object.
type Program struct {
	Name    string
	Section string // as in the file, with its "?" prefix
	Type    abi.ProgType
	Attach  abi.AttachType
	Insns   int // instructions of the program itself, before subprograms are appended

	fn     *function
	def    *sectionDef // nil where the section's name says nothing and nobody else did
	target string      // what the section's name says after its slash, or a loader instead
	into   *otherProg  // where target is: another program; nil for the kernel
}

// Load reads the object file at path by libbpf's rules. The error is a *LoadError where the file could be read.
func Load(path string) (*Object, error) { return libbpf.Load(path) }

// LoadBytes reads an object file from memory by libbpf's rules. The data must not be changed afterwards. All
// errors are *LoadError.
func LoadBytes(name string, data []byte) (*Object, error) { return libbpf.LoadBytes(name, data) }

// Load reads the object file at path. The error is a *LoadError where the file could be read.
func (l *Loader) Load(path string) (*Object, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return l.Read(filepath.Base(path), f)
}

// Read reads an object file of at most MaxSize bytes. The error is a *LoadError where it could be read.
func (l *Loader) Read(name string, r io.Reader) (*Object, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxSize+1))
	if err != nil {
		return nil, err
	}
	return l.LoadBytes(name, data)
}

// LoadBytes reads an object file from memory. The data must not be changed
// afterwards. All errors are *LoadError.
func (l *Loader) LoadBytes(name string, data []byte) (*Object, error) {
	o, err := l.load(name, data)
	if err != nil {
		r := asReason(err)
		return nil, &LoadError{name, r.text, r.errno, l.ruleHint(r.rule)}
	}
	return o, nil
}

// Programs returns the entry programs in libbpf's order: by section, then by offset.
func (o *Object) Programs() []*Program { return o.progs }

func (l *Loader) load(name string, data []byte) (*Object, error) {
	if len(data) > MaxSize {
		return nil, fail(abi.E2BIG, "elf: '%s' is too large for a BPF object", name)
	}
	f, err := parseELF(name, data)
	if err != nil {
		return nil, err
	}
	o := &Object{Name: name, SHA256: sha256.Sum256(data), loader: l, elf: f, kconfig: -1, arena: -1}
	if f.hasDWARF() {
		o.dwarf = &dwarfLines{elf: f}
		o.vars = &dwarfVars{lines: o.dwarf}
	}
	steps := []func() error{
		o.readSections, o.readBTF, o.readExterns, o.fixDatasecs, o.readMaps, o.readPrograms, o.readRelocs, o.finishBTF, o.findConstants,
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return o, nil
}

// readSections looks at every section once: license, functions, what libbpf refuses.
func (o *Object) readSections() error {
	for i := 1; i < len(o.elf.sections); i++ {
		s := &o.elf.sections[i]
		switch {
		case s.ignored():
		case s.name == "license":
			if len(s.data) == 0 {
				return fail(abi.LIBBPF_ERRNO__FORMAT, "invalid license section in %s", o.Name)
			}
			text := s.data[:min(len(s.data), 63)]
			o.License, _, _ = strings.Cut(string(text), "\x00")
		case s.name == "version" && len(s.data) != 4:
			return fail(abi.LIBBPF_ERRNO__FORMAT, "invalid kver section in %s", o.Name)
		case s.name == "maps" && o.loader.legacy == nil:
			return refuse(ruleLegacyMaps, abi.EOPNOTSUPP, "elf: legacy map definitions in 'maps' section are not supported by libbpf v1.0+")
		case s.executable() && len(s.data) > 0 && o.loader.does(ruleWholeSection):
			o.readWholeSection(i)
		case s.executable() && len(s.data) > 0:
			if err := o.readFunctions(i); err != nil {
				return err
			}
		case s.name == ".addr_space.1" && len(s.data) > 0:
			o.arenaSection = i
		case s.isStructOps():
			o.structOps = true
		}
	}
	if o.License == "" && o.loader.does(ruleFreeLicense) && o.elf.find("license") == 0 {
		o.License = "GPL"
	}
	sortFunctions(o.funcs)
	return nil
}

// readBTF takes .BTF and .BTF.ext; only objects whose maps are defined in BTF can't do without.
func (o *Object) readBTF() error {
	needed := o.elf.find(".maps") != 0 || o.structOps
	if o.loader.does(ruleNoTypes) {
		if needed && !o.loader.does(ruleWholeSection) { // what is not used does no harm there
			return fail(abi.EOPNOTSUPP, "%s reads no maps or operations that are defined in BTF", o.loader.title)
		}
		return nil
	}
	missing := fail(abi.ENOENT, "BTF is required, but is missing or corrupted.")
	at := o.elf.find(".BTF")
	if at == 0 {
		if needed {
			return missing
		}
		return nil
	}
	b, err := parseRawBTF(o.elf.sections[at].data)
	if err != nil {
		if needed {
			return fail(abi.EINVAL, "Error loading ELF section .BTF: -22: %v", err)
		}
		return nil
	}
	o.btf = b
	if at := o.elf.find(".BTF.ext"); at != 0 {
		ext, err := parseExt(o.elf.sections[at].data, b, o.elf)
		if err != nil && needed {
			return fail(abi.EINVAL, "Error loading ELF section .BTF.ext: -22. Ignored and continue.: %v", err)
		}
		o.ext = ext
	}
	return nil
}

// finishBTF decodes the types after the last change to them.
func (o *Object) finishBTF() error {
	if o.btf == nil {
		return nil
	}
	o.markStatic()
	o.exceptions = o.btf.exceptionTags()
	if o.btf.tooDeep() {
		return fail(abi.E2BIG, "Error loading ELF section .BTF: -7: types nest too deep")
	}
	spec, err := o.btf.spec()
	if err != nil {
		return fail(abi.EINVAL, "Error loading ELF section .BTF: -22: %v", err)
	}
	if o.btf.n() > plainTypes {
		// In the order that tooDeep has looked at.
		for id := range o.btf.n() {
			if _, err := spec.TypeByID(btf.TypeID(id)); err != nil {
				return fail(abi.EINVAL, "Error loading ELF section .BTF: -22: %v", err)
			}
		}
	}
	o.types = types.Of(spec)
	return nil
}

// decodeInsns reads instructions; a 64-bit load stays two of them.
func decodeInsns(b []byte) []insn.Insn {
	out := make([]insn.Insn, len(b)/insnSize)
	for i := range out {
		p := b[i*insnSize:]
		out[i] = insn.Insn{
			Code: p[0], Dst: p[1] & 0xf, Src: p[1] >> 4,
			Off: int16(le.Uint16(p[2:])), Imm: int32(le.Uint32(p[4:])),
		}
	}
	return out
}

// maxInsns bounds the instructions of all functions of an object, should they overlap.
const maxInsns = 8 << 20
