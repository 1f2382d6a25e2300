package sandbox

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"carrierhook/internal/wechat"
)

// Tries is how often WeChat sends a push: once, and again up to
// three times.
const Tries = 4

// ErrNoAnswer says that a carrier left every try of a push unanswered.
var ErrNoAnswer = errors.New("the carrier did not answer")

// PushResult is what came of one push.
type PushResult struct {
	Tries   int          // sendings, those at once included
	Query   wechat.Query // what every one of them carried
	Answers []Answer     // in the order of the tries, without those that got none
	Reply   []byte       // the opened packet of the first right answer
	Took    time.Duration
}

// New is a platform for an account. It can commit every fault, which one made by
// hand without an Account cannot.
func New(url string, account wechat.SenderOptions, f wechat.Format) (*Platform, error) {
	s, err := wechat.NewSender(account)
	if err != nil {
		return nil, err
	}
	return &Platform{URL: url, Sender: s, Format: f, Account: account}, nil
}

// Push sends a packet as WeChat does: it waits as long as its patience lasts,
// then drops the connection and sends the same bytes again. Any answer over HTTP
// ends that, even a wrong one: WeChat documents a repeat only for silence.
//
// After HangUp the repeat waits until the carrier has decided the first, so that it is a
// repeat always: Twice is what lets the two meet.
//
// The error wraps ErrNoAnswer if none came in time, else it says what is wrong
// with the answer. The result has what was understood all the same.
func (p *Platform) Push(ctx context.Context, packet []byte, fault Fault) (PushResult, error) {
	begun := time.Now()
	s, err := p.prepare(packet, fault)
	if err != nil {
		return PushResult{}, err
	}
	d := PushResult{Query: s.query}
	var silence error
	for round := 0; len(d.Answers) == 0 && round < cmp.Or(max(p.Tries, 0), Tries) && ctx.Err() == nil; round++ {
		awkward := fault
		if round > 0 {
			awkward = "" // the way it arrives is awkward once
		}
		silence = p.try(ctx, s, awkward, &d)
	}
	d.Took = time.Since(begun)
	if len(d.Answers) == 0 {
		return d, fmt.Errorf("%w to %d tries: %w", ErrNoAnswer, d.Tries, errors.Join(silence, ctx.Err()))
	}
	return d, p.open(&d)
}

// try sends once, or twice at once. The error is why there was no answer.
func (p *Platform) try(ctx context.Context, s sealed, fault Fault, d *PushResult) error {
	d.Tries++
	switch fault {
	case Twice:
		d.Tries++
		type result struct {
			Answer
			error
		}
		second := make(chan result, 1)
		go func() {
			a, err := p.exchange(ctx, http.MethodPost, s)
			second <- result{a, err}
		}()
		a, err := p.exchange(ctx, http.MethodPost, s)
		other := <-second
		return errors.Join(d.take(a, err), d.take(other.Answer, other.error))
	case HangUp:
		if err := p.hangUp(ctx, s); err != nil {
			return err
		}
		return errors.New("the platform hung up")
	case SlowAnswer:
		if _, err := p.exchange(ctx, http.MethodPost, s); err != nil {
			return err
		}
		return errors.New("the answer counts as too late")
	default:
		return d.take(p.exchange(ctx, http.MethodPost, s))
	}
}

func (d *PushResult) take(a Answer, err error) error {
	if err == nil {
		d.Answers = append(d.Answers, a)
	}
	return err
}

// open opens every answer. One right answer is enough: WeChat would have taken it.
func (p *Platform) open(d *PushResult) error {
	var errs []error
	right := false
	for i := range d.Answers {
		a := &d.Answers[i]
		var err error
		if a.Status != http.StatusOK {
			err = fmt.Errorf("the push was refused with HTTP status %d; the server's log says why", a.Status)
		} else if a.Opened, err = p.Sender.OpenReply(d.Query, p.Format, a.Body); err != nil {
			err = fmt.Errorf("open the reply: %w", err)
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if !right {
			right, d.Reply = true, a.Opened
		}
	}
	if right {
		return nil
	}
	return errors.Join(errs...)
}
