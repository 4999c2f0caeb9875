package verifier

import (
	"github.com/bpfverdict/bpfverdict/internal/abi"
	"github.com/bpfverdict/bpfverdict/internal/insn"
	"github.com/bpfverdict/bpfverdict/internal/kdata"
	"github.com/bpfverdict/bpfverdict/internal/kmodel"
	"github.com/bpfverdict/bpfverdict/internal/object"
	"github.com/bpfverdict/bpfverdict/internal/state"
	"github.com/bpfverdict/bpfverdict/internal/types"
)

// graphKind is a kind of container: its root, its nodes, and the kfuncs that take them.
type graphKind struct {
	root, node         object.FieldType
	rootName, nodeName string
	api, nodeAPI       trait
}

var (
	listGraph = graphKind{object.BPF_LIST_HEAD, object.BPF_LIST_NODE, "bpf_list_head", "bpf_list_node", listAPI, listNodeAPI}
	treeGraph = graphKind{object.BPF_RB_ROOT, object.BPF_RB_NODE, "bpf_rb_root", "bpf_rb_node", rbtreeAPI, rbtreeNodeAPI}
)

const ownedObj = abi.PTR_TO_BTF_ID | abi.MEM_ALLOC

// checkOwned verifies that an argument is an owning reference to an object of the program.
func (c *call) checkOwned(a arg) error {
	v, r := c.v, a.r
	if r.Type != ownedObj {
		return v.Reject(abi.EINVAL, "%s expected pointer to allocated object", v.argName("arg#", a.i))
	}
	if r.RefObjID == 0 {
		return v.Reject(abi.EINVAL, "allocated object must be referenced")
	}
	return nil
}

// checkGraphRoot verifies a list head or tree root argument: in a map value or an
// owned object, at its offset, its lock held.
func (c *call) checkGraphRoot(g *graphKind, a arg) error {
	v, kf, r, regno := c.v, c.kf, a.r, a.regno
	if r.Type == ownedObj && r.RefObjID == 0 {
		return v.Reject(abi.EINVAL, "allocated object must be referenced")
	}
	if kf.Set != state.TypesVmlinux {
		return v.Bug("unexpected btf mismatch in kfunc call")
	}
	if !c.does(g.api) {
		return v.InternalError("%s head arg for unknown kfunc", g.rootName)
	}
	off, fixed := r.FixedOff()
	if !fixed {
		return v.Reject(abi.EINVAL, "R%d doesn't have constant offset. %s has to be at the constant offset", regno, g.rootName)
	}
	rec := v.regRecord(r)
	f := rec.Find(uint32(off), g.root)
	if f == nil {
		return v.Reject(abi.EINVAL, "%s not found at offset=%d", g.rootName, uint32(off))
	}
	if v.checkAllocationLocked(r) != nil {
		return v.Reject(abi.EINVAL, "bpf_spin_lock at off=%d must be held for %s", rec.Off(object.BPF_SPIN_LOCK), g.rootName)
	}
	if c.root != nil {
		return v.Bug("repeating %s arg", g.rootName)
	}
	c.root = f
	return nil
}

// checkGraphNode verifies a node argument against the root passed before it.
func (c *call) checkGraphNode(g *graphKind, a arg) error {
	v, kf, r, regno := c.v, c.kf, a.r, a.regno
	if kf.Set != state.TypesVmlinux {
		return v.Bug("unexpected btf mismatch in kfunc call")
	}
	if !c.does(g.nodeAPI) {
		return v.InternalError("%s node arg for unknown kfunc", g.nodeName)
	}
	fixedOff, fixed := r.FixedOff()
	if !fixed {
		return v.Reject(abi.EINVAL, "R%d doesn't have constant offset. %s has to be at the constant offset", regno, g.nodeName)
	}
	off := uint32(fixedOff)
	if v.regRecord(r).Find(off, g.node) == nil {
		return v.Reject(abi.EINVAL, "%s not found at offset=%d", g.nodeName, off)
	}
	root, set := c.root, v.typesets[state.TypesProg]
	if !types.Same(v.setOf(r), r.BTFID, set, root.NodeTypeID) {
		return v.Reject(abi.EINVAL, "operation on %s expects arg#1 %s at offset=%d in struct %s, but arg is at offset=%d in struct %s",
			g.rootName, g.nodeName, root.NodeOffset, types.Name(set.ByID(root.NodeTypeID)),
			int32(off), types.Name(v.setOf(r).ByID(r.BTFID)))
	}
	c.objSet, c.objID = r.BTF, r.BTFID
	if off != root.NodeOffset {
		return v.Reject(abi.EINVAL, "arg#1 offset=%d, but expected %s at offset=%d in struct %s",
			int32(off), g.nodeName, root.NodeOffset, types.Name(set.ByID(root.NodeTypeID)))
	}
	return nil
}

func (c *call) takeListHead(a arg) error { return c.checkGraphRoot(&listGraph, a) }
func (c *call) takeTreeRoot(a arg) error { return c.checkGraphRoot(&treeGraph, a) }

// takeListNode verifies a list's node, which must be owned if the kfunc doesn't say otherwise.
func (c *call) takeListNode(a arg) error {
	if !a.k.Is(kdata.ParamBorrowed) || !isNonOwningRef(a.r.Type) || a.r.RefObjID != 0 {
		if err := c.checkOwned(a); err != nil {
			return err
		}
	}
	return c.checkGraphNode(&listGraph, a)
}

// takeTreeNode is checkGraphNode with the rules on who may own a tree's node:
// only an owned one is added; the others work on what the tree holds.
func (c *call) takeTreeNode(a arg) error {
	v, kf, r := c.v, c.kf, a.r
	if c.does(takesOwned) {
		if err := c.checkOwned(a); err != nil {
			return err
		}
		return c.checkGraphNode(&treeGraph, a)
	}
	if v.k.Has(kmodel.RbtreeRemoveOwned) {
		if !isNonOwningRef(r.Type) && r.RefObjID == 0 {
			return v.Reject(abi.EINVAL, "%s can only take non-owning or refcounted bpf_rb_node pointer", kf.Name)
		}
		if v.inTreeCallback() {
			return v.Reject(abi.EINVAL, "%s not allowed in rbtree cb", kf.Name)
		}
	} else {
		if !isNonOwningRef(r.Type) || r.RefObjID != 0 {
			return v.Reject(abi.EINVAL, "rbtree_remove node input must be non-owning ref")
		}
		if v.inTreeCallback() {
			return v.Reject(abi.EINVAL, "rbtree_remove not allowed in rbtree cb")
		}
	}
	return c.checkGraphNode(&treeGraph, a)
}

// markGraphNode makes r a pointer to the node of an object that root holds (mark_reg_graph_node).
func (v *verifier) markGraphNode(r *state.Reg, root *object.Field) {
	r.MarkPtr(ownedObj)
	r.BTF, r.BTFID = state.TypesProg, root.NodeTypeID
	v.moveTo(r, int32(root.NodeOffset))
}

// insertNode gives an object to a container: list push and rbtree add.
func (c *call) insertNode() error {
	v, kf := c.v, c.kf
	id := v.regs()[insn.R2].RefObjID
	if err := v.lendOwned(id); err != nil {
		v.Verbose("kfunc %s#%d conversion of owning ref to non-owning failed", kf.Name, kf.ID)
		return err
	}
	return v.releaseKfuncReference(kf, id)
}
