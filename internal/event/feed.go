package event

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Cursor is a place between two events of a log: all up to Position are behind it.
type Cursor struct {
	Epoch    string // the history that positions belong to, a UUID
	Position int64
}

var epochText = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// String is the cursor as followers have it.
func (c Cursor) String() string { return c.Epoch + "." + strconv.FormatInt(c.Position, 10) }

// ParseCursor reads only what String writes.
func ParseCursor(s string) (c Cursor, ok bool) {
	epoch, position, _ := strings.Cut(s, ".")
	n, err := strconv.ParseInt(position, 10, 64)
	c = Cursor{epoch, n}
	return c, err == nil && n >= 0 && epochText.MatchString(epoch) && c.String() == s
}

// Query asks for the events behind a cursor.
type Query struct {
	After  *Cursor // nil: from the oldest that is kept
	Latest bool    // where the log ends now; instead of After
	Kinds  []Kind  // none: all
	Limit  int
}

// Page is what a query finds.
type Page struct {
	Events []Handed
	Next   Cursor        // behind what was read, also of kinds that are not wanted
	More   bool          // there may be more behind Next already
	Late   time.Duration // for how long events may have waited already to be handed out
}

// Handed is an event as it is handed out.
type Handed struct {
	Cursor Cursor // behind it
	Body   []byte // JSON, byte for byte as it was written
}

// Why a cursor leads nowhere.
var (
	ErrOtherEpoch = errors.New("the cursor is of another history: the database was restored, or has lost events")
	ErrDropped    = errors.New("the cursor is older than what is kept")
	ErrAhead      = errors.New("the cursor is ahead of the log")
)
