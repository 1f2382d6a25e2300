package conformance

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"carrierhook/internal/sandbox"
	"carrierhook/internal/wechat"
)

// examiner examines every reply of a run, property by property. A reply that lacks one
// is read on where it can be, so that this is reported once, by the property's own case,
// and not by every case that got a reply.
type examiner struct {
	sender  *wechat.Sender
	account wechat.SenderOptions
	cipher  *wechat.Cipher // nil in plain mode
	format  wechat.Format
	secrets []string // what no report may show
	found   map[string]*finding
}

// finding is what the replies so far had of one property.
type finding struct {
	judged, lacking   int         // replies
	faults            []string    // the first few, each with the case that met it
	last, lastLacking *inspection // one reply may be judged more than once
}

func newExaminer(s *wechat.Sender, account wechat.SenderOptions, f wechat.Format, secrets []string) (*examiner, error) {
	x := &examiner{sender: s, account: account, format: f, secrets: secrets, found: map[string]*finding{}}
	var err error
	if account.Mode != wechat.Plain {
		x.cipher, err = wechat.NewCipher(account.AESKey, account.AppID)
	}
	return x, err
}

// errUnopened says that a reply came and that what is in it cannot be known. It
// is noted already, so the case that wanted the reply is not to blame.
var errUnopened = errors.New("its reply could not be opened (cases reply_unsealed, reply_padding and reply_app_id)")

// inspection is one reply under examination.
type inspection struct {
	*examiner
	where  string
	unread func(err error, body []byte) error // what could not be read, for the report
	faults int
}

// want notes whether the reply has a property.
func (i *inspection) want(property string, ok bool, format string, args ...any) {
	f := i.found[property]
	if f == nil {
		f = &finding{}
		i.found[property] = f
	}
	if f.last != i {
		f.last = i
		f.judged++
	}
	if ok {
		return
	}
	i.faults++
	if f.lastLacking != i {
		f.lastLacking = i
		f.lacking++
	}
	if len(f.faults) < 3 {
		f.faults = append(f.faults, i.where+": "+fmt.Sprintf(format, args...))
	}
}

// answer examines what came back for a push that was sent with query. The error
// says that it is no reply that could be read.
func (x *examiner) answer(where string, query wechat.Query, q probe, a sandbox.Answer) (packet, error) {
	unread := func(err error, body []byte) error {
		if len(body) == 0 {
			return err
		}
		return fmt.Errorf("%w: %s", err, x.excerpt(body, q.hidden...))
	}
	if a.Status != http.StatusOK {
		return packet{}, unread(fmt.Errorf("HTTP %d", a.Status), a.Body)
	}
	outer, err := read(a.Body)
	if err != nil {
		return packet{}, unread(err, a.Body)
	}
	i := &inspection{examiner: x, where: where, unread: unread}
	inner, err := i.open(query, a.Body, outer)
	if err != nil {
		return packet{}, err
	}
	i.packet(q, inner.packet)
	if i.faults == 0 { // nothing was noticed: the strict readers decide
		_, err := x.sender.OpenReply(query, x.format, a.Body)
		if err == nil && q.decode != nil {
			err = q.decode(inner.doc)
		}
		i.want("reply_members", err == nil, "%v", err)
	}
	return inner.packet, nil
}

// verdict is what all replies say of one property.
func (x *examiner) verdict(property string) (Verdict, string) {
	f := x.found[property]
	switch {
	case f == nil:
		return skip("no reply came to where this could be seen")
	case f.lacking == 0:
		return pass("so in all %d", f.judged)
	}
	return fail("not so in %d of %d: %s", f.lacking, f.judged, strings.Join(f.faults, "; "))
}

// signatures are WeChat's, and those of shops.
var signatures = regexp.MustCompile(`\b[0-9A-Fa-f]{40}\b`)

// excerpt is the start of a body, for the report. A server that shows what it received, or
// what it is set to, shows no secret there: no signature, and none of the examiner's
// secrets and these.
func (x *examiner) excerpt(body []byte, hidden ...string) string {
	const limit, read = 200, 16 << 10
	text := sandbox.Conceal(strings.ToValidUTF8(string(body[:min(len(body), read)]), "?"), slices.Concat(x.secrets, hidden)...)
	text = signatures.ReplaceAllString(text, sandbox.Hidden)
	if r := []rune(text); len(r) > limit {
		text = string(r[:limit]) + "…"
	}
	return strconv.Quote(text)
}
