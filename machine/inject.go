package machine

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

// Injection makes calls of a helper or kernel function fail, as they may in a kernel: for want of memory, say.
type Injection struct {
	Function string // its full name: "bpf_obj_new_impl"
	Call     int    // which call fails, counted from 1; 0 for all
	// Errno is the name of the error that a function returns which returns errors; what is usual, if it is "".
	Errno string
}

// ParseInjection reads FUNCTION, FUNCTION@CALL, FUNCTION=ERRNO or FUNCTION@CALL=ERRNO.
func ParseInjection(text string) (Injection, error) {
	name, errno, _ := strings.Cut(text, "=")
	in := Injection{Errno: errno}
	var call string
	var counted bool
	if in.Function, call, counted = strings.Cut(name, "@"); counted {
		n, err := strconv.Atoi(call)
		if err != nil || n < 1 {
			return in, fmt.Errorf("%q: a call is a number from 1 on", text)
		}
		in.Call = n
	}
	if in.Function == "" {
		return in, fmt.Errorf("%q: FUNCTION, FUNCTION@CALL or FUNCTION=ERRNO", text)
	}
	return in, nil
}

// injected is an injection of a machine.
type injected struct {
	Injection
	errno abi.Errno
	calls int // so far
}

func (m *Machine) addInjections(list []Injection) error {
	for _, in := range list {
		_, f := m.k.Types().FindFunc(in.Function)
		if f == nil && m.k.HelperID(strings.TrimPrefix(in.Function, "bpf_")) == 0 {
			return fmt.Errorf("to be injected: %s: the kernel has no such helper or kernel function", in.Function)
		}
		i := &injected{Injection: in}
		if in.Errno != "" {
			var ok bool
			if i.errno, ok = abi.ErrnoNamed(in.Errno); !ok {
				return fmt.Errorf("to be injected: %s: %q is no error number's name", in.Function, in.Errno)
			}
		}
		m.injections = append(m.injections, i)
	}
	return nil
}

// failing is how a function fails that returns an error number.
type failing struct {
	errno abi.Errno // the usual one
	// leave makes what the function leaves behind; nil for nothing.
	leave func(c *CPU, a *args, e abi.Errno) error
}

// failures are the functions that return an error number and may fail whatever they are passed. Those that may return NULL
// need no row.
var failures = map[string]failing{
	"bpf_res_spin_lock":                  {errno: abi.ETIMEDOUT},
	"bpf_res_spin_lock_irqsave":          {errno: abi.ETIMEDOUT},
	"bpf_map_update_elem":                {errno: abi.ENOMEM},
	"bpf_ringbuf_output":                 {errno: abi.EAGAIN},
	"bpf_perf_event_output":              {errno: abi.ENOSPC},
	"bpf_timer_init":                     {errno: abi.ENOMEM},
	"bpf_wq_init":                        {errno: abi.ENOMEM},
	"bpf_task_work_schedule_signal":      {errno: abi.ENOMEM},
	"bpf_task_work_schedule_signal_impl": {errno: abi.ENOMEM},
	"bpf_task_work_schedule_resume":      {errno: abi.ENOMEM},
	"bpf_task_work_schedule_resume_impl": {errno: abi.ENOMEM},
	"bpf_skb_pull_data":                  {errno: abi.ENOMEM},
	"bpf_skb_change_head":                {errno: abi.ENOMEM},
	"bpf_skb_change_tail":                {errno: abi.ENOMEM},
	"bpf_skb_adjust_room":                {errno: abi.ENOMEM},
	"bpf_copy_from_user":                 {abi.EFAULT, leaveZeros},
	"bpf_probe_read_user":                {abi.EFAULT, leaveZeros},
	"bpf_probe_read_kernel":              {abi.EFAULT, leaveZeros},
	"bpf_ringbuf_reserve_dynptr": {abi.EINVAL, func(c *CPU, a *args, _ abi.Errno) error {
		return c.newDynptr(a[3], dynptr{record: &ringRecord{}})
	}},
	"bpf_dynptr_from_file": {abi.ENOMEM, func(c *CPU, a *args, _ abi.Errno) error {
		return c.newDynptr(a[2], dynptr{file: &reading{}})
	}},
}

// leaveZeros clears what a failed copy was to fill: r2 bytes at r1.
func leaveZeros(c *CPU, a *args, _ abi.Errno) error {
	to, err := c.m.mem.write(a[0], uint32(a[1]))
	clear(to)
	return err
}

// failureOf is how a function fails; ok is false for one that can't. A function that may return NULL does.
func failureOf(name string, mayBeNull bool) (f failing, ok bool) {
	if f, ok := failures[name]; ok {
		return f, true
	}
	if kind, isIter := strings.CutPrefix(strings.TrimSuffix(name, "_new"), "bpf_iter_"); isIter && strings.HasSuffix(name, "_new") {
		return failing{abi.ENOMEM, func(c *CPU, a *args, _ abi.Errno) error {
			_, err := c.newIterator(a[0], iterator{kind: kind}, 0)
			return err
		}}, true
	}
	switch name {
	case "bpf_kptr_xchg": // NULL is what was there, and no failure
		return f, false
	case "bpf_crypto_ctx_create":
		return failing{leave: func(c *CPU, a *args, _ abi.Errno) error { return c.m.mem.store(a[2], 4, narrow(abi.ENOMEM)) }}, true
	}
	return f, mayBeNull
}

// inject wraps what a function does, so that the calls fail that are to.
func (m *Machine) inject(name string, f *callee, mayBeNull bool) error {
	for _, in := range m.injections {
		if in.Function != name {
			continue
		}
		how, ok := failureOf(name, mayBeNull)
		if !ok {
			return fmt.Errorf("to be injected: %s does not fail whatever it is passed", name)
		}
		errno := how.errno
		if in.errno != 0 && errno != 0 {
			errno = in.errno
		}
		do := f.fn
		f.injected = true
		f.fn = func(c *CPU, a *args) (uint64, error) {
			if in.calls++; in.Call != 0 && in.calls != in.Call {
				return do(c, a)
			}
			if how.leave != nil {
				if err := how.leave(c, a, errno); err != nil {
					return 0, err
				}
			}
			if strings.HasPrefix(f.name, "kfunc ") {
				return narrow(errno), nil
			}
			return failure(errno), nil
		}
	}
	return nil
}
