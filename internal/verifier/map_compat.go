package verifier

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
)

// checkMapFuncCompatibility verifies that the helper works on that type of map (check_map_func_compatibility).
func (v *verifier) checkMapFuncCompatibility(mapIndex int, id int32) error {
	if mapIndex == 0 {
		return nil
	}
	m := v.maps[mapIndex-1]
	prog := v.rules
	if !v.k.MapHelperCompatible(m.Type, id, prog) {
		sockets := m.Type == abi.MAP_TYPE_SOCKMAP || m.Type == abi.MAP_TYPE_SOCKHASH
		changes := id == abi.BPF_FUNC_map_update_elem || id == abi.BPF_FUNC_map_delete_elem
		if sockets && changes {
			v.Verbose("cannot update sockmap in this context")
		}
		return v.Reject(abi.EINVAL, "cannot pass map_type %d into func %s#%d", m.Type, v.helperName(id), id)
	}
	if id == abi.BPF_FUNC_tail_call && len(v.subprogs) > 1 && !v.k.Config().JIT {
		return v.Reject(abi.EINVAL, "mixing of tail_calls and bpf-to-bpf calls is not supported")
	}
	return nil
}
