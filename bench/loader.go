package main

import "time"

// loader sends prepared requests over connections that stay open. It does as
// little as it can for each: one write, one read and a check of the reply. What
// it keeps of the replies is opened when the clock has stopped.
type loader struct{ conns []*client }

const replyTimeout = time.Minute // for one reply

// work is what a loader sends.
type work interface {
	len() int
	request(i int) []byte // whole, head and body
	checker() (checker, error)
}

// checker judges the replies of one connection: those that are easily read at
// once, the others when the clock has stopped.
type checker interface {
	check(i, status int, body []byte) string // what is wrong with it; "" is nothing that can be seen
	finish(*tally)
}

func dialLoader(addr string, conns int) (*loader, error) {
	l := &loader{}
	for range conns {
		c, err := dial(addr)
		if err != nil {
			l.close()
			return nil, err
		}
		l.conns = append(l.conns, c)
	}
	return l, nil
}

func (l *loader) close() {
	for _, c := range l.conns {
		c.Close()
	}
}

// tally is what one run of the loader saw.
type tally struct {
	replies   int             // within the run
	elapsed   time.Duration   // of them
	latencies []time.Duration // from when a request was meant to leave to its reply
	bad       map[string]int  // what was not ResultCode 0, or a scan that was not recorded
	scans     []scanReply     // what replies said of scans
	checks    []checker       // what is still to be judged
}

func (t *tally) add(o tally) {
	t.replies += o.replies
	t.elapsed += o.elapsed
	t.latencies = append(t.latencies, o.latencies...)
	t.scans = append(t.scans, o.scans...)
	for why, n := range o.bad {
		t.spoilt(why, n)
	}
}

// judge opens the replies that were kept, off the clock.
func (t *tally) judge() {
	for _, c := range t.checks {
		c.finish(t)
	}
	t.checks = nil
}

func (t *tally) spoilt(why string, n int) {
	if t.bad == nil {
		t.bad = map[string]int{}
	}
	t.bad[why] += n
}
