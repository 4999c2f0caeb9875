package kdata

import _ "embed"

// BTF618 is the kernel's compressed BTF: internal/cmd/genbtf.
//
//go:embed vmlinux-6.18.btf.zst
var BTF618 []byte

// Kconfig618 is the .config of the kernel that the 6.18 model describes (lines
// "CONFIG_X=value" of its /proc/config.gz), and libbpf's own three values.
//
//go:embed kconfig-6.18.zst
var Kconfig618 []byte

// Symbols618 is how the symbol table of the 6.18 model's kernel differs from its BTF: internal/cmd/genksyms.
//
//go:embed ksyms-6.18.zst
var Symbols618 []byte
