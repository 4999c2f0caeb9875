package diagnosis

var graphCodes = []Code{
	{
		ID: "BV0601", Title: "no list head, tree root or node there", Category: CallType,
		Rule: "A list or tree function is given the address of a head, root or node member, at its constant offset, in a map value, object or section of globals whose type says `__contains`.",
		Why:  "Only there the kernel has initialised one.",
		Fix:  "Pass `&value->head` or `&object->node`, and declare the head with __contains(type, node).",
		Formats: []string{
			"%s not found at offset=%d", "R%d doesn't have constant offset. %s has to be at the constant offset",
			"%s expected pointer to map value or allocated object",
		},
	},
	{
		ID: "BV0602", Title: "node of another type", Category: CallType,
		Rule: "A list or tree takes the node that its `__contains` names: that member of that struct.",
		Why:  "Whoever takes it out computes the object's address from it.",
		Fix:  "Add objects of the declared struct, by the declared member.",
		Formats: []string{
			"operation on %s expects arg#1 %s at offset=%d in struct %s, but arg is at offset=%d in struct %s",
			"arg#1 offset=%d, but expected %s at offset=%d in struct %s",
		},
	},
	{
		ID: "BV0603", Title: "removal needs a borrowed node", Category: ResourceLifetime,
		Rule:    "bpf_rbtree_remove, and functions that look around in a tree, take a node that is in the tree: found by bpf_rbtree_first, root, left or right under the same lock, or refcounted.",
		Why:     "A node that is owned is in no tree.",
		Fix:     "Pass what the search returned, before unlocking.",
		Formats: []string{"%s can only take non-owning or refcounted bpf_rb_node pointer", "rbtree_remove node input must be non-owning ref"},
	},
	{
		ID: "BV0604", Title: "tree changed in its own callback", Category: ResourceLifetime,
		Rule:    "The callback that compares nodes for bpf_rbtree_add does not add or remove nodes.",
		Why:     "The tree is in the middle of a change.",
		Fix:     "Only compare in the callback.",
		Formats: []string{"%s not allowed in rbtree cb", "rbtree_remove not allowed in rbtree cb"},
	},
	{
		ID: "BV0605", Title: "node could not be lent", Category: ResourceLifetime,
		Rule:      "A node that is added to a list or tree was owned, and becomes borrowed until the lock is given back.",
		Why:       "From then on the list owns it.",
		Fix:       "Add it once, while it is owned.",
		Formats:   []string{"kfunc %s#%d conversion of owning ref to non-owning failed"},
		NoProgram: "what is not owned is refused before, with BV0306",
	},
}
