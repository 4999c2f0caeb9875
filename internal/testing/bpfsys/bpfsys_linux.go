// Package bpfsys asks the running kernel's verifier about small programs, for the generators and tests
// that hold package kernel's tables against it. It loads and closes; it never attaches.
package bpfsys

import (
	"bytes"
	"encoding/binary"
	"os"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"unsafe"

	"github.com/cilium/ebpf/asm"
)

// Prog is what to load.
type Prog struct {
	Type, Attach uint32
	Sleepable    bool
	AttachBTFID  uint32
	AttachBTFFD  uint32
	BTFFD        uint32
	License      string // GPL if empty
	Insns        asm.Instructions
	Raw          []byte // instead of Insns
	FuncInfo     []byte // 8 bytes an entry
	LogLevel     uint32 // 1 if 0
	FDArray      []int32
}

// loadAttr mirrors the head of union bpf_attr for BPF_PROG_LOAD.
type loadAttr struct {
	progType, insnCnt            uint32
	insns, license               uint64
	logLevel, logSize            uint32
	logBuf                       uint64
	kernVersion, flags           uint32
	name                         [16]byte
	ifindex, expectedAttach      uint32
	btfFD, funcInfoRecSize       uint32
	funcInfo                     uint64
	funcInfoCnt, lineInfoRecSize uint32
	lineInfo                     uint64
	lineInfoCnt, attachBTFID     uint32
	attachFD, coreReloCnt        uint32
	fdArray                      uint64
	coreRelos                    uint64
	coreReloRecSize, logTrueSize uint32
	tokenFD, fdArrayCnt          uint32
}

// sysBPF is the number of bpf(2).
var sysBPF = map[string]uintptr{"amd64": 321, "arm64": 280, "riscv64": 280, "s390x": 351}[runtime.GOARCH]

const (
	cmdMapCreate   = 0
	cmdMapLookup   = 1
	cmdMapUpdate   = 2
	cmdProgLoad    = 5
	cmdProgTestRun = 10
	cmdBTFLoad     = 18
	flagSleep      = 1 << 4
)

var logBufs = sync.Pool{New: func() any { b := make([]byte, 1<<20); return &b }}

// Load verifies p and returns the verifier's log and errno, 0 where it was accepted.
func Load(p Prog) (string, syscall.Errno) {
	fd, log, errno := LoadFD(p)
	if errno == 0 {
		Close(fd)
	}
	return log, errno
}

// LoadFD is Load for programs that are to be run: it returns the program's descriptor too.
func LoadFD(p Prog) (int, string, syscall.Errno) {
	raw := p.Raw
	if raw == nil {
		var buf bytes.Buffer
		if err := p.Insns.Marshal(&buf, binary.LittleEndian); err != nil {
			panic(err) // a generator's mistake
		}
		raw = buf.Bytes()
	}
	lic := p.License
	if lic == "" {
		lic = "GPL"
	}
	license := append([]byte(lic), 0)
	pooled := logBufs.Get().(*[]byte)
	defer logBufs.Put(pooled)
	logBuf := *pooled
	logBuf[0] = 0
	a := loadAttr{
		progType: p.Type, insnCnt: uint32(len(raw) / 8),
		insns: uint64(uintptr(unsafe.Pointer(&raw[0]))), license: uint64(uintptr(unsafe.Pointer(&license[0]))),
		logLevel: p.LogLevel, logSize: uint32(len(logBuf)), logBuf: uint64(uintptr(unsafe.Pointer(&logBuf[0]))),
		expectedAttach: p.Attach, attachBTFID: p.AttachBTFID, attachFD: p.AttachBTFFD, btfFD: p.BTFFD,
	}
	if a.logLevel == 0 {
		a.logLevel = 1
	}
	if p.Sleepable {
		a.flags |= flagSleep
	}
	if len(p.FuncInfo) > 0 {
		a.funcInfo = uint64(uintptr(unsafe.Pointer(&p.FuncInfo[0])))
		a.funcInfoRecSize, a.funcInfoCnt = 8, uint32(len(p.FuncInfo)/8)
	}
	if len(p.FDArray) > 0 {
		a.fdArray = uint64(uintptr(unsafe.Pointer(&p.FDArray[0])))
	}
	fd, _, errno := syscall.Syscall(sysBPF, cmdProgLoad, uintptr(unsafe.Pointer(&a)), unsafe.Sizeof(a))
	for try := 0; errno == syscall.EAGAIN && try < 100; try++ { // a signal arrived
		fd, _, errno = syscall.Syscall(sysBPF, cmdProgLoad, uintptr(unsafe.Pointer(&a)), unsafe.Sizeof(a))
	}
	runtime.KeepAlive(raw)
	runtime.KeepAlive(license)
	runtime.KeepAlive(p)
	n := bytes.IndexByte(logBuf, 0)
	return int(fd), string(logBuf[:n]), errno
}

