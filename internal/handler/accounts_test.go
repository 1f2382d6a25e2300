package handler_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"carrierhook/internal/handler"
	"carrierhook/internal/waybill"
	"carrierhook/internal/wechat"
)

// miniProgram is one of two that a server takes pushes for.
type miniProgram struct{ name, userName, appID, token, aesKey string }

var (
	mainProgram  = miniProgram{"main", userName, appID, token, aesKey}
	otherProgram = miniProgram{"brand-b", "gh_other", "wx0123456789abcdef", "tokenoftheotherone", "GFEDCBA9876543210zyxwvutsrqponmlkjihgfedcba"}
	programs     = []miniProgram{mainProgram, otherProgram}
)

// withOther adds the other mini program, in a mode.
func withOther(t testing.TB, m wechat.Mode) func(*options) {
	return func(o *options) {
		options := o.ReceiverOptions
		options.UserName, options.AppID, options.Mode = otherProgram.userName, otherProgram.appID, m
		options.Tokens, options.AESKeys = []string{otherProgram.token}, []string{otherProgram.aesKey}
		receiver, err := wechat.NewReceiver(options)
		must(t, err)
		o.Accounts = append(o.Accounts, handler.Account{Name: otherProgram.name, Receiver: receiver})
	}
}

// mixed is a push that is made of parts of both mini programs.
type mixed struct{ to, token, key, app, envelope, name miniProgram }

// everyMix is every such push.
func everyMix(yield func(mixed) bool) {
	n := len(programs)
	for i := range n * n * n * n * n * n {
		next := func() miniProgram {
			one := programs[i%n]
			i /= n
			return one
		}
		if !yield(mixed{next(), next(), next(), next(), next(), next()}) {
			return
		}
	}
}

// believed tells whether a push is for the mini program that it came for. Of a plain one only
// the Token and the name in it say that; what the envelope says, nobody goes by.
func (x mixed) believed(receiver, sender wechat.Mode) bool {
	if x.to.token != x.token.token || x.to.userName != x.name.userName {
		return false
	}
	return receiver == wechat.Plain || x.to.aesKey == x.key.aesKey && x.to.appID == x.app.appID
}

// TestOnlyOwnPushes: whatever of one mini program a push for another has (path, Token, key,
// app id, name), only the one that is wholly its own is decided, with its account. All others look alike.
func TestOnlyOwnPushes(t *testing.T) {
	t.Parallel()
	senders := map[wechat.Mode][]wechat.Mode{ // by the mode of the receiver
		wechat.Plain: {wechat.Plain, wechat.Compatible}, wechat.Compatible: {wechat.Compatible, wechat.Secure}, wechat.Secure: {wechat.Secure, wechat.Compatible},
	}
	for ofMain, ofOther := range map[wechat.Mode]wechat.Mode{
		wechat.Secure: wechat.Secure, wechat.Plain: wechat.Plain, wechat.Compatible: wechat.Plain,
	} {
		for _, f := range formats {
			t.Run(fmt.Sprintf("%v and %v, %v", ofMain, ofOther, f), func(t *testing.T) {
				t.Parallel()
				s := newServer(t, ofMain, withOther(t, ofOther))
				believed, pushes, counted := 0, 0, map[string]float64{}
				for x := range everyMix {
					receiver := map[string]wechat.Mode{mainProgram.name: ofMain, otherProgram.name: ofOther}[x.to.name]
					for _, m := range senders[receiver] {
						sender, err := wechat.NewSender(wechat.SenderOptions{
							UserName: x.envelope.userName, AppID: x.app.appID, Mode: m, Token: x.token.token, AESKey: x.key.aesKey,
						})
						must(t, err)
						msg := sampleCancel
						msg.ToUserName = x.name.userName
						q, body := sender.Push(f, sampleTime, nonce, random, wechat.EncodeCancel(f, msg))
						w := s.do(http.MethodPost, handler.Path+"/"+x.to.name+"?"+q.Values().Encode(), body)
						pushes++
						if !x.believed(receiver, m) {
							if requests, recorded := s.store.calls(); w.Code != http.StatusForbidden || w.Body.Len() > 0 || len(requests)+len(recorded) > 0 {
								t.Fatalf("%v, %+v: status %d, the store got %d requests", m, x, w.Code, len(requests))
							}
							continue
						}
						believed++
						if got := onlyRequest[waybill.CancelRequest](t, s.store).Push.Account; w.Code != http.StatusOK || got != x.to.userName {
							t.Fatalf("%v, %+v: status %d, account %q", m, x, w.Code, got)
						}
						_, fields := s.line(t, "push")
						if fields["account"] != x.to.name {
							t.Errorf("the log has %v", fields)
						}
						counted[fmt.Sprintf(`carrierhook_pushes_total{account=%q,event="cancel_waybill",format=%q,mode=%q,result="0"}`, x.to.name, f, fields["mode"])]++
						s.forget()
					}
				}
				s.counts(t, counted)
				// Two kinds of push for each mix. Of those for a mini program one in 16 is its
				// own, as the envelope does not matter; in mode plain one in four.
				own := map[wechat.Mode]int{wechat.Plain: 2 * 64 / 2 / 4, wechat.Compatible: 2 * 64 / 2 / 16, wechat.Secure: 2 * 64 / 2 / 16}
				if want := own[ofMain] + own[ofOther]; believed != want || pushes != 2*64 {
					t.Errorf("%d of %d pushes are believed, want %d", believed, pushes, want)
				}
			})
		}
	}
}

