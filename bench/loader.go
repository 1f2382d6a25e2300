package main

import "time"

// loader sends prepared requests over connections that stay open. It does as
// little as it can for each: one write, one read, and a copy of the reply.
type loader struct{ conns []*client }

const replyTimeout = time.Minute // for one reply

// work is what a loader sends, and the judge of the replies.
type work interface {
	len() int
	request(i int) []byte // whole, head and body
	judge(*tally) error   // of what it kept, when the clock has stopped
}

// reply is the reply to a request, by its number.
type reply struct {
	request, status int
	body            []byte
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
	kept      []reply         // what is still to be judged
	arena
}

func (t *tally) add(o tally) {
	t.replies += o.replies
	t.elapsed += o.elapsed
	t.latencies = append(t.latencies, o.latencies...)
	t.scans = append(t.scans, o.scans...)
	t.kept = append(t.kept, o.kept...)
	for why, n := range o.bad {
		t.spoilt(why, n)
	}
}

func (t *tally) spoilt(why string, n int) {
	if t.bad == nil {
		t.bad = map[string]int{}
	}
	t.bad[why] += n
}

// arena keeps bodies that are to be read later, with few allocations.
type arena struct{ room []byte }

func (l *arena) keep(body []byte) []byte {
	if cap(l.room)-len(l.room) < len(body) {
		l.room = make([]byte, 0, max(1<<20, len(body))) // what is full stays with its bodies
	}
	from := len(l.room)
	l.room = append(l.room, body...)
	return l.room[from:]
}
