package main

import (
	"fmt"
	"slices"
	"testing"

	"carrierhook/internal/waybill"
	"carrierhook/internal/wechat/client"
)

const callsPage = "../../docs/wechat-calls.md"

// nodeTable says what WeChat is told of each action of a scan.
func nodeTable(*testing.T) string {
	var rows [][]string
	for _, a := range waybill.Actions() {
		node := "kept back"
		if to, ok := waybill.PathAction(a); ok {
			node = code(fmt.Sprint(to))
		}
		rows = append(rows, []string{code(fmt.Sprint(a)), a.Text(), node, waybill.PathMessage(a)})
	}
	return table([]string{"action_type of the scan", "meaning", "action_type at WeChat", "text, where the scan has none"}, rows)
}

// The page of calls says what becomes of a call of each class, and names no other class.
func TestCallClassesDocumented(t *testing.T) {
	t.Parallel()
	var want []string
	for _, c := range client.Classes() {
		want = append(want, string(c))
	}
	if got := rowNames(sectionOf(read(t, callsPage), "## Limits and pauses")); !slices.Equal(got, want) {
		t.Errorf("the page has the classes %q, want %q", got, want)
	}
}
