package object

import "syscall"

// admit reports whether the kernel would create the map: 0, or the errno.
func (l *linker) admit(m *Map) syscall.Errno { return 0 }
