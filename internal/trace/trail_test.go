package trace

import (
	"reflect"
	"testing"
)

func TestTrail(t *testing.T) {
	trail := new(Trail)
	trail.Begin(1, 0)   // steps 1 to 10; 3 and 5 leave paths behind
	trail.Begin(11, 5)  // the younger first
	trail.Begin(15, 12) // which itself branched
	trail.Begin(20, 3)
	trail.Begin(25, 0) // a global function
	for _, c := range []struct {
		step int
		want []Stretch
	}{
		{1, []Stretch{{1, 1}}},
		{10, []Stretch{{1, 10}}},
		{12, []Stretch{{1, 5}, {11, 12}}},
		{19, []Stretch{{1, 5}, {11, 12}, {15, 19}}},
		{22, []Stretch{{1, 3}, {20, 22}}},
		{26, []Stretch{{25, 26}}},
	} {
		if got := trail.To(c.step); !reflect.DeepEqual(got, c.want) {
			t.Errorf("to %d: %v, want %v", c.step, got, c.want)
		}
	}
	var none *Trail
	none.Begin(1, 0)
	if got := new(Trail).To(4); got != nil {
		t.Errorf("an empty trail leads to %v", got)
	}
}
