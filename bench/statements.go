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

// constants reads the texts of a package's constants, also of those that are put
// together from others.
func constants(dir string) (map[string]string, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	written := map[string]ast.Expr{}
	for _, name := range files {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		for _, decl := range f.Decls {
			if d, ok := decl.(*ast.GenDecl); ok && d.Tok == token.CONST {
				note(d, written)
			}
		}
	}
	found := map[string]string{}
	for name, expr := range written {
		if text, ok := textOf(expr, written); ok {
			found[name] = text
		}
	}
	return found, nil
}

func note(d *ast.GenDecl, written map[string]ast.Expr) {
	for _, s := range d.Specs {
		if spec, ok := s.(*ast.ValueSpec); ok {
			for i, value := range spec.Values {
				written[spec.Names[i].Name] = value
			}
		}
	}
}

// textOf is what a constant expression says, if it is a text. A program that
// compiles has no constant that is made of itself.
func textOf(expr ast.Expr, written map[string]ast.Expr) (string, bool) {
	switch e := expr.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		return text, err == nil && e.Kind == token.STRING
	case *ast.Ident:
		return textOf(written[e.Name], written)
	case *ast.ParenExpr:
		return textOf(e.X, written)
	case *ast.BinaryExpr:
		left, ok := textOf(e.X, written)
		right, too := textOf(e.Y, written)
		return left + right, ok && too && e.Op == token.ADD
	}
	return "", false
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
