package program

import "github.com/bpfverdict/bpfverdict/internal/abi"

// orderCalls sorts the functions so that callees come before their callers, as the kernel needs to know before the walk,
// and refuses recursion (sort_subprogs_topo). Only instructions that can be reached count.
func (c *checker) orderCalls() error {
	const onStack, done = 1, 2
	state := make([]uint8, len(c.Subprogs))
	c.CallOrder = make([]int, 0, len(c.Subprogs))
	for root := range c.Subprogs {
		if state[root] != 0 {
			continue
		}
		state[root] = onStack
		for stack := []int{root}; len(stack) > 0; {
			cur := stack[len(stack)-1]
			callee, err := c.nextCallee(cur, state, onStack, done)
			if err != nil {
				return err
			}
			if callee >= 0 {
				state[callee] = onStack
				stack = append(stack, callee)
				continue
			}
			state[cur] = done
			c.CallOrder = append(c.CallOrder, cur)
			stack = stack[:len(stack)-1]
		}
	}
	if c.Level > 1 {
		for i, n := range c.CallOrder {
			c.Printf("topo_order[%d] = %s\n", i, c.SubprogName(n))
		}
	}
	return nil
}

// nextCallee is a function that cur calls, or whose address it takes, and that was not looked at yet, -1 if none is left.
func (c *checker) nextCallee(cur int, state []uint8, onStack, done uint8) (int, error) {
	for _, i := range c.SubprogOrder(cur) {
		in := &c.Insns[i]
		c.Looked = int(i)
		if !in.IsPseudoCall() && !in.IsPseudoFunc() {
			continue
		}
		callee := c.Find(int(i) + int(in.Imm) + 1)
		switch {
		case callee < 0, state[callee] == done, state[callee] == onStack && in.IsPseudoFunc():
		case state[callee] == onStack:
			return 0, c.Reject(abi.EINVAL, "recursive call from %s() to %s()", c.SubprogName(cur), c.SubprogName(callee))
		default:
			return callee, nil
		}
	}
	return -1, nil
}