// TestChecksOfURLs: each path answers the check that is signed with its own Token.
func TestChecksOfURLs(t *testing.T) {
	t.Parallel()
	for _, to := range programs {
		for _, by := range programs {
			s := newServer(t, wechat.Secure, withOther(t, wechat.Plain))
			sender, err := wechat.NewSender(wechat.SenderOptions{UserName: by.userName, AppID: by.appID, Mode: wechat.Secure, Token: by.token, AESKey: by.aesKey})
			must(t, err)
			q := sender.Challenge(sampleTime, nonce, "an echo")
			w := s.do(http.MethodGet, handler.Path+"/"+to.name+"?"+q.Values().Encode(), nil)
			if to == by {
				if _, fields := s.line(t, "url verified"); w.Body.String() != "an echo" || fields["account"] != to.name {
					t.Errorf("%s: status %d, %q, %v", to.name, w.Code, w.Body, fields)
				}
				continue
			}
			if w.Code != http.StatusForbidden || w.Body.Len() > 0 {
				t.Errorf("%s by %s: status %d, %q", to.name, by.name, w.Code, w.Body)
			}
			s.counts(t, map[string]float64{
				fmt.Sprintf("carrierhook_refusals_total{account=%q,check=\"signature\"}", to.name): 1,
				fmt.Sprintf("carrierhook_refusals_total{account=%q,check=\"signature\"}", by.name): 0,
			})
			if _, fields := s.line(t, "refused: signature"); fields["account"] != to.name {
				t.Errorf("the log has %v", fields)
			}
		}
	}
}

// TestPaths: one mini program has the path with its name and the one without; where there are
// several, that is like any other path, and so is a name that is none.
func TestPaths(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		several bool
		path    string
		taken   bool
	}{
		{false, handler.Path, true}, {false, handler.Path + "/main", true}, {false, handler.Path + "/brand-b", false},
		{true, handler.Path, false}, {true, handler.Path + "/main", true}, {true, handler.Path + "/brand-c", false},
		{true, handler.Path + "/Main", false}, {true, handler.Path + "/main/", false}, {true, handler.Path + "/main/x", false}, {true, handler.Path + "/%6dain", true},
	} {
		change := []func(*options){}
		if tc.several {
			change = append(change, withOther(t, wechat.Secure))
		}
		s := newServer(t, wechat.Secure, change...)
		q, body := wechatPush(t, wechat.XML, wechat.Secure, wechat.EncodeCancel(wechat.XML, sampleCancel))
		query := "?" + q.Values().Encode()
		w := s.do(http.MethodPost, tc.path+query, body)
		if tc.taken {
			if w.Code != http.StatusOK {
				t.Errorf("%v %s: status %d", tc.several, tc.path, w.Code)
			}
			onlyRequest[waybill.CancelRequest](t, s.store)
			s.counted(t, `carrierhook_pushes_total{account="main",event="cancel_waybill",format="xml",mode="secure",result="0"}`, 1)
			continue
		}
		for _, method := range []string{http.MethodPost, http.MethodGet, http.MethodPut} {
			alike(t, s.do(method, tc.path+query, body), s.do(method, "/nothing/is/here"+query, body))
		}
		if requests, recorded := s.store.calls(); len(requests)+len(recorded) > 0 {
			t.Errorf("%v %s: the store got %d requests", tc.several, tc.path, len(requests))
		}
	}
}

// alike fails the test unless both are the same bare 404.
func alike(t *testing.T, a, b *httptest.ResponseRecorder) {
	t.Helper()
	if a.Code != http.StatusNotFound || a.Code != b.Code || a.Body.Len()+b.Body.Len() > 0 || fmt.Sprint(a.Header()) != fmt.Sprint(b.Header()) {
		t.Errorf("%d %v %q, and of a path that is not there %d %v %q", a.Code, a.Header(), a.Body, b.Code, b.Header(), b.Body)
	}
}
