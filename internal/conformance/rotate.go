package conformance

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"carrierhook/internal/redacted"
	"carrierhook/internal/sandbox"
	"carrierhook/internal/wechat"
)

// Secrets are a Token and an EncodingAESKey that the console had before, or is to have
// next. One that is empty stays as it is.
type Secrets struct {
	redacted.Struct
	Token, AESKey string
}

// rotateCases push under other secrets than the console has now.
var rotateCases = []Case{
	advice("previous_secrets", "a right push under the previous Token, AES key or both", "console and servers cannot change at one moment, and WeChat may repeat a push from before",
		"a reply under the same", pushUnder("previous", func(o Options) Secrets { return o.Previous })),
	advice("next_secrets", "a right push under the next Token, AES key or both", "console and servers cannot change at one moment, so servers take the next before WeChat uses it",
		"a reply under the same", pushUnder("next", func(o Options) Secrets { return o.Next })),
}

// rotated is the account with other secrets, or why there is none.
func (o Options) rotated(which string, other Secrets) (wechat.SenderOptions, string) {
	account := o.Account
	account.Token = cmp.Or(other.Token, account.Token)
	if account.Mode != wechat.Plain {
		account.AESKey = cmp.Or(other.AESKey, account.AESKey)
	}
	switch {
	case other == Secrets{}:
		return account, fmt.Sprintf("not tried: the %s Token or AES key is not given", which)
	case account.Token == o.Account.Token && account.AESKey == o.Account.AESKey:
		return account, fmt.Sprintf("not tried: what is given as %s is what this mode has now", which)
	}
	return account, ""
}

// pushUnder pushes under other secrets, and wants a reply under them. What else is
// wrong with the reply other cases say.
func pushUnder(which string, of func(Options) Secrets) check {
	return func(ctx context.Context, s *session, c Case) (Verdict, string) {
		account, why := s.rotated(which, of(s.Options))
		if why != "" {
			return skip("%s", why)
		}
		p, err := sandbox.New(s.URL, account, s.format)
		if err != nil {
			return fail("the %s secrets: %v", which, err)
		}
		p.Patience, p.Client, p.Now, p.Tries = s.Patience, s.Client, s.Now, 1
		q := s.cancelProbe(s.unknownCancel())
		d, err := p.Push(ctx, q.packet, "")
		if len(d.Answers) == 0 {
			return fail("%v", err)
		}
		if why := s.underPresent(account, d.Answers[0]); why != "" {
			return fail("%s", why)
		}
		x, err := newExaminer(p.Sender, account, s.format, s.seen.secrets)
		if err != nil {
			return fail("the %s secrets: %v", which, err)
		}
		switch _, err = x.answer(c.Name, d.Query, q, d.Answers[0]); {
		case errors.Is(err, errUnopened):
			return skip("%v", err)
		case err != nil:
			return fail("%v", err)
		}
		return pass("a reply under the same")
	}
}

// underPresent tells whether the answer to a push under other secrets was made with the
// present ones, and how.
func (s *session) underPresent(other wechat.SenderOptions, a sandbox.Answer) string {
	reply, err := read(a.Body)
	encrypt, sealed := reply.members["Encrypt"]
	if err != nil || !sealed || s.seen.cipher == nil {
		return ""
	}
	if _, err := s.seen.cipher.Decrypt(encrypt.text); err == nil && other.AESKey != s.Account.AESKey {
		return "the reply is sealed under the present AES key"
	}
	if reply.signature(s.Account.Token) == reply.text("MsgSignature") && other.Token != s.Account.Token {
		return "the reply is signed with the present Token"
	}
	return ""
}

// checkSecrets says what is wrong with the secrets that are given besides the present.
func (o Options) checkSecrets() error {
	for which, secrets := range map[string]Secrets{"previous": o.Previous, "next": o.Next} {
		if account, why := o.rotated(which, secrets); why == "" {
			if _, err := wechat.NewSender(account); err != nil {
				return fmt.Errorf("the %s secrets: %w", which, err)
			}
		}
	}
	return nil
}

// secrets are what no report may show, whatever a server says.
func (o Options) secrets() []string {
	all := []string{o.Account.Token, o.Account.AESKey, o.Previous.Token, o.Previous.AESKey, o.Next.Token, o.Next.AESKey}
	for _, w := range o.Waybills {
		all = append(all, string(w.BizPwd))
	}
	if o.Merchant != nil {
		all = append(all, string(o.Merchant.BizPwd))
	}
	if o.Shop != nil {
		all = append(all, string(o.Shop.Secret))
	}
	if o.Calls != nil {
		all = append(all, o.Calls.Secret)
	}
	slices.Sort(all)
	return slices.Compact(all)
}
