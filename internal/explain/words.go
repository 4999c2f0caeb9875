package explain

import (
	"fmt"
	"math"
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/trace"
)

// bareNames are pointers whose base type says all.
var bareNames = map[abi.RegType]string{
	abi.PTR_TO_CTX:          "the program's context",
	abi.PTR_TO_STACK:        "a pointer into the stack",
	abi.PTR_TO_PACKET:       "a pointer into the packet",
	abi.PTR_TO_PACKET_META:  "a pointer to the packet's metadata",
	abi.PTR_TO_PACKET_END:   "the packet's end",
	abi.PTR_TO_FLOW_KEYS:    "a pointer to the flow keys",
	abi.PTR_TO_SOCKET:       "a socket",
	abi.PTR_TO_SOCK_COMMON:  "a socket's common part",
	abi.PTR_TO_TCP_SOCK:     "a TCP socket",
	abi.PTR_TO_XDP_SOCK:     "an XDP socket",
	abi.PTR_TO_TP_BUFFER:    "a tracepoint's buffer",
	abi.PTR_TO_BUF:          "a kernel buffer",
	abi.PTR_TO_ARENA:        "a pointer into an arena",
	abi.PTR_TO_FUNC:         "a function's address",
	abi.CONST_PTR_TO_DYNPTR: "a dynptr",
}

// bareWords is words, where it is known that numbers are spoken of.
func (s *story) bareWords(v trace.Value) string { return strings.TrimPrefix(s.words(v), "the number ") }

// words says what a value is.
func (s *story) words(v trace.Value) string {
	t := v.Type
	null := ""
	if t.MaybeNull() {
		null = " that may be NULL"
	}
	switch t.Base() {
	case abi.NOT_INIT:
		return "nothing that was set"
	case abi.SCALAR_VALUE:
		return number(v)
	case abi.CONST_PTR_TO_MAP:
		return "the map" + s.mapName(v, " `%s`") + null
	case abi.PTR_TO_MAP_VALUE:
		if sec := globals(s.mapOf(v)); sec != "" {
			return "a global variable in `" + sec + "`" + null
		}
		return "a value of" + s.mapName(v, " the map `%s`") + null
	case abi.PTR_TO_MAP_KEY:
		return "a key of" + s.mapName(v, " the map `%s`") + null
	case abi.PTR_TO_BTF_ID:
		return trust(t) + s.object(v) + null
	case abi.PTR_TO_MEM:
		switch {
		case t&abi.MEM_RINGBUF != 0:
			return fmt.Sprintf("a ring buffer record of %d bytes", v.Size) + null
		case t&abi.MEM_RDONLY != 0:
			return fmt.Sprintf("read-only memory of %d bytes", v.Size) + null
		}
		return fmt.Sprintf("memory of %d bytes", v.Size) + null
	}
	if w := bareNames[t.Base()]; w != "" {
		return w + null
	}
	return "a pointer (" + t.String() + ")"
}

// trust is how far a kernel pointer can be relied on.
func trust(t abi.RegType) string {
	switch {
	case t&abi.PTR_UNTRUSTED != 0:
		return "an untrusted pointer to "
	case t&abi.NON_OWN_REF != 0:
		return "a borrowed pointer to "
	case t&abi.MEM_RCU != 0:
		return "an RCU-protected pointer to "
	case t&abi.PTR_TRUSTED != 0:
		return "a trusted pointer to "
	case t&abi.MEM_USER != 0:
		return "a user-space pointer to "
	case t&abi.MEM_PERCPU != 0:
		return "a per-CPU pointer to "
	}
	return "a pointer to "
}

func (s *story) object(v trace.Value) string {
	if name := s.typeName(v.Set, v.TypeID); name != "" {
		return "struct " + name
	}
	return "a kernel object"
}

// mapName is the name of the map that a value belongs to, in the format; "" is for maps without.
func (s *story) mapName(v trace.Value, format string) string {
	m := s.mapOf(v)
	if m == nil || m.Name == "" {
		if format[1] == 't' {
			return " a map"
		}
		return ""
	}
	return fmt.Sprintf(format, m.Name)
}

// number says which numbers a scalar may be.
func number(v trace.Value) string {
	sc := &v.Scalar
	switch {
	case sc.Var.IsConst():
		return fmt.Sprintf("the number %d", int64(sc.Var.Value))
	case sc.Smin >= 0 && sc.UMax() <= math.MaxInt64 && sc.UMax() < math.MaxInt64:
		return fmt.Sprintf("a number from %d to %d", sc.UMin(), sc.UMax())
	case sc.Smin != math.MinInt64 && sc.Smax != math.MaxInt64:
		return fmt.Sprintf("a number from %d to %d", sc.Smin, sc.Smax)
	case sc.UMax() > math.MaxUint32 && sc.U32Max < math.MaxUint32 && sc.U32Min <= sc.U32Max:
		return fmt.Sprintf("a number whose lower 32 bits are from %d to %d", sc.U32Min, sc.U32Max)
	case sc.Smax < 0:
		return fmt.Sprintf("a negative number, %d or less", sc.Smax)
	case sc.Smax != math.MaxInt64:
		return fmt.Sprintf("a number of at most %d", sc.Smax)
	case sc.Smin != math.MinInt64:
		return fmt.Sprintf("a number of at least %d", sc.Smin)
	case sc.UMin() > 0:
		return fmt.Sprintf("a number of at least %d", sc.UMin())
	}
	return "a number that may be anything"
}

// quoted is a name in backquotes, or what stands for one.
func quoted(name, otherwise string) string {
	if name == "" {
		return otherwise
	}
	return "`" + name + "`"
}
