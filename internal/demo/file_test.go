package demo

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"carrierhook/internal/datadir"
)

// Credentials are new in a new folder and kept in an old one; a file that
// cannot be read is not overwritten.
func TestCredentials(t *testing.T) {
	t.Parallel()
	dir, err := datadir.Make(filepath.Join(t.TempDir(), Dir), 0o700)
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	path := dir.Join(FileName)
	first, err := Credentials(dir)
	if err != nil || len(first.Token) < 20 || len(first.AESKey) != 43 {
		t.Fatalf("%d, %d, %v", len(first.Token), len(first.AESKey), err)
	}
	if other, _ := Credentials(dir); other.Token == first.Token || other.AESKey == first.AESKey {
		t.Error("two folders have the same credentials")
	}
	if err := WriteJSON(dir, FileName, first); err != nil {
		t.Fatal(err)
	}
	if again, err := Credentials(dir); err != nil || again != first {
		t.Errorf("not kept: %v", err)
	}
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Credentials(dir); err == nil {
		t.Error("a broken file was taken")
	}
	var keys map[string]string
	if err := WriteJSON(dir, FileName, first); err != nil {
		t.Fatal(err)
	}
	text, _ := os.ReadFile(path)
	if err := json.Unmarshal(text, &keys); err != nil || keys["token"] != first.Token {
		t.Errorf("%v", err)
	}
	// The runbook takes the URL out of the file with sed.
	first.Database = "postgres:///carrierhook?host=%2Frun&port=5432"
	if err := WriteJSON(dir, FileName, first); err != nil {
		t.Fatal(err)
	}
	if text, _ := os.ReadFile(path); !strings.Contains(string(text), `"database": "`+first.Database+`"`) {
		t.Errorf("the URL is not as it is: %s", text)
	}
}
