package wechat

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
)

// The functions here are cipher.NewCBCEncrypter and NewCBCDecrypter for data
// that is there as a whole. Those copy the key schedule, half a kilobyte, for
// each message; here it is only read.

// encryptCBC encrypts whole blocks in place.
func encryptCBC(block cipher.Block, iv, data []byte) {
	before := iv
	for ; len(data) > 0; data = data[aes.BlockSize:] {
		unit := data[:aes.BlockSize]
		xorBlock(unit, before)
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
		xorBlock(unit, before)
	}
}

// xorBlock is subtle.XORBytes for one block, where that spends its time on checks.
func xorBlock(dst, with []byte) {
	low, high := binary.NativeEndian.Uint64(with), binary.NativeEndian.Uint64(with[8:])
	binary.NativeEndian.PutUint64(dst, binary.NativeEndian.Uint64(dst)^low)
	binary.NativeEndian.PutUint64(dst[8:], binary.NativeEndian.Uint64(dst[8:])^high)
}
