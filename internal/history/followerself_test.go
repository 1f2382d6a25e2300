package history

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// playedFeed answers with one text after the other, and goes on with the last. It takes
// down after which cursors it was asked.
func playedFeed(t *testing.T, answers ...string) (*world, *[]string) {
	t.Helper()
	var n atomic.Int64
	after := &[]string{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		i := int(n.Add(1)) - 1
		*after = append(*after, r.URL.Query().Get("after"))
		answer := answers[min(i, len(answers)-1)]
		if status, _, found := strings.Cut(answer, " "); found {
			var code int
			fmt.Sscan(status, &code)
			w.WriteHeader(code)
		}
		fmt.Fprint(w, answer)
	}))
	t.Cleanup(s.Close)
	one := &server{}
	one.at.Store(&addresses{internal: s.Listener.Addr().String()})
	return &world{servers: []*server{one}}, after
}

func page(next int, positions ...int) string {
	var events []string
	for _, p := range positions {
		events = append(events, fmt.Sprintf(`{"cursor":"e.%d","event":{"id":"evt_%d"}}`, p, p))
	}
	return fmt.Sprintf(`{"events":[%s],"next":"e.%d"}`, strings.Join(events, ","), next)
}

// A follower takes down what it is given, and goes on behind it: after an answer that was
// none, from where it was. A cursor that is refused ends it, and one that goes back.
func TestFollower(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answers []string
		wrong   string
		seen    string
		after   string
	}{
		"pages":       {[]string{page(2, 1, 2), page(5), page(7, 6, 7), "410 gone"}, `feed after "e.7": 410`, "[1 2 6 7]", " e.2 e.5 e.7"},
		"no answer":   {[]string{page(1, 1), "503 no", "429 no", page(2, 2), "410 gone"}, `feed after "e.2": 410`, "[1 2]", " e.1 e.1 e.1 e.2"},
		"back":        {[]string{page(5, 5), page(4)}, "the cursor goes back from 5 to 4", "[5]", " e.5"},
		"beyond next": {[]string{page(4, 5)}, "the cursor goes back", "[]", ""},
		"no cursor":   {[]string{`{"events":[{"cursor":"5","event":{}}],"next":"e.5"}`}, `"5" is no cursor`, "[]", ""},
		"no page":     {[]string{`{"events":`}, "unexpected end", "[]", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, after := playedFeed(t, c.answers...)
			f := newFollower(w, 1, newTally())
			f.steadfast = true
			err := f.follow(t.Context())
			if err == nil || !strings.Contains(err.Error(), c.wrong) {
				t.Errorf("it ended with %v, want %s", err, c.wrong)
			}
			positions := []int64{}
			for _, s := range f.seen {
				if positions = append(positions, s.position); s.id != fmt.Sprint("evt_", s.position) {
					t.Errorf("position %d is %s", s.position, s.id)
				}
			}
			if got := fmt.Sprint(positions); got != c.seen {
				t.Errorf("it saw %s, want %s", got, c.seen)
			}
			if got := strings.Join(*after, " "); got != c.after {
				t.Errorf("it asked after %q, want %q", got, c.after)
			}
		})
	}
}

// One that hangs up asks for the same again.
func TestFollowerHangsUp(t *testing.T) {
	t.Parallel()
	w, _ := playedFeed(t, page(1, 1), page(1))
	hits := newTally()
	f := newFollower(w, 1, hits)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- f.follow(ctx) }()
	eventually(t, "it hangs up", func() bool { return hits.hits(followerCut) > 0 && f.position() == 1 })
	stop()
	if err := <-ended; err != nil || len(f.seen) != 1 {
		t.Errorf("it saw %v and ended with %v", f.seen, err)
	}
}
