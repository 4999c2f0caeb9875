package abi

import "strings"

var regTypeNames = [...]string{
	NOT_INIT:            "?",
	SCALAR_VALUE:        "scalar",
	PTR_TO_CTX:          "ctx",
	CONST_PTR_TO_MAP:    "map_ptr",
	PTR_TO_MAP_VALUE:    "map_value",
	PTR_TO_MAP_KEY:      "map_key",
	PTR_TO_STACK:        "fp",
	PTR_TO_PACKET_META:  "pkt_meta",
	PTR_TO_PACKET:       "pkt",
	PTR_TO_PACKET_END:   "pkt_end",
	PTR_TO_FLOW_KEYS:    "flow_keys",
	PTR_TO_SOCKET:       "sock",
	PTR_TO_SOCK_COMMON:  "sock_common",
	PTR_TO_TCP_SOCK:     "tcp_sock",
	PTR_TO_TP_BUFFER:    "tp_buffer",
	PTR_TO_XDP_SOCK:     "xdp_sock",
	PTR_TO_BTF_ID:       "ptr_",
	PTR_TO_MEM:          "mem",
	PTR_TO_ARENA:        "arena",
	PTR_TO_BUF:          "buf",
	PTR_TO_FUNC:         "func",
	PTR_TO_INSN:         "insn",
	CONST_PTR_TO_DYNPTR: "dynptr_ptr",
}

// regTypePrefixes are the flags that show in a type's name, in order.
var regTypePrefixes = [...]struct {
	flag RegType
	name string
}{
	{MEM_RDONLY, "rdonly_"},
	{MEM_RINGBUF, "ringbuf_"},
	{MEM_USER, "user_"},
	{MEM_PERCPU, "percpu_"},
	{MEM_RCU, "rcu_"},
	{PTR_UNTRUSTED, "untrusted_"},
	{PTR_TRUSTED, "trusted_"},
}

// String is the kernel's name of a register type.
func (t RegType) String() string {
	var b strings.Builder
	for _, p := range regTypePrefixes {
		if t&p.flag != 0 {
			b.WriteString(p.name)
		}
	}
	if base := int(t.Base()); base < len(regTypeNames) {
		b.WriteString(regTypeNames[base])
	}
	switch {
	case !t.MaybeNull():
	case t.Base() == PTR_TO_BTF_ID:
		b.WriteString("or_null_")
	default:
		b.WriteString("_or_null")
	}
	return b.String()
}
