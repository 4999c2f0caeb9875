package v5_10

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/kdata"
)

// attachLimits are read from the allowed functions of the prototypes in Linux 5.10: in these bpf_d_path can't recurse into
// what its caller holds.
var attachLimits = map[string][]kdata.AttachRule{
	"d_path": {{When: kdata.When{Types: []abi.ProgType{abi.PROG_TYPE_TRACING}}, Functions: []string{
		"security_file_permission", "security_inode_getattr", "security_file_open", "security_path_truncate",
		"vfs_truncate", "vfs_fallocate", "dentry_open", "vfs_getattr", "filp_close",
	}}},
}
