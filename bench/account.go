package main

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"strconv"
	"sync"
	"time"

	"carrierhook/internal/handler"
	"carrierhook/internal/wechat"
)

// What the mini program's console would show, and the merchants' password.
const (
	userName  = "gh_abcdefg"
	appID     = "wxb11529c136998cb6"
	pushToken = "pamtest"
	aesKey    = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
	password  = "a merchant's password"
)

// The bench's waybills are numbered from 0. Their ids are plain numbers, so that
// pgbench, which cannot join texts, makes the same ones.
const (
	merchants    = 100
	firstBiz     = 90_000
	firstWaybill = 100_000_000_000
	firstOrder   = 100_000_000_000_000_000
)

// step scatters consecutive pushes over the whole table. It is prime, so that no
// waybill comes twice before each has come once.
const step = 7_368_787

func scattered(k, count int) int { return k * step % count }

// kind is how pushes are written, and their event.
type kind struct {
	mode   wechat.Mode
	format wechat.Format
	event  event
}

// event is what pushes request.
type event int

const (
	cancels event = iota
	books         // orders, each under a number of WeChat's
)

func sender(m wechat.Mode) (*wechat.Sender, error) {
	return wechat.NewSender(wechat.SenderOptions{UserName: userName, AppID: appID, Mode: m, Token: pushToken, AESKey: aesKey})
}

// cancel is the push for waybill n.
func cancel(n int, at time.Time) wechat.CancelWaybill {
	return wechat.CancelWaybill{
		ToUserName: userName, FromUserName: "oABCD", CreateTime: at.Unix(), Event: wechat.EventCancelWaybill,
		BizID: strconv.Itoa(firstBiz + n%merchants), BizPwd: password, ShopAppID: "wxABCD",
		OrderID: strconv.Itoa(firstOrder + n), WayBillID: strconv.Itoa(firstWaybill + n),
	}
}

func nonce(n int) string { return strconv.Itoa(1_000_000_000 + n) }

// requests are whole HTTP requests, signed and sealed beforehand: what that
// costs is WeChat's cost, and is not measured.
type requests struct {
	kind
	waybills []int
	bytes    [][]byte
}

func (r *requests) len() int             { return len(r.bytes) }
func (r *requests) request(i int) []byte { return r.bytes[i] }

// prepare makes the requests for n waybills from the cursor on: of those in a
// table of count, or of new ones.
func prepare(k kind, payers payers, cursor, n, count int) (*requests, error) {
	s, err := sender(k.mode)
	if err != nil {
		return nil, err
	}
	r := &requests{kind: k, waybills: make([]int, n), bytes: make([][]byte, n)}
	at := time.Now()
	inParts(n, func(i int) {
		r.waybills[i] = cursor + i
		if k.event == cancels {
			r.waybills[i] = scattered(cursor+i, count)
		}
		r.bytes[i] = request(s, k, payers, r.waybills[i], at)
	})
	return r, nil
}

// inParts does f for each of n, on all processors.
func inParts(n int, f func(i int)) {
	const parts = 8
	var all sync.WaitGroup
	for part := range parts {
		all.Go(func() {
			for i := part; i < n; i += parts {
				f(i)
			}
		})
	}
	all.Wait()
}

func request(s *wechat.Sender, k kind, payers payers, n int, at time.Time) []byte {
	var random [16]byte
	rand.Read(random[:]) // never fails; see crypto/rand
	var packet []byte
	if k.event == books {
		packet = wechat.EncodeAddWaybill(k.format, order(n, payers, at))
	} else {
		packet = wechat.EncodeCancel(k.format, cancel(n, at))
	}
	q, body := s.Push(k.format, at, nonce(n), random, packet)
	b := bytes.NewBuffer(make([]byte, 0, len(body)+512))
	fmt.Fprintf(b, "POST %s?%s HTTP/1.1\r\nHost: bench\r\nUser-Agent: Mozilla/4.0\r\nAccept: */*\r\n"+
		"Content-Type: text/%v\r\nContent-Length: %d\r\n\r\n", handler.Path, q.Values().Encode(), k.format, len(body))
	b.Write(body)
	return b.Bytes()
}
