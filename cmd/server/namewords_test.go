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
// knows Go and Postgres would not search for, which no name and no file's name has.
// A word with a space is two words of a name.
var nameWords = strings.Fields(`
	clerk gatherer gather ticket lane lanes apart settle settled settles ground pace desk office
	told asked ask asks passing beaten overtaken locked_out held most least advance lenient mistake upkeep keeper sift
	trace traces transport look looks looking putting deed deeds`)

// typeWords are not to be in the names of types. A variable may well be a courier.
var typeWords = []string{"courier"}

// allowedNames have such a word with a reason, by the folder: "" is every folder.
var allowedNames = []struct{ folder, name, why string }{}

// notYet are words that a folder still has, and that are being replaced.
var notYet = map[string]string{}

func TestPlainWordsOfNames(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	names := 0
	check := func(folder, name, where string, words []string) {
		names++
		spaced := spaceOut(name)
		for _, word := range words {
			if !strings.Contains(spaced, " "+strings.ReplaceAll(word, "_", " ")+" ") || slices.Contains(strings.Fields(notYet[folder]), word) {
				continue
			}
			reason := false
			for _, a := range allowedNames {
				if (a.folder == "" || a.folder == folder) && a.name == name {
					used[a.folder+" "+a.name] = true
					reason = true
				}
			}
			if !reason {
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
	if err != nil {
		t.Fatal(err)
	}
	if names < 10_000 {
		t.Errorf("found only %d names", names)
	}
	for _, a := range allowedNames {
		if !used[a.folder+" "+a.name] {
			t.Errorf("%s in %s is allowed, and nothing has that name", a.name, a.folder)
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

// spaceOut has the words of a name between spaces: " max open conns " of maxOpenConns
// and of max_open_conns.
func spaceOut(name string) string {
	var b strings.Builder
	runes := []rune(name)
	for i, r := range runes {
		ends := i > 0 && unicode.IsUpper(r) &&
			(!unicode.IsUpper(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1]))
		if ends || r == '_' {
			b.WriteByte(' ')
		}
		if r != '_' {
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return " " + b.String() + " "
}