// TestRun runs a loaded program once, without context or data, and returns what it returned.
func TestRun(fd int) (uint32, syscall.Errno) {
	var a struct {
		fd, retval, sizeIn, sizeOut uint32
		in, out                     uint64
		repeat, duration            uint32
		ctxSizeIn, ctxSizeOut       uint32
		ctxIn, ctxOut               uint64
		flags, cpu, batch, _        uint32
	}
	a.fd = uint32(fd)
	_, _, errno := syscall.Syscall(sysBPF, cmdProgTestRun, uintptr(unsafe.Pointer(&a)), unsafe.Sizeof(a))
	return a.retval, errno
}

// UpdateMap sets an element of a map.
func UpdateMap(fd int, key, value []byte) syscall.Errno { return mapElem(cmdMapUpdate, fd, key, value) }

// LookupMap reads an element of a map into value, which is as long as the map's values.
func LookupMap(fd int, key, value []byte) syscall.Errno { return mapElem(cmdMapLookup, fd, key, value) }

func mapElem(cmd uintptr, fd int, key, value []byte) syscall.Errno {
	a := struct {
		fd, _             uint32
		key, value, flags uint64
	}{fd: uint32(fd), key: uint64(uintptr(unsafe.Pointer(&key[0]))), value: uint64(uintptr(unsafe.Pointer(&value[0])))}
	_, _, errno := syscall.Syscall(sysBPF, cmd, uintptr(unsafe.Pointer(&a)), unsafe.Sizeof(a))
	runtime.KeepAlive(key)
	runtime.KeepAlive(value)
	return errno
}

// Release returns the running kernel's release, "6.18.44-x", and whether programs can be loaded.
func Release() (release string, ok bool) {
	raw, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil || sysBPF == 0 {
		return "", false
	}
	exit := asm.Instructions{asm.Mov.Imm(asm.R0, 0), asm.Return()}
	text, errno := Load(Prog{Type: 1, Insns: exit})
	return strings.TrimSpace(string(raw)), errno == 0 && text != ""
}

// CreateMap creates a map and returns its descriptor. name may be empty; 15 bytes of it count.
func CreateMap(name string, typ, key, value, max, flags, btfFD, keyID, valueID uint32) (int, syscall.Errno) {
	var a struct {
		typ, key, value, max, flags, inner, numa uint32
		name                                     [16]byte
		ifindex, btfFD, keyID, valueID           uint32
		vmlinuxValue                             uint32
		extra                                    uint64
		valueFD, token                           uint32
	}
	a.typ, a.key, a.value, a.max, a.flags = typ, key, value, max, flags
	a.btfFD, a.keyID, a.valueID = btfFD, keyID, valueID
	copy(a.name[:len(a.name)-1], name)
	fd, _, errno := syscall.Syscall(sysBPF, cmdMapCreate, uintptr(unsafe.Pointer(&a)), unsafe.Sizeof(a))
	return int(fd), errno
}

// LoadBTF loads type information and returns its descriptor.
func LoadBTF(raw []byte) (int, syscall.Errno) {
	var a struct {
		btf, log               uint64
		size, logSize, level   uint32
		trueSize, flags, token uint32
	}
	a.btf, a.size = uint64(uintptr(unsafe.Pointer(&raw[0]))), uint32(len(raw))
	fd, _, errno := syscall.Syscall(sysBPF, cmdBTFLoad, uintptr(unsafe.Pointer(&a)), unsafe.Sizeof(a))
	runtime.KeepAlive(raw)
	return int(fd), errno
}

// Close closes a descriptor.
func Close(fd int) { syscall.Close(fd) }
