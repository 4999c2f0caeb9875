package main

import (
	"fmt"
	"slices"

	"github.com/spf13/pflag"
)

// choice is the value of a flag that takes one of several words. It is a pflag.Value.
type choice struct {
	at *string
	of []string
}

// choose adds a flag that takes one of several words, the first by default. about ends in a colon, and they follow it.
func choose(fl *pflag.FlagSet, at *string, name, short, about string, of ...string) {
	*at = of[0]
	fl.VarP(&choice{at, of}, name, short, about+" "+listed(of, "or"))
}

func (c *choice) String() string { return *c.at }
func (c *choice) Type() string   { return "name" }

func (c *choice) Set(word string) error {
	if !slices.Contains(c.of, word) {
		return fmt.Errorf("use %s", listed(c.of, "or"))
	}
	*c.at = word
	return nil
}
