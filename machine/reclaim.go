package machine

// pending is a block that is freed when those who may point to it are done.
type pending struct {
	b       *block
	at      place
	readers []reader
}

// reader is a CPU that may use what it could find when it began.
type reader struct {
	c   *CPU
	run bool   // until its program ends, and not just its RCU section
	seq uint64 // of the section or run
}

func (r reader) done() bool {
	if r.run {
		return r.c.runs != r.seq || !r.c.active()
	}
	return r.c.ended != r.seq || !r.c.readsRCU()
}

// active reports that the CPU is amidst a program.
func (c *CPU) active() bool { return c.status == running || c.status == blocked }

// freeLater frees a block when the programs that run now have ended: they may have its address. at is where it lost
// its place.
func (m *Machine) freeLater(b *block, at place) {
	var readers []reader
	for _, c := range m.cpus {
		if c.active() {
			readers = append(readers, reader{c, true, c.runs})
		}
	}
	m.freeAfter(b, at, readers)
}

// freeAfterReaders frees a block when the RCU sections of now have ended.
func (m *Machine) freeAfterReaders(b *block, at place) {
	var readers []reader
	for _, c := range m.cpus {
		if c.readsRCU() {
			readers = append(readers, reader{c, false, c.ended})
		}
	}
	m.freeAfter(b, at, readers)
}

func (m *Machine) freeAfter(b *block, at place, readers []reader) {
	if len(readers) == 0 {
		m.reclaim(b, at)
		return
	}
	b.death = at
	m.later = append(m.later, pending{b, at, readers})
}

// reclaim frees a block. Its fields may have been filled again since it lost its place.
func (m *Machine) reclaim(b *block, at place) {
	if !b.dead {
		m.emptyValues(b, at)
		m.mem.release(b, at)
	}
}

// reap frees what nobody can use any more.
func (m *Machine) reap() {
	if len(m.later) == 0 {
		return
	}
	all := m.later
	m.later = nil
	for _, p := range all {
		for len(p.readers) > 0 && p.readers[0].done() {
			p.readers = p.readers[1:]
		}
		if len(p.readers) == 0 {
			m.reclaim(p.b, p.at)
		} else {
			m.later = append(m.later, p)
		}
	}
}
