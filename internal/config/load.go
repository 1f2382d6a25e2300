package config

import (
	"bytes"
	"errors"
	"io/fs"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/viper"
)

// Need says what the caller is going to do, and so which settings must be
// there. What is there must be right in any case.
type Need int

// The needs of the commands.
const (
	NeedNothing  Need = iota
	NeedPush          // the credentials of one of WeChat's mini programs: push
	NeedDatabase      // a database: migrate, import, show
	NeedCalls         // a database, and what calls to WeChat are made with
	NeedServe         // a database, and all that pushes and calls need: serve
)

func (n Need) database() bool { return n >= NeedDatabase }

// accounts tells whether the secrets of mini programs are read from the files that name them.
func (n Need) accounts() bool { return n == NeedPush || n == NeedCalls || n == NeedServe }

// Load reads the configuration: the environment over the file over the
// defaults. The file is path or, where path is empty, ./config.yaml if it
// exists. The warnings are what a server logs at its start. The error holds
// everything that is wrong, a line for each problem; no line holds a secret.
func Load(path string, need Need) (Config, []Warning, error) {
	return load(path, need, os.Environ())
}

func load(path string, need Need, environ []string) (Config, []Warning, error) {
	var f problems
	var w warnings
	v := viper.New()
	v.SetConfigType("yaml")
	fileRead := readFile(v, path, &f, &w)
	readEnv(v, environ, &f, &w)
	c := fill(v, &f)
	if fileRead { // else everything in it would be called missing
		c.check(need, &f)
	}
	if need == NeedServe && !f.has(endpointsKey) {
		c.readEndpointFiles(&f, &w)
	}
	if need.accounts() && !f.has(accountsKey) {
		c.readAccountFiles(need, &f, &w)
	}
	if err := f.err(); err != nil {
		return Config{}, nil, err
	}
	c.warn(&w)
	return c, w, nil
}

// readFile reads the file into v. No file is fine if none was given.
func readFile(v *viper.Viper, path string, f *problems, w *warnings) bool {
	given := path != ""
	if !given {
		path = "config.yaml"
	}
	file, err := openFile("configuration file", path)
	if !given && errors.Is(err, fs.ErrNotExist) {
		return true
	}
	if err != nil {
		f.addf("configuration file: %w; name a readable file with --config, or none", err)
		return false
	}
	if err := v.ReadConfig(bytes.NewReader(file.text)); err != nil {
		f.addf("configuration file %s: %s; correct the YAML (a value with special characters needs quotes)", path, yamlProblem(err))
		return false
	}
	checkYAML(path, file.text, f)
	file.warn(hasSecret(v), w)
	return true
}

var (
	quoted = regexp.MustCompile("(?s)`.*`|'.*'|\".*\"")
	spaces = regexp.MustCompile(`\s+`)
)

// yamlProblem is the parser's complaint without what it quotes from the file,
// which may be a secret, and on one line.
func yamlProblem(err error) string {
	var parse viper.ConfigParseError
	if errors.As(err, &parse) {
		err = parse.Unwrap()
	}
	return spaces.ReplaceAllString(quoted.ReplaceAllString(err.Error(), "..."), " ")
}

// readEnv lays the environment over the file. Viper does not read the
// environment itself: it would neither notice a misspelt variable nor leave
// tests free to run side by side. An empty variable counts as absent, so that
// docker-compose can pass ${X:-}.
func readEnv(v *viper.Viper, environ []string, f *problems, w *warnings) {
	vars := ours(environ)
	for _, k := range keys() {
		value := vars[k.env()]
		delete(vars, k.env())
		if k.fileOnly() && value != "" {
			f.keyf(k.name, "is a list that only the configuration file can hold; write it there and unset %s", k.env())
			continue
		}
		if k.secret() {
			file := vars[k.env()+fileSuffix]
			delete(vars, k.env()+fileSuffix)
			if file != "" && value != "" {
				f.keyf(k.name, "is set twice, also as %s; unset one of the two", k.env()+fileSuffix)
				continue
			}
			if file != "" {
				value = readSecret(k, file, f, w)
			}
		}
		if value != "" {
			v.Set(k.name, value)
		}
	}
	dropServiceLinks(vars, w)
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		if now := renamedVariable(name); now != "" {
			f.addf("%s is called %s now; rename it", name, now)
		} else {
			f.addf("%s is a variable that nothing reads; %s", name, advice(name, envNames()))
		}
	}
}

// ours picks the variables that are meant for this program's configuration.
func ours(environ []string) map[string]string {
	vars := map[string]string{}
	for _, line := range environ {
		name, value, _ := strings.Cut(line, "=")
		switch {
		case !strings.HasPrefix(name, envPrefix):
		case name == envPrefix+"POSTGRES_BIN": // where the embedded Postgres is found
		case name == envPrefix+"INSTALL": // of the scripts that get it
		case strings.HasPrefix(name, envPrefix+"TEST_"):
		default:
			vars[name] = value
		}
	}
	return vars
}

// readSecret reads the file that a _FILE variable names. The problem does not
// repeat the name: an operator may have put the secret itself into the
// variable, and it must not get into the log.
func readSecret(k key, path string, f *problems, w *warnings) string {
	file, err := openFile("secret file", path)
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		err = pathErr.Err
	}
	value := strings.TrimRight(string(file.text), "\r\n")
	switch {
	case err != nil:
		f.keyf(k.name, "cannot be read from the file that %s names: %w; name a file that this account may read", k.env()+fileSuffix, err)
	case value == "":
		f.keyf(k.name, "is empty in the file that %s names; write the value there", k.env()+fileSuffix)
	default:
		file.warn(true, w)
	}
	return value
}

// fill makes a Config of the defaults and of what v holds.
func fill(v *viper.Viper, f *problems) Config {
	c := Default()
	var names []string
	for _, k := range keys() {
		names = append(names, k.name)
		raw := v.Get(k.name)
		if raw == nil || f.has(k.name) {
			continue
		}
		if err := set(k.of(&c).Addr().Interface(), raw); err != nil {
			f.keyf(k.name, "%w", err)
		}
	}
	for _, name := range slices.Sorted(slices.Values(v.AllKeys())) {
		switch {
		case slices.Contains(names, name) || v.Get(name) == nil:
		case isSection(name, names):
			f.addf("%s is a section, not a value; write its settings below it, indented", name)
		case newNames[name] != "":
			f.addf("%s is called %s now; rename it", name, newNames[name])
		default:
			f.addf("%s is a key that nothing reads; %s", name, advice(name, names))
		}
	}
	return c
}

func isSection(name string, names []string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return strings.HasPrefix(n, name+".") })
}
