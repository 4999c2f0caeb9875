// Package lazyregexp makes regular expressions that are compiled when they are first needed: most runs need none of them.
package lazyregexp

import (
	"regexp"
	"sync"
)

// New returns what compiles the expression once. An expression that is none panics there.
func New(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}
