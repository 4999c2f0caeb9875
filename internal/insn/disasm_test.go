package insn

import "testing"

func text(prog []Insn, i int, names Names) string { return string(AppendText(nil, prog, i, names)) }

// The wanted texts are what Linux 6.18 prints for these instructions.
func TestText(t *testing.T) {
	tests := []struct {
		in   Insn
		want string
	}{
		{Insn{Code: LDX | MEM | W, Dst: 1, Src: 6, Off: 4}, "(61) r1 = *(u32 *)(r6 +4)"},
		{Insn{Code: LDX | MEMSX | H, Dst: 1, Src: 10, Off: -4}, "(89) r1 = *(s16 *)(r10 -4)"},
		{Insn{Code: STX | MEM | DW, Dst: 10, Src: 2, Off: -8}, "(7b) *(u64 *)(r10 -8) = r2"},
		{Insn{Code: ST | MEM | B, Dst: 10, Off: -1, Imm: -3}, "(72) *(u8 *)(r10 -1) = -3"},
		{Insn{Code: STX | ATOMIC | W, Dst: 1, Src: 2, Imm: ADD}, "(c3) lock *(u32 *)(r1 +0) += r2"},
		{Insn{Code: STX | ATOMIC | DW, Dst: 1, Src: 2, Imm: XOR | FETCH}, "(db) r2 = atomic64_fetch_xor((u64 *)(r1 +0), r2)"},
		{Insn{Code: STX | ATOMIC | W, Dst: 1, Src: 2, Imm: XCHG}, "(c3) r2 = atomic_xchg((u32 *)(r1 +0), r2)"},
		{Insn{Code: STX | ATOMIC | DW, Dst: 1, Src: 2, Off: 8, Imm: CMPXCHG}, "(db) r0 = atomic64_cmpxchg((u64 *)(r1 +8), r0, r2)"},
		{Insn{Code: STX | ATOMIC | B, Dst: 1, Src: 2, Imm: LOAD_ACQ}, "(d3) r1 = load_acquire((u8 *)(r2 +0))"},
		{Insn{Code: STX | ATOMIC | H, Dst: 1, Src: 2, Off: 2, Imm: STORE_REL}, "(cb) store_release((u16 *)(r1 +2), r2)"},
		{Insn{Code: STX | ATOMIC | W, Dst: 1, Src: 2, Imm: 0x77}, "BUG_c3"},
		{Insn{Code: LD | ABS | W, Imm: 14}, "(20) r0 = *(u32 *)skb[14]"},
		{Insn{Code: LD | IND | B, Src: 7, Imm: -1}, "(50) r0 = *(u8 *)skb[r7 + -1]"},
		{Insn{Code: ALU64 | ADD | K, Dst: 2, Imm: -8}, "(07) r2 += -8"},
		{Insn{Code: ALU | MOV | X, Dst: 2, Src: 3, Off: 8}, "(bc) w2 = (s8)w3"},
		{Insn{Code: ALU64 | MOV | X, Dst: 2, Src: 3, Off: 32}, "(bf) r2 = (s32)r3"},
		{Insn{Code: ALU64 | MOV | X, Dst: 2, Src: 3, Off: 1, Imm: 1 << 16}, "(bf) r2 = addr_space_cast(r3, 1, 0)"},
		{Insn{Code: ALU64 | DIV | X, Dst: 2, Src: 3, Off: 1}, "(3f) r2 s/= r3"},
		{Insn{Code: ALU | MOD | K, Dst: 2, Off: 1, Imm: 3}, "(94) w2 s%= 3"},
		{Insn{Code: ALU | NEG, Dst: 2}, "(84) w2 = -w2"},
		{Insn{Code: ALU | END | X, Dst: 2, Imm: 16}, "(dc) r2 = be16 r2"},
		{Insn{Code: ALU | END, Dst: 2, Imm: 32}, "(d4) r2 = le32 r2"},
		{Insn{Code: ALU64 | END, Dst: 2, Imm: 64}, "(d7) r2 = bswap64 r2"},
		{Insn{Code: JMP | JA, Off: -11}, "(05) goto pc-11"},
		{Insn{Code: JMP32 | JA, Imm: 70000}, "(06) gotol pc+70000"},
		{Insn{Code: JMP | JCOND, Off: 3}, "(e5) may_goto pc+3"},
		{Insn{Code: JMP | JEQ | K, Dst: 1, Off: 3}, "(15) if r1 == 0x0 goto pc+3"},
		{Insn{Code: JMP32 | JSLE | X, Dst: 1, Src: 4, Off: -3}, "(de) if w1 s<= w4 goto pc-3"},
		{Insn{Code: JMP | JNE | K, Dst: 1, Imm: -1, Off: 1}, "(55) if r1 != 0xffffffff goto pc+1"},
		{Insn{Code: JMP | EXIT}, "(95) exit"},
		{Insn{Code: JMP | CALL, Src: PSEUDO_CALL, Imm: 5}, "(85) call pc+5"},
		{Insn{Code: JMP | CALL, Imm: 1}, "(85) call bpf_map_lookup_elem#1"},
		{Insn{Code: JMP | CALL, Imm: 100000}, "(85) call unknown#100000"},
		{Insn{Code: JMP | CALL, Src: PSEUDO_KFUNC_CALL, Imm: 77}, "(85) call kernel-function#77"},
	}
	names := Names{Call: func(in *Insn) (string, bool) {
		return "bpf_map_lookup_elem", in.IsHelperCall() && in.Imm == 1
	}}
	for _, tt := range tests {
		if got := text([]Insn{tt.in}, 0, names); got != tt.want {
			t.Errorf("%+v: %q, want %q", tt.in, got, tt.want)
		}
	}
}

