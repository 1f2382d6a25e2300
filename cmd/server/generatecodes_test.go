package main

import (
	"strconv"

	"carrierhook/internal/wechat/client"
)

// codeTable says of each code of WeChat's what it is worth, and what to do.
func codeTable() string {
	var rows [][]string
	for _, c := range client.Codes() {
		of := "any"
		if c.Path != "" {
			of = code(c.Path)
		}
		rows = append(rows, []string{code(strconv.Itoa(c.Number)), of, code(string(c.Class)), c.Words})
	}
	return table([]string{"code", "of the call", "class", "what it means, and what to do"}, rows)
}
