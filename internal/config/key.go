package config

import (
	"reflect"
	"strings"
)

const (
	envPrefix  = "CARRIERHOOK_"
	fileSuffix = "_FILE" // of a secret's variable: the name of a file that holds it
)

// key is one setting: its dotted name, and where its value is in a Config.
type key struct {
	name  string
	index []int // for reflect.Value.FieldByIndex
	typ   reflect.Type
}

// keys lists every setting, in the order of the struct. It is found by
// walking Config, so that a new field cannot be forgotten anywhere.
func keys() []key {
	return walk(reflect.TypeFor[Config](), "", nil)
}

func walk(t reflect.Type, prefix string, index []int) []key {
	var found []key
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Tag.Get("key") == "-" { // what is in a file that another setting names
			continue
		}
		k := key{
			name:  prefix + f.Tag.Get("key"),
			index: append(append([]int(nil), index...), i),
			typ:   f.Type,
		}
		if f.Type.Kind() == reflect.Struct {
			found = append(found, walk(f.Type, k.name+".", k.index)...)
			continue
		}
		found = append(found, k)
	}
	return found
}

// env is the name of the key's environment variable.
func (k key) env() string { return envName(k.name) }

func envName(name string) string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(name, ".", "_"))
}

func (k key) secret() bool { return k.typ == reflect.TypeFor[Secret]() }

// fileOnly tells whether no variable can hold the value.
func (k key) fileOnly() bool { return fileOnly(k.name) }

func fileOnly(name string) bool { return name == endpointsKey || name == accountsKey }

// of is the key's value in c.
func (k key) of(c *Config) reflect.Value {
	return reflect.ValueOf(c).Elem().FieldByIndex(k.index)
}