// What version 4 of the instruction set added, as Linux 6.1 prints it.
func TestTextBeforeV4(t *testing.T) {
	tests := []struct {
		in   Insn
		want string
	}{
		{Insn{Code: LDX | MEMSX | H, Dst: 1, Src: 10, Off: -4}, "BUG_ldx_89"},
		{Insn{Code: ALU | MOV | X, Dst: 2, Src: 3, Off: 8}, "(bc) w2 = w3"},
		{Insn{Code: ALU64 | DIV | X, Dst: 2, Src: 3, Off: 1}, "(3f) r2 /= r3"},
		{Insn{Code: ALU | MOD | K, Dst: 2, Off: 1, Imm: 3}, "(94) w2 %= 3"},
		{Insn{Code: ALU64 | END, Dst: 2, Imm: 64}, "BUG_alu64_d7"},
		{Insn{Code: ALU | END, Dst: 2, Imm: 32}, "(d4) r2 = le32 r2"},
		{Insn{Code: JMP32 | JA, Imm: 70000}, "(06) if w0 jmp 0x11170 goto pc+0"},
		{Insn{Code: JMP | JA, Off: -11}, "(05) goto pc-11"},
		{Insn{Code: JMP32 | JSLE | X, Dst: 1, Src: 4, Off: -3}, "(de) if w1 s<= w4 goto pc-3"},
	}
	for _, tt := range tests {
		if got := text([]Insn{tt.in}, 0, Names{BeforeV4: true}); got != tt.want {
			t.Errorf("%+v: %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestTextImm64(t *testing.T) {
	prog := []Insn{{Code: LD | IMM | DW, Dst: 1, Imm: -1}, {Imm: 1}}
	if got, want := text(prog, 0, Names{}), "(18) r1 = 0x1ffffffff"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := text(prog[:1], 0, Names{}), "(18) r1 = 0xffffffff"; got != want {
		t.Errorf("second half missing: %q, want %q", got, want)
	}
	names := Names{Imm: func(*Insn, uint64) (string, bool) { return "map[jt]", true }}
	if got, want := text(prog, 0, names), "(18) r1 = map[jt]"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// Every byte is a code that damaged input may carry.
func TestTextAllCodes(t *testing.T) {
	for code := range 256 {
		if text([]Insn{{Code: uint8(code), Dst: 15, Src: 15, Off: -1, Imm: -1}}, 0, Names{}) == "" {
			t.Errorf("code %02x has no text", code)
		}
	}
}
