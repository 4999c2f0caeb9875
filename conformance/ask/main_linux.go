// Command ask prints which kernel is running, whether it is known to be a model's, and what it answers
// otherwise than the model. It needs root, loads programs and attaches none.
//
//	go run ./conformance/ask [-model NAME]
//
// With -record it prints instead, as JSON, all that the kernel answers and that tables of a model are made of.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/bpfverdict/bpfverdict/internal/testing/running"
	"github.com/bpfverdict/bpfverdict/kernel"
)

func main() {
	model := flag.String("model", "", "compare with the model `NAME`; by default the one the kernel is known to be, or "+kernel.Default())
	record := flag.Bool("record", false, "print what the kernel answers, for generators of kernel data")
	flag.Parse()
	err := func() error {
		if *record {
			return write(os.Stdout)
		}
		return ask(*model)
	}()
	if err != nil {
		fmt.Fprintln(os.Stderr, "ask:", err)
		os.Exit(1)
	}
}

// errDiffers is the end of a comparison that found differences.
var errDiffers = errors.New("the running kernel is not this model")

// write prints what the kernel answers; what is being asked goes to standard error.
func write(w io.Writer) error {
	answers, err := running.Record(func(what string) { fmt.Fprintln(os.Stderr, what) })
	if err != nil {
		return err
	}
	return json.NewEncoder(w).Encode(answers)
}

func ask(name string) error {
	k, err := running.Ask()
	if err != nil {
		return err
	}
	fmt.Printf("%v\nSHA-256 of its types: %s\n", k, k.BTF)
	for _, h := range k.Holds {
		fmt.Println("yes:", h)
	}
	m, err := running.Model()
	switch {
	case name != "":
		m, err = k.Load(name)
	case err != nil:
		fmt.Println(err)
		m, err = k.Load(kernel.Default())
	}
	if err != nil {
		return err
	}
	fmt.Println("model:", m.Name())
	differ := 0
	s := running.NewSurvey(m, func(format string, args ...any) {
		differ++
		fmt.Printf("differs: "+format+"\n", args...)
	})
	for _, table := range running.Tables {
		before := differ
		table.Ask(s)
		fmt.Printf("%s: %d differences\n", table.Name, differ-before)
	}
	if differ > 0 {
		return errDiffers
	}
	return nil
}
