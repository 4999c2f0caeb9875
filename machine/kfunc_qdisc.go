package machine

func init() {
	registerKfuncs(map[string]implementation{
		"bpf_kfree_skb":                    releaseObject("sk_buff"),
		"bpf_qdisc_skb_drop":               releaseObject("sk_buff"), // the list in r2 is the caller's, who frees what is in it
		"bpf_skb_get_hash":                 getHashRecalc,
		"bpf_qdisc_init_prologue":          qdiscPrologue,
		"bpf_qdisc_reset_destroy_epilogue": qdiscEpilogue,
		"bpf_qdisc_watchdog_schedule":      qdiscEpilogue,
		"bpf_qdisc_bstats_update":          qdiscCount,
	})
}

// qdiscPrologue gets the watchdog of a queue ready, which wakes it up later.
func qdiscPrologue(c *CPU, a *args) (uint64, error) {
	_, err := c.m.objectAt(a[0], "Qdisc")
	return 0, err
}

// qdiscEpilogue winds the watchdog up or stops it: nobody takes packets out but by running the program.
func qdiscEpilogue(c *CPU, a *args) (uint64, error) {
	_, err := c.m.objectAt(a[0], "Qdisc")
	return c.r[0], err
}

// qdiscCount counts the packet r2 as one that the queue r1 has sent.
func qdiscCount(c *CPU, a *args) (uint64, error) {
	b, err := c.m.objectAt(a[0], "Qdisc")
	if err != nil {
		return 0, err
	}
	s, err := c.packetOf(a[1])
	if err != nil {
		return 0, err
	}
	_, t := c.m.k.Types().FindStruct("Qdisc")
	q := kstruct{b, c.m, t}
	for path, n := range map[string]uint64{"bstats.bytes": uint64(s.len()), "bstats.packets": 1} {
		if f := q.field(path); len(f) == 8 {
			putNumber(f, number(f)+n)
		}
	}
	return c.r[0], nil
}
