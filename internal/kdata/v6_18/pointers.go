// What programs may do with pointers, read from adjust_ptr_min_max_vals, check_flow_keys_access and the *_is_valid_access
// functions of sockets in Linux 6.18.

package v6_18

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kdata"
)

var pointers = kdata.Pointers{
	Moves: map[abi.RegType]kdata.Move{
		abi.PTR_TO_CTX:          kdata.MoveAny,
		abi.PTR_TO_MAP_VALUE:    kdata.MoveAny,
		abi.PTR_TO_MAP_KEY:      kdata.MoveAny,
		abi.PTR_TO_STACK:        kdata.MoveAny,
		abi.PTR_TO_PACKET_META:  kdata.MoveAny,
		abi.PTR_TO_PACKET:       kdata.MoveAny,
		abi.PTR_TO_TP_BUFFER:    kdata.MoveAny,
		abi.PTR_TO_BTF_ID:       kdata.MoveAny,
		abi.PTR_TO_MEM:          kdata.MoveAny,
		abi.PTR_TO_BUF:          kdata.MoveAny,
		abi.PTR_TO_FUNC:         kdata.MoveAny,
		abi.CONST_PTR_TO_DYNPTR: kdata.MoveAny,
		abi.PTR_TO_FLOW_KEYS:    kdata.MoveKnown,
		abi.CONST_PTR_TO_MAP:    kdata.MoveZero,
	},
	SockFields: map[abi.RegType][]kdata.SockField{
		abi.PTR_TO_SOCKET:      sockFields,
		abi.PTR_TO_SOCK_COMMON: sockCommonFields,
		abi.PTR_TO_TCP_SOCK: {
			{Off: 0, End: 80, Whole: 4},  // snd_cwnd ... sacked_out
			{Off: 80, End: 81, Whole: 8}, // bytes_received
			{Off: 81, End: 88, Whole: 4, Unconverted: true},
			{Off: 88, End: 89, Whole: 8}, // bytes_acked
			{Off: 89, End: 96, Whole: 4, Unconverted: true},
			{Off: 96, End: 112, Whole: 4}, // dsack_dups ... icsk_retransmits
		},
		abi.PTR_TO_XDP_SOCK: {{Off: 0, End: 4, Whole: 4}}, // queue_id
	},
	FlowKeysSize: 56,
}

// sockFields are struct bpf_sock, sockCommonFields what of it every socket has.
var (
	sockCommonFields = []kdata.SockField{
		{Off: 0, End: 4, Whole: 4},              // bound_dev_if
		{Off: 4, End: 5, Narrow: 4},             // family
		{Off: 5, End: 8, Whole: 4},              // inside it
		{Off: 24, End: 44, Narrow: 4},           // src_ip4, src_ip6
		{Off: 44, End: 45, Narrow: 4},           // src_port
		{Off: 45, End: 48, Whole: 4},            // inside it
		{Off: 48, End: 50, Narrow: 2, Whole: 4}, // dst_port, with the padding behind it
		{Off: 52, End: 72, Narrow: 4},           // dst_ip4, dst_ip6
		{Off: 72, End: 73, Narrow: 4},           // state
		{Off: 73, End: 76, Whole: 4},            // inside it
		{Off: 76, End: 77, Narrow: 4},           // rx_queue_mapping
		{Off: 77, End: 80, Whole: 4},            // inside it
	}
	sockFields = append([]kdata.SockField{
		{Off: 8, End: 9, Narrow: 4},   // type
		{Off: 9, End: 12, Whole: 4},   // inside it
		{Off: 12, End: 13, Narrow: 4}, // protocol
		{Off: 13, End: 24, Whole: 4},  // inside it, mark, priority
	}, sockCommonFields...)
)
