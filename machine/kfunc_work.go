package machine

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/object"
)

func init() {
	registerKfuncs(map[string]implementation{
		"bpf_wq_init":                        wqInit,
		"bpf_wq_set_callback_impl":           wqSetCallback,
		"bpf_wq_set_callback":                wqSetCallback,
		"bpf_wq_start":                       wqStart,
		"bpf_task_work_schedule_signal":      scheduleTaskWork,
		"bpf_task_work_schedule_signal_impl": scheduleTaskWork,
		"bpf_task_work_schedule_resume":      scheduleTaskWork,
		"bpf_task_work_schedule_resume_impl": scheduleTaskWork,
	})
}

// wqInit makes the field r1, of a value of the map r2, an item of a workqueue.
func wqInit(c *CPU, a *args) (uint64, error) {
	s, d, err := c.deferredAt(a[0], object.BPF_WORKQUEUE, "item of a workqueue")
	switch {
	case err != nil:
		return 0, err
	case uint32(a[2]) != 0:
		return narrow(abi.EINVAL), nil
	case d != nil:
		return narrow(abi.EBUSY), nil
	}
	_, err = c.newDeferred(s, object.BPF_WORKQUEUE, a[1])
	return 0, err
}

func wqSetCallback(c *CPU, a *args) (uint64, error) {
	_, d, err := c.deferredAt(a[0], object.BPF_WORKQUEUE, "item of a workqueue")
	if err != nil || d == nil || uint32(a[2]) != 0 {
		return narrow(abi.EINVAL), err
	}
	return 0, c.setDeferred(d, a[1])
}

// wqStart makes the function of the item r1 run as soon as the program has ended.
func wqStart(c *CPU, a *args) (uint64, error) {
	_, d, err := c.deferredAt(a[0], object.BPF_WORKQUEUE, "item of a workqueue")
	if err != nil || uint32(a[1]) != 0 {
		return narrow(abi.EINVAL), err
	}
	return narrow(c.startDeferred(d, c.m.clock)), nil
}

// scheduleTaskWork makes the function r4 run in the task r1, for the field r2 of a value of the map r3. When it does the
// field is free again.
func scheduleTaskWork(c *CPU, a *args) (uint64, error) {
	task, err := c.m.objectAt(a[0], "task_struct")
	if err != nil {
		return 0, err
	}
	s, d, err := c.deferredAt(a[1], object.BPF_TASK_WORK, "work for a task")
	if err != nil {
		return 0, err
	}
	if d != nil && d.armed {
		return narrow(abi.EBUSY), nil
	}
	if d, err = c.newDeferred(s, object.BPF_TASK_WORK, a[2]); err != nil {
		return 0, err
	}
	now, err := c.m.current()
	if err != nil {
		return 0, err
	}
	d.other = now.k.block != task
	if err := c.setDeferred(d, a[3]); err != nil {
		return 0, err
	}
	return narrow(c.startDeferred(d, c.m.clock)), nil
}
