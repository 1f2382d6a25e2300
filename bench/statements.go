package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// storeDir is where the server's statements are, seen from the repository's root.
const storeDir = "internal/store"

// pgbench runs the server's own statements, read from its source, so that the
// two cannot drift apart.
var script = []struct {
	constant string   // of package store; without one, sql
	sql      string   //
	args     []string // for $1, $2, ...
}{
	{sql: "BEGIN"},
	{constant: "setTimeouts", args: []string{"'1000'", "'3000'", "'3000'"}},
	{constant: "lockWaybills", args: []string{oneBiz, oneWaybill}},
	{constant: "readMerchants", args: []string{oneBiz}},
	{constant: "cancelWaybills", args: []string{oneBiz, oneWaybill, ":identities", ":now"}},
	{constant: "insertPushes", args: []string{
		":now", oneBiz, oneWaybill, "ARRAY[:id::bigint]", "ARRAY[:order::text]", ":events", ":formats", ":modes",
		":identities", ":codes", ":reasons", ":repeats", ":took",
	}},
	{sql: "COMMIT"},
}

const (
	oneBiz     = "ARRAY[:biz::text]"
	oneWaybill = "ARRAY[:waybill::text]"
)

// variables are the parameters that are the same in every transaction.
var variables = map[string]string{
	"identities": `{"\\x` + strings.Repeat("5a", 32) + `"}`,
	"events":     "{cancel_waybill}", "formats": "{xml}", "modes": "{secure}",
	"codes": "{0}", "reasons": "{accepted}", "repeats": "{f}", "took": "{1234}",
}

// constants reads the texts of a package's constants.
func constants(dir string) (map[string]string, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	found := map[string]string{}
	for _, name := range files {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		ast.Inspect(f, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			for i, value := range spec.Values {
				if lit, ok := value.(*ast.BasicLit); ok && lit.Kind == token.STRING {
					if text, err := strconv.Unquote(lit.Value); err == nil {
						found[spec.Names[i].Name] = text
					}
				}
			}
			return true
		})
	}
	return found, nil
}

var placeholder = regexp.MustCompile(`\$\d+`)

// transaction writes the script's statements for pgbench, which wants its own
// variables where the server has parameters.
func transaction(texts map[string]string) ([]string, error) {
	var all []string
	for _, s := range script {
		sql := s.sql
		if s.constant != "" {
			if sql = texts[s.constant]; sql == "" {
				return nil, fmt.Errorf("package store has no constant %s: bench/statements.go has to follow", s.constant)
			}
		}
		var wrong error
		sql = placeholder.ReplaceAllStringFunc(sql, func(p string) string {
			n, err := strconv.Atoi(p[1:])
			if err != nil || n > len(s.args) {
				wrong = fmt.Errorf("%s has a parameter %s that bench/statements.go does not know", s.constant, p)
				return p
			}
			return s.args[n-1]
		})
		if wrong != nil {
			return nil, wrong
		}
		all = append(all, strings.Join(strings.Fields(sql), " ")+";")
	}
	return all, nil
}
