package machine

import "fmt"

// iterator is an open-coded iterator of a run. Its memory, in the program's frame, holds what is pointed to at most.
type iterator struct {
	kind  string // "num"
	at    place  // where it was made
	state any    // for kernel functions of its own
	// next gives the address of the next element, 0 for none; nil if making it failed.
	next func(*CPU) (uint64, error)
	// destroy gives back what it holds; nil for nothing.
	destroy func(*CPU) error
}

// newIterator makes the memory at an address an iterator, to be destroyed even if it could not be made. It returns what
// e is to the program.
func (c *CPU) newIterator(addr uint64, it iterator, e uint64) (uint64, error) {
	if old := c.run.iterators[addr]; old != nil {
		return 0, &Fault{Kind: BadIterator, Addr: addr, Reason: fmt.Sprintf("the iterator made by %s is still there", old.at.where())}
	}
	if c.run.iterators == nil {
		c.run.iterators = map[uint64]*iterator{}
	}
	it.at = c.here()
	c.run.iterators[addr] = &it
	return e, nil
}

// iteratorAt is the iterator of a kind at an address.
func (c *CPU) iteratorAt(addr uint64, kind string) (*iterator, error) {
	if it := c.run.iterators[addr]; it != nil && it.kind == kind {
		return it, nil
	}
	return nil, &Fault{Kind: BadIterator, Addr: addr, Reason: fmt.Sprintf("there is no iterator of kind %s: it was not made, or is destroyed", kind)}
}

// iteratorNext is the kfunc that gives the next element of an iterator of a kind.
func iteratorNext(kind string) implementation {
	return func(c *CPU, a *args) (uint64, error) {
		it, err := c.iteratorAt(a[0], kind)
		if err != nil || it.next == nil {
			return 0, err
		}
		return it.next(c)
	}
}

// iteratorDestroy is the kfunc that destroys an iterator of a kind.
func iteratorDestroy(kind string) implementation {
	return func(c *CPU, a *args) (uint64, error) {
		it, err := c.iteratorAt(a[0], kind)
		if err != nil {
			return 0, err
		}
		delete(c.run.iterators, a[0])
		if it.destroy != nil {
			err = it.destroy(c)
		}
		return c.r[0], err
	}
}

// registerIterator adds an iterator of a kind.
func registerIterator(kind string, create implementation) {
	registerKfuncs(map[string]implementation{
		"bpf_iter_" + kind + "_new":     create,
		"bpf_iter_" + kind + "_next":    iteratorNext(kind),
		"bpf_iter_" + kind + "_destroy": iteratorDestroy(kind),
	})
}
