package insn

// ALUOp returns the operator of an ALU operation as the kernel spells it, "+=" for ADD.
func ALUOp(op uint8) string { return aluNames[op>>4] }
