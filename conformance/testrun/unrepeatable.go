package main

// unrepeatable are programs, by object and name, some of whose recorded results no other run can have.
var unrepeatable = map[string]string{
	"for_each_array_map_elem.bpf.o/test_pkt_access": "the number of the CPU that ran it",
	"test_global_func16.bpf.o/global_func16":        "what was left on the kernel's stack",
	"test_log_buf.bpf.o/good_prog":                  "an address",
}
