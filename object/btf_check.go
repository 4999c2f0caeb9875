package object

import "syscall"

// checkBTF reports whether the kernel takes the program's BTF: 0, or the errno.
func (l *linker) checkBTF() syscall.Errno {
	return l.records.parseStructs()
}
