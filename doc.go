// Package bpfverdict says what the Linux BPF verifier will say about compiled BPF objects, without a kernel
// and without root.
//
// An object is opened once, whatever it comes from, and checked against any number of kernels:
//
//	obj, err := bpfverdict.Open("prog.bpf.o") // or OpenReader, OpenBytes, OpenFS
//	...
//	k, err := kernel.Load("6.18")
//	...
//	res, err := obj.Check(ctx, k)
//	...
//	for p := range res.Programs() {
//		var rej *bpfverdict.Rejection
//		if errors.As(p.Err(), &rej) {
//			fmt.Printf("%+v\n", rej) // the kernel's message, the source line, the log
//		}
//	}
//
// Package kernel has the kernels and what may be changed about them, package report the results and their
// printers.
//
// The exported names of these three packages are the project's interface; docs/api.txt lists them, and
// docs/STABILITY.md says what may change when. What is under internal is not.
package bpfverdict
