package event_test

import (
	"testing"

	"carrierhook/internal/event"
)

// What a cursor is written like is what is read, and nothing else.
func FuzzCursor(f *testing.F) {
	const epoch = "01234567-89ab-cdef-0123-456789abcdef"
	for _, seed := range []string{"", ".", epoch, epoch + ".7", epoch + ".07", epoch + ".+7", epoch + ".-1", epoch + ".7 ", "A" + epoch[1:] + ".7", epoch + ".99999999999999999999"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if c, ok := event.ParseCursor(text); ok && (c.String() != text || c.Position < 0 || len(c.Epoch) != len(epoch)) {
			t.Errorf("%q is %+v", text, c)
		}
	})
	if c, ok := event.ParseCursor(epoch + ".7"); !ok || c != (event.Cursor{Epoch: epoch, Position: 7}) {
		f.Errorf("%v, %v", c, ok)
	}
}
