package jit

import (
	"context"

	"github.com/tetratelabs/wazero/api"
)

// provide makes the module of host functions that the program's module imports.
func (l *Loaded) provide(ctx context.Context, name string) error {
	b := l.engine.runtime.NewHostModuleBuilder(name)
	add := func(name string, f func(stack []uint64) error, params []api.ValueType, results ...api.ValueType) {
		b.NewFunctionBuilder().WithGoFunction(api.GoFunc(func(_ context.Context, stack []uint64) {
			if err := f(stack); err != nil {
				l.err = err
				panic(err) // ends the run; wazero catches it
			}
			l.follow()
		}), params, results).Export(name)
	}
	const i32, i64 = api.ValueTypeI32, api.ValueTypeI64
	add(helperName, l.helper, []api.ValueType{i32, i64, i64, i64, i64, i64, i64}, i64)
	add(loadName, l.load, []api.ValueType{i32, i64}, i64)
	add(storeName, func(s []uint64) error { return l.host.Store(int(uint32(s[0])), s[1], s[2]) }, []api.ValueType{i32, i64, i64})
	add(packetName, l.packet, []api.ValueType{i32, i64}, i64)
	add(tickName, func([]uint64) error { return l.host.Tick() }, nil)
	add(tailName, l.tail, []api.ValueType{i32, i64, i64, i64, i64}, i32)
	add(resultName, func(s []uint64) error { s[0] = l.tailResult; return nil }, nil, i64)
	add(reachedName, func(s []uint64) error { return l.host.Reached(int(uint32(s[0]))) }, []api.ValueType{i32})
	_, err := b.Instantiate(ctx)
	return err
}

func (l *Loaded) helper(s []uint64) (err error) {
	s[0], err = l.host.Helper(int(uint32(s[0])), (*[5]uint64)(s[1:6]), s[6])
	return err
}

func (l *Loaded) load(s []uint64) (err error) {
	s[0], err = l.host.Load(int(uint32(s[0])), s[1])
	return err
}

func (l *Loaded) packet(s []uint64) error {
	v, ok, err := l.host.Packet(int(uint32(s[0])), s[1])
	if s[0] = uint64(v); !ok {
		s[0] = ^uint64(0)
	}
	return err
}

func (l *Loaded) tail(s []uint64) error {
	r0, ok, err := l.host.TailCall(int(uint32(s[0])), [3]uint64(s[1:4]), s[4])
	l.tailResult, s[0] = r0, 0
	if ok {
		s[0] = 1
	}
	return err
}

// Run runs the program so many times, at least once, and returns what it returned at last.
func (l *Loaded) Run(times, context, fp uint64) (uint64, error) {
	stack := [3]uint64{max(times, 1), context, fp}
	err := l.call(l.repeat, stack[:])
	return stack[0], err
}

// Call runs the function that begins at an instruction. It may be called while the program waits for the host.
func (l *Loaded) Call(start int, args [5]uint64, fp uint64) (uint64, error) {
	name := funcName(start)
	var f api.Function
	if n := len(l.idle[name]); n > 0 {
		f, l.idle[name] = l.idle[name][n-1], l.idle[name][:n-1]
	} else if f = l.module.ExportedFunction(name); f == nil {
		return 0, &MissingError{start}
	}
	stack := [6]uint64{args[0], args[1], args[2], args[3], args[4], fp}
	err := l.call(f, stack[:])
	l.idle[name] = append(l.idle[name], f)
	return stack[0], err
}

func (l *Loaded) call(f api.Function, stack []uint64) error {
	l.follow()
	l.err = nil
	err := f.CallWithStack(context.Background(), stack)
	if l.err != nil {
		return l.err
	}
	if err != nil {
		return &TrapError{err}
	}
	return nil
}
