package abi

import (
	"strconv"
	"syscall"
)

// Errno is an error number as Linux counts them, positive, on whatever system this runs; from 4000 on it is
// one of libbpf's own.
type Errno int

// The errors that the verifier, the rest of bpf(2) and libbpf answer with.
const (
	EPERM                Errno = 1
	ENOENT               Errno = 2
	ESRCH                Errno = 3
	E2BIG                Errno = 7
	EBADF                Errno = 9
	EAGAIN               Errno = 11
	ENOMEM               Errno = 12
	EACCES               Errno = 13
	EFAULT               Errno = 14
	EBUSY                Errno = 16
	EEXIST               Errno = 17
	EINVAL               Errno = 22
	ENOSPC               Errno = 28
	ERANGE               Errno = 34
	ENAMETOOLONG         Errno = 36
	ELOOP                Errno = 40
	EDEADLK              Errno = 35
	ENONET               Errno = 64
	EPROTO               Errno = 71
	EOPNOTSUPP           Errno = 95
	ENXIO                Errno = 6
	ENODEV               Errno = 19
	EPROTOTYPE           Errno = 91
	EPROTONOSUPPORT      Errno = 93
	ESOCKTNOSUPPORT      Errno = 94
	EBADMSG              Errno = 74
	EAFNOSUPPORT         Errno = 97
	EALREADY             Errno = 114
	ETIMEDOUT            Errno = 110
	ENOTSUPP             Errno = 524
	LIBBPF_ERRNO__FORMAT Errno = 4001
	LIBBPF_ERRNO__ENDIAN Errno = 4003
	LIBBPF_ERRNO__RELOC  Errno = 4005
)

// MAX_ERRNO is the largest error number that a pointer or result may stand for.
const MAX_ERRNO = 4095

// errnos are the numbers' names, the C library's texts, and what this system calls them; 0 where it doesn't.
var errnos = map[Errno]struct {
	name, text string
	host       syscall.Errno
}{
	EPERM:                {"EPERM", "Operation not permitted", syscall.EPERM},
	ENOENT:               {"ENOENT", "No such file or directory", syscall.ENOENT},
	ESRCH:                {"ESRCH", "No such process", syscall.ESRCH},
	E2BIG:                {"E2BIG", "Argument list too long", syscall.E2BIG},
	EBADF:                {"EBADF", "Bad file descriptor", syscall.EBADF},
	EAGAIN:               {"EAGAIN", "Resource temporarily unavailable", syscall.EAGAIN},
	ENOMEM:               {"ENOMEM", "Cannot allocate memory", syscall.ENOMEM},
	EACCES:               {"EACCES", "Permission denied", syscall.EACCES},
	EFAULT:               {"EFAULT", "Bad address", syscall.EFAULT},
	EBUSY:                {"EBUSY", "Device or resource busy", syscall.EBUSY},
	EEXIST:               {"EEXIST", "File exists", syscall.EEXIST},
	EINVAL:               {"EINVAL", "Invalid argument", syscall.EINVAL},
	ENOSPC:               {"ENOSPC", "No space left on device", syscall.ENOSPC},
	ERANGE:               {"ERANGE", "Numerical result out of range", syscall.ERANGE},
	ENAMETOOLONG:         {"ENAMETOOLONG", "File name too long", syscall.ENAMETOOLONG},
	ELOOP:                {"ELOOP", "Too many levels of symbolic links", syscall.ELOOP},
	ENONET:               {"ENONET", "Machine is not on the network", 0},
	EPROTO:               {"EPROTO", "Protocol error", syscall.EPROTO},
	EDEADLK:              {"EDEADLK", "Resource deadlock avoided", syscall.EDEADLK},
	ETIMEDOUT:            {"ETIMEDOUT", "Connection timed out", syscall.ETIMEDOUT},
	EOPNOTSUPP:           {"EOPNOTSUPP", "Operation not supported", syscall.EOPNOTSUPP},
	ENXIO:                {"ENXIO", "No such device or address", syscall.ENXIO},
	ENODEV:               {"ENODEV", "No such device", syscall.ENODEV},
	EPROTOTYPE:           {"EPROTOTYPE", "Protocol wrong type for socket", syscall.EPROTOTYPE},
	ESOCKTNOSUPPORT:      {"ESOCKTNOSUPPORT", "Socket type not supported", syscall.ESOCKTNOSUPPORT},
	EPROTONOSUPPORT:      {"EPROTONOSUPPORT", "Protocol not supported", syscall.EPROTONOSUPPORT},
	EBADMSG:              {"EBADMSG", "Bad message", syscall.EBADMSG},
	EAFNOSUPPORT:         {"EAFNOSUPPORT", "Address family not supported by protocol", syscall.EAFNOSUPPORT},
	EALREADY:             {"EALREADY", "Operation already in progress", syscall.EALREADY},
	ENOTSUPP:             {"ENOTSUPP", "Unknown error 524", 0},
	LIBBPF_ERRNO__FORMAT: {"LIBBPF_ERRNO__FORMAT", "BPF object format invalid", 0},
	LIBBPF_ERRNO__ENDIAN: {"LIBBPF_ERRNO__ENDIAN", "Endian mismatch", 0},
	LIBBPF_ERRNO__RELOC:  {"LIBBPF_ERRNO__RELOC", "Relocation failed", 0},
}

// String returns the number's name, such as EACCES.
func (e Errno) String() string {
	if i, ok := errnos[e]; ok {
		return i.name
	}
	return "errno " + strconv.Itoa(int(e))
}

// ErrnoNamed finds a number by its name, such as EACCES; ok is false for a name of none that is known.
func ErrnoNamed(name string) (e Errno, ok bool) {
	for e, i := range errnos {
		if i.name == name {
			return e, true
		}
	}
	return 0, false
}

// Error returns the C library's text for the number.
func (e Errno) Error() string {
	if i, ok := errnos[e]; ok {
		return i.text
	}
	return "Unknown error " + strconv.Itoa(int(e))
}

// Is reports whether target is this system's number for the same error, for errors.Is(err, syscall.EACCES).
func (e Errno) Is(target error) bool {
	host, ok := target.(syscall.Errno)
	return ok && host != 0 && host == errnos[e].host
}
