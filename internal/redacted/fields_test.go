package redacted_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// personal are the names of fields that hold what must not show.
var personal = regexp.MustCompile(`^(Tel|Mobile|Phone|Company|PostCode|Address|AddressDetail|Remark|Note|Message|ActionMsg|` +
	`CancelReason|PickupInfo|DeliveryInfo|ShopTelphone|ShopContact|Lng|Lat|FinishCode|PickupCode|` +
	`Password|BizPwd|Secret|Token|Tokens|WXToken|DeliveryToken|Sign|DeliverySign|AESKey|AESKeys|Keys)$`)

// stored are the structs that encoding/json has to write, or to read.
var stored = []string{"store.contactJSON", "store.cargoJSON", "store.detailsJSON", "client.orderBody", "client.agentBody", "client.contactAnswer"}

// A struct with such a field of a type that shows what it holds hides itself, and
// TestNothingShows proves it.
func TestPersonalFieldsAreHidden(t *testing.T) {
	t.Parallel()
	may := slices.Clone(stored)
	for _, typ := range hidden {
		may = append(may, typ.String())
	}
	found := 0
	for _, dir := range []string{"waybill", "delivery", "wechat", "config", "store", "store/csvimport", "wechat/client"} {
		files, err := filepath.Glob("../" + dir + "/*.go")
		if err != nil || len(files) == 0 {
			t.Fatalf("%s has no files: %v", dir, err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(parsed, func(n ast.Node) bool {
				spec, _ := n.(*ast.TypeSpec)
				if spec == nil {
					return true
				}
				for _, field := range plainFields(spec.Type) {
					found++
					if name := filepath.Base(dir) + "." + spec.Name.Name; !slices.Contains(may, name) {
						t.Errorf("%s has %s, and is none of the types that TestNothingShows knows to hide", name, field)
					}
				}
				return true
			})
		}
	}
	if found < 60 {
		t.Errorf("only %d fields were found", found)
	}
}

// plainFields are the fields of a struct with a personal name and a built-in type,
// or a list of such.
func plainFields(e ast.Expr) (names []string) {
	s, _ := e.(*ast.StructType)
	if s == nil {
		return nil
	}
	for _, f := range s.Fields.List {
		typ := f.Type
		for list, ok := typ.(*ast.ArrayType); ok; list, ok = typ.(*ast.ArrayType) {
			typ = list.Elt
		}
		ident, _ := typ.(*ast.Ident)
		for _, name := range f.Names {
			if ident != nil && ident.Name == strings.ToLower(ident.Name) && personal.MatchString(name.Name) {
				names = append(names, name.Name)
			}
		}
	}
	return names
}
