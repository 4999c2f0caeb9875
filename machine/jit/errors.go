package jit

import (
	"fmt"
	"strings"
)

// A TrapError ends a run that accessed memory that there isn't, or nested calls too deep: no verified program
// does. The interpreter can say where.
type TrapError struct{ err error }

func (e *TrapError) Error() string {
	first, _, _ := strings.Cut(e.err.Error(), "\n")
	return "compiled code was stopped: " + strings.TrimPrefix(first, "wasm error: ")
}

// Unwrap returns wazero's error.
func (e *TrapError) Unwrap() error { return e.err }

// A MissingError is a call of a function that there isn't.
type MissingError struct{ Insn int }

func (e *MissingError) Error() string {
	return fmt.Sprintf("no function begins at instruction %d", e.Insn)
}
