package main

import "syscall"

// mountBPF mounts a BPF file system on a folder, where bpftool pins programs.
func mountBPF(dir string) error { return syscall.Mount("none", dir, "bpf", 0, "") }

func unmount(dir string) error { return syscall.Unmount(dir, 0) }
