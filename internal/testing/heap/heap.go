// Package heap tells tests how much memory is in use while programs are judged.
package heap

import (
	"context"
	"runtime"
)

// Watch is a context that looks how much memory is in use whenever it is asked so many times whether to go on, as a walk
// does every 1,024 instructions.
type Watch struct {
	context.Context
	Every int
	// Peak is the most that was in use, in bytes, what nobody refers to any more aside.
	Peak uint64

	asked int
}

// Err is the context's.
func (w *Watch) Err() error {
	if w.asked++; w.asked%w.Every == 0 {
		runtime.GC()
		var mem runtime.MemStats
		runtime.ReadMemStats(&mem)
		w.Peak = max(w.Peak, mem.HeapAlloc)
	}
	return w.Context.Err()
}
