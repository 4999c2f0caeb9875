// Who may change socket maps, read from may_update_sockmap of Linux 7.3.

package v7_3

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kdata"
)

var sockmapWriters = []kdata.When{
	{Types: []abi.ProgType{abi.PROG_TYPE_TRACING}, Attach: []abi.AttachType{abi.ATTACH_TRACE_ITER}},
	{Types: []abi.ProgType{abi.PROG_TYPE_SK_REUSEPORT, abi.PROG_TYPE_SK_LOOKUP}},
}
