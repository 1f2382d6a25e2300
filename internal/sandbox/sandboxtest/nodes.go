package sandboxtest

import (
	"fmt"
	"slices"

	"carrierhook/internal/sandbox"
)

// Node is something that WeChat is to hear of a waybill or an order: what happened, and when.
type Node struct {
	Type, Time int64
	Maybe      bool // nobody knows whether it was recorded
}

// Answered tells whether the answer to a call arrived, as far as WeChat can know.
func Answered(c sandbox.CarrierCall) bool {
	return c.Answered == sandbox.AnsweredWhole && c.Fault != sandbox.CallSlow
}

// CheckNodes finds what is wrong with the calls about one key, in their order. Each node has
// to happen, in the order in which they were reported. One whose answer was lost on the way
// has to come again, before any later one; and no other may, unless lost says that what was
// answered was lost with a server.
func CheckNodes(key string, want []Node, calls []sandbox.CarrierCall, lost func(sandbox.CarrierCall) bool) (wrong []string) {
	last, unknown := map[int]sandbox.CarrierCall{}, map[int]sandbox.CarrierCall{}
	answered := map[int]bool{}
	happened := 0 // how many of want have
	for _, c := range calls {
		if c.Key != key || !c.Done {
			continue
		}
		i := slices.IndexFunc(want, func(n Node) bool { return n.Type == c.Node && n.Time == c.Time })
		before, again := last[i]
		switch {
		case i < 0:
			wrong = append(wrong, fmt.Sprintf("%s: nobody reported %d at %d for WeChat", key, c.Node, c.Time))
			continue
		case i > happened:
			wrong = append(wrong, fmt.Sprintf("%s: %v came before %v", key, want[i], want[happened]))
		case !again:
			happened++
		case Answered(before) && !lost(before):
			wrong = append(wrong, fmt.Sprintf("%s: %v twice, in the calls %d and %d", key, want[i], before.N, c.N))
		}
		for j := range i {
			if u, ok := unknown[j]; ok {
				wrong = append(wrong, fmt.Sprintf("%s: %v in call %d, while nobody knew what became of %v in call %d", key, want[i], c.N, want[j], u.N))
				delete(unknown, j)
			}
		}
		if c.Repeat != again {
			wrong = append(wrong, fmt.Sprintf("%s: the sandbox counts the call %d otherwise: %+v", key, c.N, c))
		}
		last[i] = c
		switch {
		case Answered(c):
			answered[i] = true
			delete(unknown, i)
		case !answered[i] || !lost(c): // two servers may have called, and one knows
			unknown[i] = c
		}
	}
	for i, n := range want {
		if u, ok := unknown[i]; ok {
			wrong = append(wrong, fmt.Sprintf("%s: %v did not come again after call %d", key, n, u.N))
		}
	}
	if happened < len(want) && !want[happened].Maybe {
		wrong = append(wrong, fmt.Sprintf("%s: %v is missing", key, want[happened]))
	}
	return wrong
}
