package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// nameWords are words of CONTRIBUTING's right column, and others that a reader who
// knows Go and Postgres would not search for. No name and no file's name has one of
// them; locked_out is lockedOut.
var nameWords = strings.Fields(`
	clerk gatherer gather ticket lane lanes apart settle settled settles ground pace desk office
	told asked ask asks passing beaten overtaken locked_out held most least advance lenient mistake upkeep keeper sift
	trace traces transport look looks looking putting deed deeds`)

// typeWords are further ones that the name of a type does not have.
var typeWords = []string{"courier"}

// allowedNames have such a word for a reason: one name in one folder, or in all where
// the folder is left out, or all names of a folder.
var allowedNames = []struct{ folder, name, word, why string }{
	{"", "TraceConnectStart", "trace", "of pgx.ConnectTracer"},
	{"", "TraceConnectEnd", "trace", "of pgx.ConnectTracer"},
	{"", "TraceQueryStart", "trace", "of pgx.QueryTracer"},
	{"", "TraceQueryEnd", "trace", "of pgx.QueryTracer"},
	{"internal/history", "transport", "transport", "an http.Transport"},
	{"cmd/server", "transport", "transport", "an http.Transport"},
}

// Names and files use the words of CONTRIBUTING's table too.
func TestPlainWordsOfNames(t *testing.T) {
	t.Parallel()
	names, used := 0, make([]bool, len(allowedNames))
	check := func(folder, name, where string, words []string) {
		names++
		for _, word := range words {
			if !hasWord(name, word) {
				continue
			}
			allowed := false
			for i, a := range allowedNames {
				if (a.folder == folder || a.folder == "") && (a.name == name || a.name == "") && a.word == word {
					used[i], allowed = true, true
				}
			}
			if !allowed {
				t.Errorf("%s: %s has the word %q: CONTRIBUTING.md, Words, has another", where, name, word)
			}
		}
	}
	err := filepath.WalkDir("../..", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == ".git" || entry.Name() == "testdata" || entry.Name() == "bin"):
			return filepath.SkipDir
		case entry.IsDir() || filepath.Ext(path) != ".go":
			return nil
		}
		folder := filepath.ToSlash(strings.TrimPrefix(filepath.Dir(path), "../../"))
		check(folder, strings.TrimSuffix(entry.Name(), ".go"), path, nameWords)
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		declared(file, func(id *ast.Ident, isType bool) {
			words := nameWords
			if isType {
				words = slices.Concat(nameWords, typeWords)
			}
			check(folder, id.Name, files.Position(id.Pos()).String(), words)
		})
		return nil
	})
	must(t, err)
	if names < 10_000 {
		t.Errorf("found only %d names", names)
	}
	for i, a := range allowedNames {
		if !used[i] {
			t.Errorf("nothing needs to be allowed any more: %+v", a)
		}
	}
}

// declared finds every name that a file declares: types, functions, constants,
// variables, fields, parameters.
func declared(file *ast.File, found func(id *ast.Ident, isType bool)) {
	ast.Inspect(file, func(n ast.Node) bool {
		var ids []*ast.Ident
		switch n := n.(type) {
		case *ast.TypeSpec:
			found(n.Name, true)
		case *ast.FuncDecl:
			ids = append(ids, n.Name)
		case *ast.ValueSpec:
			ids = n.Names
		case *ast.Field:
			ids = n.Names
		case *ast.LabeledStmt:
			ids = append(ids, n.Label)
		case *ast.ImportSpec:
			ids = append(ids, n.Name)
		case *ast.AssignStmt:
			if n.Tok == token.DEFINE {
				for _, e := range n.Lhs {
					if id, ok := e.(*ast.Ident); ok {
						ids = append(ids, id)
					}
				}
			}
		case *ast.RangeStmt:
			for _, e := range []ast.Expr{n.Key, n.Value} {
				if id, ok := e.(*ast.Ident); ok && n.Tok == token.DEFINE {
					ids = append(ids, id)
				}
			}
		}
		for _, id := range ids {
			if id != nil {
				found(id, false)
			}
		}
		return true
	})
}

// hasWord tells whether a name, written in either way, has a word.
func hasWord(name, word string) bool {
	return strings.Contains(inWords(name), inWords(word))
}

// inWords has the words of a name between underlines: _max_open_conns_ of
// maxOpenConns and of max_open_conns.
func inWords(name string) string {
	var b strings.Builder
	runes := []rune(name)
	for i, r := range runes {
		if i > 0 && unicode.IsUpper(r) && (!unicode.IsUpper(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1])) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return "_" + b.String() + "_"
}

func TestHasWord(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"ask": true, "Ask": true, "askAll": true, "onAsk": true, "ASKNow": true, "on_ask_test": true, "WXAsk": true,
		"task": false, "asking": false, "Mask": false, "askew": false,
	} {
		if hasWord(name, "ask") != want {
			t.Errorf("%s: %v", name, !want)
		}
	}
	if !hasWord("isLockedOut", "locked_out") || hasWord("lockOut", "locked_out") {
		t.Error("two words")
	}
}
