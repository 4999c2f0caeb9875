// Package bpftest holds compiled BPF programs against the verifiers of Linux kernels, and runs them, in go test: without
// a kernel, without root.
//
//	func TestLoads(t *testing.T) {
//		bpftest.Check(t, "counter.bpf.o", bpftest.Kernels("6.12", "6.18"))
//	}
//
// Each kernel and program is a subtest; one that a kernel would refuse fails with the kernel's words and the end of its
// log. Run runs a program and gives typed access to what it returned, to maps and to variables.
package bpftest
