package config

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"
)

// checkYAML finds what the reader of the file would pass over in silence: further
// documents, and settings that are given twice in another case or with a dot.
func checkYAML(path string, text []byte, f *problems) {
	var first, next yaml.Node
	d := yaml.NewDecoder(bytes.NewReader(text))
	if d.Decode(&first) != nil {
		return // nothing, or what the reader has refused
	}
	seen := map[string]bool{}
	twice(&first, "", seen, func(name string, line int) {
		f.addf("configuration file %s: line %d: %s is given twice; remove one of them (capitals make no difference)", path, line, name)
	})
	for {
		err := d.Decode(&next)
		switch {
		case errors.Is(err, io.EOF):
			return
		case err != nil || len(next.Content) > 0 && next.Content[0].Tag != "!!null":
			f.addf("configuration file %s has a second YAML document, behind a line with ---, which nothing would read; write one document", path)
			return
		}
	}
}

// twice reports each setting or section of a document that was seen before. They are
// known by their names from the top, in small letters, as the reader knows them.
func twice(n *yaml.Node, prefix string, seen map[string]bool, report func(name string, line int)) {
	switch n.Kind {
	case yaml.DocumentNode:
		for _, c := range n.Content {
			twice(c, prefix, seen, report)
		}
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			name := prefix + strings.ToLower(n.Content[i].Value)
			if seen[name] {
				report(name, n.Content[i].Line)
				continue
			}
			seen[name] = true
			twice(n.Content[i+1], name+".", seen, report)
		}
	}
}
