package machine

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"

	"github.com/bpfverdict/bpfverdict/internal/abi"
)

func init() {
	registerKfuncs(map[string]implementation{
		"bpf_crypto_ctx_create": cryptoCreate,
		"bpf_crypto_encrypt":    func(c *CPU, a *args) (uint64, error) { return c.crypt(a, false) },
		"bpf_crypto_decrypt":    func(c *CPU, a *args) (uint64, error) { return c.crypt(a, true) },
	})
}

// Where struct bpf_crypto_params has what a context is made of, and its size.
const (
	cryptoReserved  = 14
	cryptoAlgo      = 16
	cryptoKey       = 144
	cryptoKeyLen    = 400
	cryptoAuthSize  = 404
	cryptoParamSize = 408
	maxCryptoKey    = cryptoKeyLen - cryptoKey
)

// crypter is a cipher in a mode of operation.
type crypter struct {
	block cipher.Block
	mode  string // "ecb", "cbc" or "ctr"
}

// ciphers make block ciphers of keys, by their names in the kernel.
var ciphers = map[string]func(key []byte) (cipher.Block, error){
	"aes":      aes.NewCipher,
	"des":      des.NewCipher,
	"des3_ede": des.NewTripleDESCipher,
}

// cipherModes are how blocks are made one message, by their names in the kernel.
var cipherModes = []string{"ecb", "cbc", "ctr"}

// cryptoCreate makes a context for the cipher, mode and key that r1 names. Where it can't, r3 gets the reason.
func cryptoCreate(c *CPU, a *args) (uint64, error) {
	params, err := c.m.mem.read(a[0], uint32(a[1]))
	if err != nil {
		return 0, err
	}
	x, e := newCrypter(params)
	if e != 0 {
		return 0, c.m.mem.store(a[2], 4, narrow(e))
	}
	k, err := c.newObject("bpf_crypto_ctx")
	if err != nil {
		return 0, err
	}
	k.owner = x
	return k.addr, nil
}

func newCrypter(params []byte) (*crypter, abi.Errno) {
	if len(params) != cryptoParamSize || params[cryptoReserved] != 0 || params[cryptoReserved+1] != 0 {
		return nil, abi.EINVAL
	}
	if string(cstring(params[:cryptoReserved])) != "skcipher" {
		return nil, abi.ENOENT
	}
	algo := string(cstring(params[cryptoAlgo:cryptoKey]))
	for _, mode := range cipherModes {
		for name, build := range ciphers {
			if algo != mode+"("+name+")" {
				continue
			}
			n := number(params[cryptoKeyLen:cryptoAuthSize])
			switch {
			case number(params[cryptoAuthSize:]) != 0:
				return nil, abi.EOPNOTSUPP
			case n == 0 || n > maxCryptoKey:
				return nil, abi.EINVAL
			}
			b, err := build(params[cryptoKey : cryptoKey+n])
			if err != nil {
				return nil, abi.EINVAL
			}
			return &crypter{b, mode}, 0
		}
	}
	return nil, abi.EOPNOTSUPP
}

// seed is how long the initial vector is, in bytes.
func (x *crypter) seed() uint64 {
	if x.mode == "ecb" {
		return 0
	}
	return uint64(x.block.BlockSize())
}

// run encrypts or decrypts from into to. The vector goes on to where the next message begins.
func (x *crypter) run(to, from, iv []byte, decrypt bool) abi.Errno {
	n := x.block.BlockSize()
	if x.mode == "ctr" {
		cipher.NewCTR(x.block, iv).XORKeyStream(to, from)
		for range (len(from) + n - 1) / n {
			for i := n - 1; i >= 0; i-- {
				if iv[i]++; iv[i] != 0 {
					break
				}
			}
		}
		return 0
	}
	if len(from)%n != 0 {
		return abi.EINVAL
	}
	last := append([]byte{}, from[len(from)-n:]...)
	switch {
	case x.mode == "cbc" && decrypt:
		cipher.NewCBCDecrypter(x.block, iv).CryptBlocks(to, from)
		copy(iv, last)
	case x.mode == "cbc":
		cipher.NewCBCEncrypter(x.block, iv).CryptBlocks(to, from)
		copy(iv, to[len(from)-n:])
	default:
		for i := 0; i < len(from); i += n {
			if decrypt {
				x.block.Decrypt(to[i:], from[i:i+n])
			} else {
				x.block.Encrypt(to[i:], from[i:i+n])
			}
		}
	}
	return 0
}

// crypt works with the context r1 from dynptr r2 to r3, and the vector in the dynptr r4, which may be NULL.
func (c *CPU) crypt(a *args, decrypt bool) (uint64, error) {
	b, err := c.m.objectAt(a[0], "bpf_crypto_ctx")
	if err != nil {
		return 0, err
	}
	x := b.owner.(*crypter)
	src, err := c.dynptrAt(a[1])
	if err != nil {
		return 0, err
	}
	dst, err := c.dynptrAt(a[2])
	if err != nil {
		return 0, err
	}
	var iv dynptr
	if a[3] != 0 {
		d, err := c.dynptrAt(a[3])
		if err != nil {
			return 0, err
		}
		iv = *d
	}
	if dst.readOnly || src.size == 0 || src.size > dst.size || iv.size != x.seed() || iv.size > 0 && iv.readOnly {
		return narrow(abi.EINVAL), nil
	}
	from, seed := make([]byte, src.size), make([]byte, iv.size)
	for _, load := range []struct {
		d  *dynptr
		to []byte
	}{{src, from}, {&iv, seed}} {
		if len(load.to) == 0 {
			continue
		}
		if e, err := load.d.data.load(c, load.d.off, load.to); err != nil || e != 0 {
			return narrow(e), err
		}
	}
	to := make([]byte, len(from))
	if e := x.run(to, from, seed, decrypt); e != 0 {
		return narrow(e), nil
	}
	if len(seed) > 0 {
		if e, err := iv.data.store(c, iv.off, seed, 0); err != nil || e != 0 {
			return narrow(e), err
		}
	}
	e, err := dst.data.store(c, dst.off, to, 0)
	return narrow(e), err
}
