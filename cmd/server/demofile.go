package main

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"carrierhook/internal/datadir"
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
func readJSON(dir *datadir.Dir, name string, into any) error {
	text, err := dir.ReadFile(name)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("%s: %w; delete it to start afresh", dir.Join(name), err)
	}
	return nil
}

// writeJSON writes one of the demo's files.
func writeJSON(dir *datadir.Dir, name string, v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return dir.WriteFile(name, append(text, '\n'))
}

// demoCredentials are the ones that the file has, so that what somebody set up
// with them works after a restart, or new ones.
func demoCredentials(dir *datadir.Dir) (demoFile, error) {
	d := demoFile{UserName: "gh_abcdefg", AppID: "wxb11529c136998cb6"}
	var old demoFile
	err := readJSON(dir, demoName, &old)
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
