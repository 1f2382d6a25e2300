package wechat

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/subtle"
)

// The two functions here are cipher.NewCBCEncrypter and NewCBCDecrypter for data
// that is there as a whole. Those copy the key schedule, half a kilobyte, for
// each message; here it is only read.

// encryptCBC encrypts whole blocks in place.
func encryptCBC(block cipher.Block, iv, data []byte) {
	before := iv
	for ; len(data) > 0; data = data[aes.BlockSize:] {
		unit := data[:aes.BlockSize]
		subtle.XORBytes(unit, unit, before)
		block.Encrypt(unit, unit)
		before = unit
	}
}

// decryptCBC decrypts whole blocks in place. It starts at the end, where the
// ciphertext that each block needs is still there.
func decryptCBC(block cipher.Block, iv, data []byte) {
	for at := len(data) - aes.BlockSize; at >= 0; at -= aes.BlockSize {
		before := iv
		if at > 0 {
			before = data[at-aes.BlockSize : at]
		}
		unit := data[at : at+aes.BlockSize]
		block.Decrypt(unit, unit)
		subtle.XORBytes(unit, unit, before)
	}
}
