// Package conformance pushes to a carrier's server, ours or not, everything that
// WeChat might, and says which answers WeChat would not take.
//
// It sees the server from outside only: it pushes, with and without faults, and
// reads what comes back more patiently than WeChat does, so that one defect is
// reported once, by the case meant for it. Where it is called as WeChat, it says too which
// calls of the server WeChat would not want. It knows nothing of waybills but what
// it is given: a code other than 30001 is tried only where a waybill is given
// that gives it, and orders are booked and placed only where a merchant's account or
// shop is given.
package conformance

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"carrierhook/internal/sandbox"
	"carrierhook/internal/wechat"
)

// Options say which server to try, and with what. URL, Account and Formats must be set.
type Options struct {
	URL       string
	Account   wechat.SenderOptions
	Formats   []wechat.Format
	Waybills  []Waybill
	Merchant  *Account // in whose name orders are booked; nil: none are
	Shop      *Shop    // in whose name orders of instant delivery are placed; nil: none are
	Previous  Secrets  // of the console; empty: not tried
	Next      Secrets  // likewise
	Calls     *Calls   // what the server calls at WeChat; nil: not tried
	RulesOnly bool     // leave out what is only our advice

	Patience time.Duration    // 0: WeChat's
	Client   *http.Client     // nil: one of its own
	Now      func() time.Time // nil: time.Now
}

// Run runs every case and gives each result to each as soon as it is known; each may
// be nil. The error says that the server could not be reached at all.
func Run(ctx context.Context, o Options, each func(Result)) (Report, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	report := newReport(o)
	run := func(s *session, format string, cases []Case) {
		for _, c := range cases {
			if ctx.Err() != nil || o.RulesOnly && c.Basis == Advice {
				continue
			}
			r := s.result(ctx, c, format)
			report.add(r)
			if each != nil {
				each(r)
			}
		}
	}
	// A run has an OpenID of its own, so that no push of it is a repeat of an
	// earlier run's.
	user, pool := "o"+rand.Text()[:12], &pool{all: o.Waybills}
	numbers, err := o.merchant()
	if err != nil {
		return report, err
	}
	if o.Shop != nil {
		shop, err := o.Shop.complete()
		if err != nil {
			return report, err
		}
		o.Shop = &shop
	}
	if err := o.checkSecrets(); err != nil {
		return report, err
	}
	for i, f := range o.Formats {
		s, err := newSession(o, f, user, pool)
		if err != nil {
			return report, err
		}
		s.numbers, s.sent = numbers, int64(i)*maxSent
		if i == 0 {
			if _, _, err := s.platform.Challenge(ctx, ""); err != nil {
				return report, fmt.Errorf("no answer at all from %s: %w", o.URL, err)
			}
			run(s, "", urlCases)
		}
		run(s, f.String(), formatCases())
		if i == len(o.Formats)-1 {
			run(s, "", callCases)
		}
		s.cancelBookings(ctx)
		s.cancelPlacements(ctx)
	}
	return report, ctx.Err()
}

// merchant completes the merchant's account, and begins to count its range of
// numbers if it has one.
func (o *Options) merchant() (*sandbox.Numbers, error) {
	if o.Merchant == nil {
		return nil, nil
	}
	if o.Merchant.BizID == "" {
		return nil, errors.New("the merchant's account has no BizID")
	}
	a := o.Merchant.complete()
	if o.Merchant = &a; a.Numbers == (sandbox.NumberRange{}) {
		return nil, nil
	}
	return new(sandbox.Platform).Numbers(a.Numbers)
}

// oneLine keeps a report's lines lines.
func oneLine(text string) string {
	return strings.Join(strings.Fields(text), " ")
}
