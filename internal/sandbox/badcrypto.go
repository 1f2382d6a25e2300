package sandbox

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"carrierhook/internal/wechat"
)

// reseal replaces the right ciphertext with a wrong one and signs it, so
// that nothing is wrong but what the fault says. It takes the token and the key,
// which is why the platform needs its account.
func (s *sealed) reseal(account wechat.SenderOptions, random [16]byte, packet []byte, fault Fault) error {
	if account.Token == "" {
		return fmt.Errorf("%s needs the account's token and key: make the platform with New", fault)
	}
	right, err := wechat.NewCipher(account.AESKey, account.AppID)
	if err != nil {
		return err
	}
	wrong, err := encryptWrongly(account, random, packet, fault)
	if err != nil {
		return err
	}
	was := []byte(right.Encrypt(random, packet))
	if bytes.Count(s.body, was) != 1 {
		return errors.New("the platform's account is not the one that its sender was made of")
	}
	s.body = bytes.Replace(s.body, was, []byte(wrong), 1)
	s.query.MsgSignature = wechat.Sign(account.Token, s.query.Timestamp, s.query.Nonce, wrong)
	return nil
}

// encryptWrongly writes the frame random | length | message | app id | padding
// by itself: package wechat can only write right ones.
func encryptWrongly(account wechat.SenderOptions, random [16]byte, msg []byte, fault Fault) (string, error) {
	appID, size := account.AppID, uint32(len(msg))
	switch fault {
	case WrongAppID:
		appID = anotherAppID(appID)
	case WrongLength:
		size = math.MaxUint32
	}
	frame := append([]byte(nil), random[:]...)
	frame = binary.BigEndian.AppendUint32(frame, size)
	frame = append(append(frame, msg...), appID...)
	pad := 32 - len(frame)%32
	with := byte(pad)
	if fault == BadPadding {
		// No PKCS#7 padding ends with 0. A receiver that only looks at the last
		// byte, as WeChat's own samples do, has to refuse it too.
		with = 0
	}
	frame = append(frame, bytes.Repeat([]byte{with}, pad)...)

	key, err := base64.StdEncoding.DecodeString(account.AESKey + "=")
	if err != nil {
		return "", errors.New("the AES key is not base64") // the decoder's error shows a part of the key
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return "", fmt.Errorf("AES key: %w", err)
	}
	cipher.NewCBCEncrypter(block, key[:aes.BlockSize]).CryptBlocks(frame, frame)
	return base64.StdEncoding.EncodeToString(frame), nil
}

// anotherAppID has the length of the right one, so that nothing else changes.
func anotherAppID(appID string) string {
	other := []byte(appID)
	last := &other[len(other)-1]
	if *last++; *last > 'z' {
		*last = 'a'
	}
	return string(other)
}
