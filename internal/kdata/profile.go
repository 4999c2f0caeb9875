package kdata

// Profile is the configuration of machines of a kind.
type Profile struct {
	Name   string // one word
	About  string // one line
	Config Config
}

// Debian is the configuration of a kernel that Debian builds, on a machine of two CPUs that was not booted by Secure Boot.
var Debian = Config{Lockdown: "none", JIT: true, PageSize: 4096, CPUs: 2}

// Profiles are those of distributions, the default first. Their build options say so.
var Profiles = []Profile{
	{"debian", "a Debian kernel, 5.10 to 7.3; lockdown=integrity if started by Secure Boot", Debian},
	{"ubuntu", "an Ubuntu kernel (generic), 5.15 to 6.8; lockdown=integrity if started by Secure Boot",
		Config{Lockdown: "none", JIT: true, PageSize: 4096, CPUs: 2, KprobeOverride: true, ErrorInjection: true}},
}
