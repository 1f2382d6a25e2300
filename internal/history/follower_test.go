package history

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// follower follows the feed by its cursor, through whichever server lives.
type follower struct {
	world *world
	rand  *rand.Rand
	tally *tally
	http  *http.Client

	steadfast bool // it never hangs up

	mu     sync.Mutex
	cursor string
	upTo   int64 // where the cursor is
	seen   []sighting
}

func newFollower(w *world, seed uint64, t *tally) *follower {
	return &follower{world: w, rand: rand.New(rand.NewPCG(seed, 3_000_000)), tally: t, http: &http.Client{Transport: &http.Transport{}}}
}

// feedPage is what the feed answers.
type feedPage struct {
	Events []struct {
		Cursor string          `json:"cursor"`
		Event  json.RawMessage `json:"event"`
	} `json:"events"`
	Next string `json:"next"`
}

const (
	followerCut = "follower hung up"
	feedWait    = 3 * time.Second // in which a feed may say that nothing has happened
)

// follow takes down all events until ctx ends. A page that came in part is asked for
// again. An answer that none can be is an error: that the cursor is refused too.
func (f *follower) follow(ctx context.Context) error {
	defer f.http.CloseIdleConnections()
	for ctx.Err() == nil {
		to := f.world.servers[f.rand.IntN(len(f.world.servers))].at.Load()
		if to == nil {
			time.Sleep(5 * time.Millisecond)
			continue
		}
		status, text, err := f.get(ctx, to)
		switch {
		case err != nil || status == http.StatusServiceUnavailable || status == http.StatusTooManyRequests:
			f.tally.note("feed: no answer", 1)
			time.Sleep(5 * time.Millisecond)
		case status != http.StatusOK:
			return fmt.Errorf("feed after %q: %d %s", f.cursor, status, text)
		default:
			if err := f.keep(text); err != nil {
				return fmt.Errorf("feed after %q: %w: %s", f.cursor, err, text)
			}
		}
	}
	return nil
}

// get asks for the next page, and now and then goes away before it comes.
func (f *follower) get(ctx context.Context, to *addresses) (status int, text []byte, err error) {
	patience, early := feedWait+5*time.Second, f.rand.IntN(8) == 0 && !f.steadfast
	if early {
		patience = time.Duration(f.rand.IntN(200)) * time.Millisecond
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	q := url.Values{"wait": {feedWait.String()}, "limit": {fmt.Sprint(1 + f.rand.IntN(500))}}
	if f.cursor != "" {
		q.Set("after", f.cursor)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+to.internal+"/v1/events?"+q.Encode(), nil)
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Authorization", "Bearer "+apiToken)
	res, err := f.http.Do(req)
	if err == nil {
		defer res.Body.Close()
		status = res.StatusCode
		text, err = io.ReadAll(res.Body)
	}
	if early && err != nil {
		f.tally.fault(followerCut, 1)
	}
	return status, text, err
}

// keep takes down a page.
func (f *follower) keep(text []byte) error {
	now := time.Now()
	var page feedPage
	if err := json.Unmarshal(text, &page); err != nil {
		return err
	}
	var seen []sighting
	for _, e := range page.Events {
		_, position, err := parseCursor(e.Cursor)
		if err != nil {
			return err
		}
		var c content
		if err := json.Unmarshal(e.Event, &c); err != nil {
			return err
		}
		seen = append(seen, sighting{position: position, id: c.ID, body: string(e.Event), at: now})
	}
	_, upTo, err := parseCursor(page.Next)
	if err != nil {
		return err
	}
	if upTo < f.upTo || len(seen) > 0 && upTo < seen[len(seen)-1].position {
		return fmt.Errorf("the cursor goes back from %d to %d", f.upTo, upTo)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seen, f.cursor, f.upTo = append(f.seen, seen...), page.Next, upTo
	return nil
}

// position is where the follower is.
func (f *follower) position() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.upTo
}
