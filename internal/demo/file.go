// Package demo has what a demonstration needs besides the server: WeChat's samples,
// the file for the tools beside it, and the greeting.
package demo

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"strings"
	"time"

	"carrierhook/internal/datadir"
)

// File is for the tools beside a demo: where its server and its database are, and
// the credentials that a mini program's console would show.
type File struct {
	URL      string `json:"url"`
	Database string `json:"database"`
	Mode     string `json:"mode"`
	UserName string `json:"user_name"`
	AppID    string `json:"app_id"`
	Token    string `json:"token"`
	AESKey   string `json:"aes_key"`
	Schema   string `json:"schema"` // of the database: the last of its SchemaVersions

	// Where the demo calls WeChat, and the authority of that in PEM: its sandbox.
	APIURL string `json:"api_url"`
	APICA  string `json:"api_ca"`
}

const (
	Dir          = ".data"     // where a demo keeps its data, below where it is started
	FileName     = "demo.json" // a File
	LastPushName = "last_push.json"

	InternalListen = "127.0.0.1:9090" // another port where that is taken
)

// ReadJSON reads one of the demo's files.
func ReadJSON(dir *datadir.Dir, name string, into any) error {
	text, err := dir.ReadFile(name)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("%s: %w; delete it to start afresh", dir.Join(name), err)
	}
	return nil
}

// WriteJSON writes one of the demo's files. URLs stay as they are, for sed.
func WriteJSON(dir *datadir.Dir, name string, v any) error {
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return err
	}
	return dir.WriteFile(name, text.Bytes())
}

// Running is the file of the demo that runs on a directory. One that was ended
// leaves its file.
func Running(path string) (File, error) {
	var d File
	dir, err := datadir.Open(path)
	if err == nil {
		defer dir.Close()
		err = ReadJSON(dir, FileName, &d)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return d, fmt.Errorf("--dir: %w", err)
	}
	if err == nil && answers(d.URL) {
		return d, nil
	}
	return d, fmt.Errorf("no demo is running in %s: start one with `make run`", path)
}

// answers tells whether a server listens at a URL.
func answers(at string) bool {
	u, err := url.Parse(at)
	if err != nil {
		return false
	}
	conn, err := net.DialTimeout("tcp", u.Host, 5*time.Second)
	if err != nil {
		return false
	}
	conn.Close()
	return true
}

// Credentials are the ones that the file has, so that what somebody set up
// with them works after a restart, or new ones.
func Credentials(dir *datadir.Dir) (File, error) {
	d := File{UserName: "gh_abcdefg", AppID: "wxb11529c136998cb6"}
	var old File
	err := ReadJSON(dir, FileName, &old)
	switch {
	case err == nil && old.Token != "" && len(old.AESKey) == 43:
		d.Token, d.AESKey, d.Schema = old.Token, old.AESKey, old.Schema
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
