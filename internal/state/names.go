package state

var dynptrTypeNames = [...]string{
	DYNPTR_TYPE_INVALID:  "<invalid>",
	DYNPTR_TYPE_LOCAL:    "local",
	DYNPTR_TYPE_RINGBUF:  "ringbuf",
	DYNPTR_TYPE_SKB:      "skb",
	DYNPTR_TYPE_XDP:      "xdp",
	DYNPTR_TYPE_SKB_META: "skb_meta",
	DYNPTR_TYPE_FILE:     "file",
}

// String is the kind's name in the log.
func (t DynptrType) String() string {
	if int(t) < len(dynptrTypeNames) {
		return dynptrTypeNames[t]
	}
	return "<unknown>"
}

// String is the state's name in the log.
func (s IterState) String() string {
	switch s {
	case ITER_STATE_ACTIVE:
		return "active"
	case ITER_STATE_DRAINED:
		return "drained"
	}
	return "<invalid>"
}
