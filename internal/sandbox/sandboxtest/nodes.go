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

// CheckNodes finds what is wrong with the calls about one key, in their order: each node has
// to happen, in the order in which they were reported, and again only where its answer was
// lost on the way, or lost says that it was.
func CheckNodes(key string, want []Node, calls []sandbox.CarrierCall, lost func(sandbox.CarrierCall) bool) (wrong []string) {
	last := map[int]sandbox.CarrierCall{}
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
		case before.Answered == sandbox.AnsweredWhole && before.Fault != sandbox.CallSlow && !lost(before):
			wrong = append(wrong, fmt.Sprintf("%s: %v twice, in the calls %d and %d", key, want[i], before.N, c.N))
		}
		if c.Repeat != again {
			wrong = append(wrong, fmt.Sprintf("%s: the sandbox counts the call %d otherwise: %+v", key, c.N, c))
		}
		last[i] = c
	}
	if happened < len(want) && !want[happened].Maybe {
		wrong = append(wrong, fmt.Sprintf("%s: %v is missing", key, want[happened]))
	}
	return wrong
}
