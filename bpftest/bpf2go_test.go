package bpftest_test

import (
	"bytes"

	"github.com/cilium/ebpf"
)

// As bpf2go writes it.
var _CounterBytes []byte

var loadCounter = func() (*ebpf.CollectionSpec, error) {
	return ebpf.LoadCollectionSpecFromReader(bytes.NewReader(_CounterBytes))
}
