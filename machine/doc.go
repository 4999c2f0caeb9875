// Package machine runs BPF programs in user space: no kernel, no root. It is also how the verifier is checked: a
// program that it accepts and that faults here is a bug in one of the two.
//
//	m, err := machine.New(k, machine.Options{})
//	progs, err := m.Load(obj, nil)
//	res, err := progs[0].Run(ctx, machine.Input{Data: packet})
//
// A run ends with a *Result, a *Fault of the program, or an *UnsupportedError that names what the machine lacks.
// Nothing is made up: what is not there stops the run.
//
// # Memory
//
// All that programs can point to lies in one linear memory of at most 2 GiB (memory.go). An address has 64 bits: the
// offset below, and 0xffff and a 16-bit generation above. Each granule of 8 bytes has a shadow word; for plain memory it equals
// the upper half of addresses to it, so an access is checked by one comparison. Stale and foreign pointers, and
// those that left their object, find another generation; memory.diagnose then finds out whose they are. A block
// (alloc.go) is what was allocated at once: it has a name, a place of birth and one of death. Freed memory waits in a
// quarantine. Memory that is no bytes, such as contexts and sockets as programs see them, is a view: its fields are a table
// by name, placed where the kernel's BTF has them (layout.go).
//
// What programs may still point to after it is gone from where it was, as a deleted element of a map, is freed by
// Machine.freeLater when nothing runs any more.
//
// Elements of maps and global variables are read and written as JSON by their BTF types (value.go, map_json.go).
//
// # Engines
//
// Programs are interpreted, every access checked. With Options.Fast those that the verifier accepts are compiled
// (fast.go, package jit), and share memory, maps and helpers with the interpreter: a helper is written once. Trees and lists lie
// in linear memory, and what is done with them is BPF itself (native.go): it becomes part of compiled programs, and the
// interpreter runs it. Locks and exchanges of kptrs are instructions of compiled programs.
//
// # CPUs
//
// A [CPU] is a struct: registers, pc, frames, status (cpu.go). step runs n instructions of it (step.go), and whoever
// calls it decides how CPUs interleave: a schedule can be repeated. Go's stack is never used for the program's: calls
// of subprograms, and callbacks of helpers, are frames. A helper that calls back returns c.callBack(fn, then, ...); when the function
// returns, then gets its result and returns the helper's, or calls back again (helper_loop.go is the shortest
// example). A helper that must wait for another CPU returns errBlocked; it is called again later.
//
// Locks, RCU, preemption and interrupts are state of the CPU that is in their section (section.go, lock.go). Compiled programs can run on a goroutine for each CPU (parallel.go): then what
// the host does for them is done under one mutex, and memory stays where it is.
//
// # Objects
//
// What must be owned, a local object or a kernel's, is a block with an ownership (owned.go): it lives as long as a run, a
// list, a tree or a kptr owns it. Lists and trees lie in the fields of their objects (graph.go), which programs may not write. A pointer
// to a node that a container owns is borrowed: when the lock is released the block gets another generation, and the
// pointer is stale. What may be read without a lock waits for the readers before it is freed (reclaim.go). A
// program that ends must own nothing and be in no section (CPU.mayEnd), and Machine.Close finds what was lost.
//
// An object has an address for each right to it (borrow.go): that of an owner stays good when what was borrowed is stale.
// Dynptrs and iterators lie in the program's frame, and the machine knows them by their address (dynptr.go, iter.go).
//
// # Later
//
// Timers, items of workqueues and work for tasks are functions of a program that run when its run has ended and the clock is
// there (async.go): World.Pause says how long that is waited for.
//
// # Families
//
// What a kernel has many of is rows of tables, and each family is a file that registers its own rows when the program
// starts, so a family is added without touching another:
//
//   - helpers and kfuncs: name to implementation (registerHelpers, registerKfuncs; helper_*.go, kfunc_*.go)
//   - map types: type to constructor of a mapImpl (registerMaps; map_*.go)
//   - program types: type to entry, which makes the context and takes the outputs (registerEntry; ctx_*.go)
package machine
