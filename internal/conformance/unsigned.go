package conformance

import (
	"cmp"
	"context"
	"crypto/rand"
	"strings"

	"carrierhook/internal/sandbox"
	"carrierhook/internal/wechat"
)

// made is a cancel as a sender makes it.
func (s *session) made(sender *wechat.Sender, m wechat.CancelWaybill) (wechat.Query, []byte, error) {
	var random [16]byte
	rand.Read(random[:])
	nonce, err := s.platform.Digits(10)
	if err != nil {
		return wechat.Query{}, nil, err
	}
	q, body := sender.Push(s.format, s.Now(), nonce, random, wechat.EncodeCancel(s.format, m))
	return q, body, nil
}

// plainSender pushes as if the console were in plain mode.
func (s *session) plainSender() (*wechat.Sender, error) {
	account := s.Account
	account.Mode = wechat.Plain
	return wechat.NewSender(account)
}

// lacking changes the query of a push.
type lacking struct {
	what   string
	change func(*wechat.Query)
}

func sealedAES(q *wechat.Query)   { q.EncryptType = "aes" }
func noSignature(q *wechat.Query) { q.Signature, q.MsgSignature = "", "" }

// checkPlaintext pushes what is in the clear to a server that is to get ciphertexts.
func checkPlaintext(how ...lacking) check {
	return func(ctx context.Context, s *session, _ Case) (Verdict, string) {
		sender, err := s.plainSender()
		if err != nil {
			return fail("%v", err)
		}
		return s.refusesUnsigned(ctx, sender, how)
	}
}

// checkNoSignature pushes what is right but for its missing signatures.
func checkNoSignature(ctx context.Context, s *session, _ Case) (Verdict, string) {
	how := []lacking{
		{"no signature", noSignature},
		{"no query", func(q *wechat.Query) { *q = wechat.Query{} }},
	}
	if s.Account.Mode == wechat.Plain {
		how = append(how, lacking{"no signature, and encrypt_type=aes", func(q *wechat.Query) { noSignature(q); sealedAES(q) }})
	} else {
		how = append(how, lacking{"no msg_signature", func(q *wechat.Query) { q.MsgSignature = "" }})
	}
	return s.refusesUnsigned(ctx, s.platform.Sender, how)
}

// refusesUnsigned wants each push to be refused.
func (s *session) refusesUnsigned(ctx context.Context, sender *wechat.Sender, how []lacking) (Verdict, string) {
	var believed, refusals []string
	for _, l := range how {
		q, body, err := s.made(sender, s.unknownCancel())
		if err != nil {
			return fail("%v", err)
		}
		l.change(&q)
		verdict, got := s.unbelieved(s.platform.Raw(ctx, q, body))
		if verdict == Pass {
			refusals = append(refusals, got)
			continue
		}
		believed = append(believed, l.what+": "+got)
	}
	if len(believed) > 0 {
		return fail("%s", strings.Join(believed, "; "))
	}
	return pass("%s", strings.Join(refusals, "; "))
}

// unbelieved judges the answer to a push that could be read, and that nothing shows to be
// WeChat's. Whatever is said to it under HTTP 2xx may come of its being believed: a chat
// message, or success. It is a refusal only of a server that refuses a wrong signature so.
func (s *session) unbelieved(a sandbox.Answer, err error) (Verdict, string) {
	if err != nil {
		return fail("%v", err)
	}
	verdict, got := s.refused([]sandbox.Answer{a}, nil)
	if text := taken(a); verdict == Pass && text != "" && text != s.forged {
		return fail("it was taken: HTTP %d, %s", a.Status, cmp.Or(quiet(a.Body), s.seen.excerpt(a.Body)))
	}
	return verdict, got
}

// taken is what kind of body came under HTTP 2xx, "" if the status was another one.
func taken(a sandbox.Answer) string {
	if a.Status < 200 || a.Status > 299 {
		return ""
	}
	return cmp.Or(quiet(a.Body), "a text")
}
