package event

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// errNotWritten says that a body is no event's.
var errNotWritten = errors.New("not as events are written")

// Decode reads what AppendJSON writes, also that of another version of this program: what it
// does not know is passed over, and what is not there is empty. The parcel is not in it.
func Decode(body []byte) (Event, error) {
	var w struct {
		ID      string    `json:"id"`
		Kind    Kind      `json:"kind"`
		Time    time.Time `json:"time"`
		Account string    `json:"account"`
		Body
	}
	if err := json.Unmarshal(body, &w); err != nil {
		return Event{}, fmt.Errorf("decode an event: %w", err)
	}
	e := Event{Kind: w.Kind, Time: w.Time, Account: w.Account, Body: w.Body}
	id, err := hex.DecodeString(strings.TrimPrefix(w.ID, "evt_"))
	copy(e.ID[:], id)
	if err != nil || e.ID.String() != w.ID || e.Kind == "" || e.Time.IsZero() {
		return Event{}, fmt.Errorf("decode an event: %w", errNotWritten)
	}
	return e, nil
}
