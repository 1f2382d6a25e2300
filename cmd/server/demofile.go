package main

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// demoFile is what `demo` tells `push`: where the server is, and the credentials
// that a mini program's console would show.
type demoFile struct {
	URL      string `json:"url"`
	Mode     string `json:"mode"`
	UserName string `json:"user_name"`
	AppID    string `json:"app_id"`
	Token    string `json:"token"`
	AESKey   string `json:"aes_key"`
}

const (
	demoDir  = ".data"
	demoName = "demo.json"

	demoInternal = "127.0.0.1:9090"

	lastName = "last_push.json"
)

// readJSON reads one of the demo's files.
func readJSON(path string, into any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("%s: %w; delete it to start afresh", path, err)
	}
	return nil
}

// writeJSON writes one of the demo's files for its owner alone, whole or not at
// all.
func writeJSON(path string, v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(append(text, '\n'))
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// demoCredentials are the ones that the file has, so that what somebody set up
// with them works after a restart, or new ones.
func demoCredentials(path string) (demoFile, error) {
	d := demoFile{UserName: "gh_abcdefg", AppID: "wxb11529c136998cb6"}
	var old demoFile
	err := readJSON(path, &old)
	switch {
	case err == nil && old.Token != "" && len(old.AESKey) == 43:
		d.Token, d.AESKey = old.Token, old.AESKey
		return d, nil
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return d, err
	}
	d.Token = strings.ToLower(rand.Text())
	var key [32]byte
	rand.Read(key[:])
	d.AESKey = base64.RawStdEncoding.EncodeToString(key[:])
	return d, nil
}
