package kimage

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// Kconfig are the lines of a kernel's .config that set something, and what libbpf makes of the kernel, whose version is
// "6.18.15".
func Kconfig(path, kernel string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var b bytes.Buffer
	sc := bufio.NewScanner(f)
	for sc.Scan() {
		if line := sc.Text(); strings.HasPrefix(line, "CONFIG_") {
			b.WriteString(line + "\n")
		}
	}
	version := 0
	for i, part := range strings.SplitN(kernel, ".", 3) {
		n, err := strconv.Atoi(part)
		if err != nil {
			return nil, fmt.Errorf("version %q: %w", kernel, err)
		}
		version |= min(n, 255) << (16 - 8*i)
	}
	fmt.Fprintf(&b, "LINUX_KERNEL_VERSION=%d\nLINUX_HAS_BPF_COOKIE=1\nLINUX_HAS_SYSCALL_WRAPPER=1\n", version)
	return b.Bytes(), sc.Err()
}
