package main

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"carrierhook/internal/demo"
)

// A demo whose database is of a schema that cannot be migrated begins anew and says so;
// one of an earlier schema keeps what it has. A server's data is left alone.
func TestDemoSchema(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	data := filepath.Join(dir, demo.Dir)
	versions, err := demo.SchemaVersions()
	if err != nil || len(versions) == 0 {
		t.Fatalf("%d versions, %v", len(versions), err)
	}
	// run starts the demo with that in its file, and says whether it had what was imported.
	run := func(schema string, file bool) (kept bool, log string) {
		t.Helper()
		folder := opened(t, data)
		var cred demo.File
		if file {
			must(t, demo.ReadJSON(folder, demo.FileName, &cred))
			cred.Schema = schema
			must(t, demo.WriteJSON(folder, demo.FileName, cred))
		} else if err := folder.Remove(demo.FileName); err != nil {
			t.Fatal(err)
		}
		process, out := demoProcess(t, dir, "secure")
		says := cli{tb: t, dir: dir, in: "biz_id,biz_pwd\nkept,kept\n"}.says("1 lines: ", "import", "merchants", "-")
		if now := credentials(t, dir); now.Schema != versions[len(versions)-1] || file && now.Token != cred.Token {
			t.Errorf("the schema is %q, and the credentials are other ones: %v", now.Schema, now.Token != cred.Token)
		}
		stops(t, process, out, syscall.SIGTERM)
		return strings.Contains(says, "1 as they were"), out.String()
	}
	const warning = "is made anew"
	if kept, log := run("", false); kept || strings.Contains(log, warning) {
		t.Errorf("the first time: %v\n%s", kept, log)
	}
	for _, tt := range []struct {
		schema string
		file   bool
		kept   bool
	}{
		{versions[len(versions)-1], true, true},
		{versions[0], true, true}, // migrates
		{"", true, false},         // of a version that did not say it
		{"of another branch", true, false},
		{"", false, true}, // a server's
	} {
		kept, log := run(tt.schema, tt.file)
		if kept != tt.kept || strings.Count(log, warning) == 1 == tt.kept {
			t.Errorf("schema %q, file %v: kept %v, want %v\n%s", tt.schema, tt.file, kept, tt.kept, log)
		}
	}
}
