// Package near finds what somebody meant who made a typing mistake.
package near

import (
	"iter"
	"math/bits"
	"strings"
)

// Name returns the name that word most likely stands for; empty where none is near.
func Name(word string, names iter.Seq[string]) string {
	return within(len(word)/3+1, word, names) // mistakes that a word of that length may have
}

// Typo is Name for one of thousands of names, of which many are alike: one or two mistakes are allowed.
func Typo(word string, names iter.Seq[string]) string {
	return within(min(len(word)/3+1, 2), word, names)
}

func within(most int, word string, names iter.Seq[string]) string {
	best, lower := "", strings.ToLower(word)
	has := letters(lower)
	for name := range names {
		if name == "" || name == word {
			continue
		}
		other := strings.ToLower(name)
		if bits.OnesCount64(has^letters(other)) > 2*most {
			continue // a mistake brings one letter and takes one
		}
		if n := distance(lower, other, most); n < most || n == most && best == "" {
			best, most = name, n
		}
	}
	return best
}

// letters are the bytes of a word, by their lowest bits.
func letters(s string) (set uint64) {
	for i := range len(s) {
		set |= 1 << (s[i] & 63)
	}
	return set
}

// Hint is "; did you mean NAME?" of the name that word most likely stands for; empty where none is near.
func Hint(word string, names iter.Seq[string]) string {
	if name := Name(word, names); name != "" {
		return "; did you mean " + name + "?"
	}
	return ""
}

// distance is how many bytes are to be added, dropped, changed or swapped with the next to make a into b, or
// more than most.
func distance(a, b string, most int) int {
	if d := len(a) - len(b); d > most || -d > most {
		return most + 1
	}
	var before, last, row []int
	for j := range len(b) + 1 {
		last = append(last, j)
	}
	for i := 1; i <= len(a); i++ {
		row = append(row[:0:0], i)
		for j := 1; j <= len(b); j++ {
			n := last[j-1]
			if a[i-1] != b[j-1] {
				n++
			}
			n = min(n, last[j]+1, row[j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				n = min(n, before[j-2]+1)
			}
			row = append(row, n)
		}
		before, last = last, row
	}
	return last[len(b)]
}
