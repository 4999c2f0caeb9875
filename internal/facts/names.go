package facts

import (
	"reflect"
	"sync"

	"github.com/cilium/ebpf/btf"

	"github.com/bpfverdict/bpfverdict/internal/types"
)

// kept are the lists of names last asked for: a kernel has some hundred thousand types, and each refused program asks.
var kept struct {
	sync.Mutex
	lists map[nameList][]string
}

type nameList struct {
	set  *types.Set
	kind reflect.Type
}

// mostLists bounds what is kept.
const mostLists = 16

// Names are the names of a set's types of a kind. They must not be changed.
func Names[T btf.Type](set *types.Set) []string {
	kept.Lock()
	defer kept.Unlock()
	key := nameList{set, reflect.TypeFor[T]()}
	if list, ok := kept.lists[key]; ok {
		return list
	}
	var list []string
	for id := uint32(1); ; id++ {
		t := set.ByID(id)
		if t == nil {
			break
		}
		if _, ok := t.(T); ok {
			if name := types.Name(t); name != "" {
				list = append(list, name)
			}
		}
	}
	if len(kept.lists) >= mostLists || kept.lists == nil {
		kept.lists = map[nameList][]string{}
	}
	kept.lists[key] = list
	return list
}
