package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"carrierhook/internal/datadir"
	"carrierhook/internal/localpg"
	"carrierhook/migrations"

	"go.uber.org/zap"
)

// schemaVersions are the schemas that the migrations lead through, the newest last:
// each the hash of all files up to it.
func schemaVersions() ([]string, error) {
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

// recreate removes the database in the demo's own folder where its schema is none that
// our migrations lead through: it could not be migrated, and the samples are put back
// anyway. Without the demo's file the folder may be a server's, whose data stays.
func (d demo) recreate(dir *datadir.Dir, schema string, log *zap.Logger) error {
	versions, err := schemaVersions()
	if err != nil || slices.Contains(versions, schema) {
		return err
	}
	if _, err := dir.Lstat(demoName); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	log.Warn("the demo's database was made by another version of this program, and is made anew", zap.String("dir", d.dir))
	return d.inUse(localpg.Remove(d.dir))
}
