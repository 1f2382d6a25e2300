package demo

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"carrierhook/migrations"
)

// SchemaVersions are the schemas that the migrations lead through, the newest last:
// each the hash of all files up to it.
func SchemaVersions() ([]string, error) {
	files, err := migrations.FS.ReadDir(".")
	if err != nil {
		return nil, err
	}
	var versions []string
	hash := sha256.New()
	for _, f := range files {
		text, err := migrations.FS.ReadFile(f.Name())
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(hash, "%s %d\n%s", f.Name(), len(text), text)
		versions = append(versions, hex.EncodeToString(hash.Sum(nil)))
	}
	return versions, nil
}
