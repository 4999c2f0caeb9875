package machine

import (
	"context"
	"encoding/hex"
	"slices"
	"testing"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

// runOn runs one program of an object on a packet of 64 zeros, or on none, and closes the machine.
func runOn(t testing.TB, file, name string, opts Options) (*Result, error) {
	t.Helper()
	m, progs := loadWith(t, file, opts)
	i := slices.IndexFunc(progs, func(p *Program) bool { return p.Name() == name })
	if i < 0 {
		t.Fatalf("%s has no program %s", file, name)
	}
	in := Input{}
	if progs[i].TakesPacket() {
		in.Data = make([]byte, 64)
	}
	res, err := progs[i].Run(context.Background(), in)
	if why := progs[i].NotCompiled(); why != nil {
		t.Errorf("not compiled: %v", why)
	}
	if err == nil {
		err = m.Close()
	}
	return res, err
}

// TestDynptrs runs programs that keep the rules, with both engines.
func TestDynptrs(t *testing.T) {
	for name, want := range map[string]int32{
		"read_past_end":    -int32(abi.E2BIG),
		"flags_make_null":  100 - 2*int32(abi.EINVAL),
		"adjusted":         740,
		"copied":           0x005a,
		"record_is_full":   -int32(abi.EINVAL),
		"record":           5,
		"packet":           6493,
		"read_only_packet": 1,
		"no_metadata":      10,
		"xdp_packet":       0x01020304,
		"no_such_cipher":   -int32(abi.EOPNOTSUPP),
	} {
		for engine, opts := range engines {
			t.Run(name+" "+engine, func(t *testing.T) {
				res, err := runOn(t, "testdata/dynptr.bpf.o", name, opts)
				if err != nil {
					t.Fatalf("%+v", err)
				}
				if int32(res.Return) != want {
					t.Errorf("returned %d, want %d", int32(res.Return), want)
				}
			})
		}
	}
}

// TestBrokenDynptrs runs programs that each break one rule.
func TestBrokenDynptrs(t *testing.T) {
	for _, c := range []struct {
		prog string
		kind FaultKind
		want string // part of the report
	}{
		{"not_made", BadDynptr, "none was made there"},
		{"overwritten", BadDynptr, "the one made by broken_overwritten, instruction"},
		{"not_submitted", Leak, "record of ring buffer ring"},
		{"null_not_submitted", Leak, "the dynptr made by broken_null_not_submitted"},
		{"made_again", BadDynptr, ", neither submitted nor discarded, would be overwritten"},
		{"submitted_twice", BadDynptr, "is submitted or discarded"},
		{"data_after_submit", UseAfterFree, "freed by broken_data_after_submit"},
		{"slice_after_write", UseAfterFree, "packet"},
		{"no_record", BadDynptr, "is not for a record of a ring buffer"},
		{"record_leak", Leak, "owned since broken_record_leak"},
		{"record_twice", UseAfterFree, "freed by broken_record_twice"},
		{"record_dropped", WrongObject, "not an object that bpf_obj_new has made"},
		{"crypto_leak", Leak, "struct bpf_crypto_ctx"},
	} {
		t.Run(c.prog, func(t *testing.T) {
			_, err := runOn(t, "testdata/dynptr.bpf.o", "broken_"+c.prog, Options{})
			wantFault(t, err, c.kind, c.want)
		})
	}
}

// TestFileDynptr reads a file by kernel functions that only later kernels have.
func TestFileDynptr(t *testing.T) {
	m := newMachine(t, Options{World: World{Files: []File{{Name: "a", Data: []byte("ELF")}}}})
	c := m.cpus[0]
	c.run = &run{c: c, p: assemble(t, m, abi.PROG_TYPE_SYSCALL, "r0 = 0 \n exit")}
	f, err := m.kernelFile("a")
	if err != nil {
		t.Fatal(err)
	}
	mem, err := m.mem.alloc(64, "memory", place{})
	if err != nil {
		t.Fatal(err)
	}
	at, to := mem.addr, mem.addr+32
	call := func(f implementation, a ...uint64) int32 {
		t.Helper()
		var r args
		copy(r[:], a)
		v, err := f(c, &r)
		if err != nil {
			t.Fatal(err)
		}
		return int32(v)
	}
	if e := call(dynptrFromFile, f.addr, 0, at); e != 0 {
		t.Fatal(e)
	}
	if e := call(dynptrRead, to, 2, at, 1); e != 0 || string(m.mem.buf[uint32(to):][:2]) != "LF" {
		t.Errorf("two bytes: %d", e)
	}
	if e := call(dynptrRead, to, 2, at, 2); e != -int32(abi.EFAULT) {
		t.Errorf("beyond the end: %d", e)
	}
	if e := call(dynptrWrite, at, 0, to, 1); e != -int32(abi.EINVAL) {
		t.Errorf("written: %d", e)
	}
	if err := c.run.leaks(); err == nil {
		t.Error("not discarded, and nobody says so")
	}
	call(dynptrFileDiscard, at)
	if err := c.run.leaks(); err != nil {
		t.Error(err)
	}
	if _, err := dynptrRead(c, &args{to, 1, at}); !isFault(err) {
		t.Errorf("read after it was discarded: %v", err)
	}
}

// TestCrypto encrypts with the examples of FIPS 197 and SP 800-38A.
func TestCrypto(t *testing.T) {
	for _, c := range []struct{ algo, key, iv, plain, want string }{
		{"ecb(aes)", "000102030405060708090a0b0c0d0e0f", "", "00112233445566778899aabbccddeeff", "69c4e0d86a7b0430d8cdb78070b4c55a"},
		{"cbc(aes)", "2b7e151628aed2a6abf7158809cf4f3c", "000102030405060708090a0b0c0d0e0f", "6bc1bee22e409f96e93d7e117393172a", "7649abac8119b246cee98e9b12e9197d"},
		{"ctr(aes)", "2b7e151628aed2a6abf7158809cf4f3c", "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff", "6bc1bee22e409f96e93d7e117393172a", "874d6191b620e3261bef6864990db6ce"},
	} {
		raw := func(s string) []byte {
			b, err := hex.DecodeString(s)
			if err != nil {
				t.Fatal(err)
			}
			return b
		}
		params := make([]byte, cryptoParamSize)
		copy(params, "skcipher")
		copy(params[cryptoAlgo:], c.algo)
		putNumber(params[cryptoKeyLen:cryptoAuthSize], uint64(copy(params[cryptoKey:], raw(c.key))))
		x, e := newCrypter(params)
		if e != 0 || x.seed() != uint64(len(raw(c.iv))) {
			t.Fatalf("%s: %v", c.algo, e)
		}
		secret := make([]byte, 16)
		x.run(secret, raw(c.plain), raw(c.iv), false)
		if got := hex.EncodeToString(secret); got != c.want {
			t.Errorf("%s: %s, want %s", c.algo, got, c.want)
		}
		back := make([]byte, 16)
		x.run(back, secret, raw(c.iv), true)
		if got := hex.EncodeToString(back); got != c.plain {
			t.Errorf("%s: decrypted %s, want %s", c.algo, got, c.plain)
		}
	}
}
