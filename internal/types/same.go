package types

// Same reports that two ids, each of its own set, are one type. Modules continue
// the kernel's numbering, so an id below both sets' own range means the same in both.
func Same(a *Set, aID uint32, b *Set, bID uint32) bool {
	if aID != bID {
		return false
	}
	return a == b || a.Kernel && b.Kernel && a.ByID(aID) == b.ByID(bID)
}

// Holds reports whether type need (of needSet) lies in type id (of set) at byte off: it is that type, or a struct nested
// there at any depth. The error is an *AccessError where the place can't be looked at.
func Holds(set *Set, id uint32, off int, needSet *Set, need uint32) (bool, error) {
	if off == 0 && Same(set, id, needSet, need) {
		return true, nil
	}
	for {
		a, err := set.Walk(id, off, 1, 0)
		if err != nil {
			return false, err
		}
		if a.Kind != AccessStruct {
			return false, nil
		}
		id, off = a.ID, 0
		if Same(set, id, needSet, need) {
			return true, nil
		}
	}
}
