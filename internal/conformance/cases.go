package conformance

import (
	"fmt"
	"slices"

	"carrierhook/internal/sandbox"
	"carrierhook/internal/wechat"
)

// WeChat's pages, as the report names them.
const (
	pagePush    = "Message push"        // 消息推送
	pageSeal    = "Message encryption"  // 消息加解密
	pageCancel  = "Cancel_order_event"  // logistics.onCancelOrder; see bookcases.go for the others
	pageRetries = "Message push (2019)" // the sentence is gone from today's page, not the behaviour
	eventsPage  = "The event's page"
	ours        = "carrierhook's advice" // no page
)

// Cases lists every case.
func Cases() []Case { return slices.Concat(urlCases, formatCases(), callCases) }

// formatCases are run in each format: first whether anything is answered, then
// what must be answered, then what must be refused, and then the properties
// of all replies.
func formatCases() []Case {
	var all []Case
	for _, part := range [][]Case{answerCases, codeCases, cancelCases, accountCases, addCases, instantCases, programCases, oddCases, rotateCases, forgedCases(), lastCases, replyCases, instantReplyCases} {
		all = append(all, part...)
	}
	return all
}

// forgedCases are the faults that a carrier must refuse, and the forgeries that need
// no fault.
func forgedCases() []Case {
	why := map[sandbox.Fault]struct {
		basis Basis
		why   string
	}{
		sandbox.WrongSignature:    {Rule, pagePush + ": a push is WeChat's only if its signature fits"},
		sandbox.WrongMsgSignature: {Rule, pageSeal + ": msg_signature, not signature, covers an encrypted push"},
		sandbox.StaleTimestamp:    {Advice, ours + ": an old push sent again by a stranger is not a push"},
		sandbox.FlippedByte:       {Rule, pageSeal + ": msg_signature covers the ciphertext"},
		sandbox.WrongAppID:        {Rule, pageSeal + ": the app id inside must be one's own"},
		sandbox.BadPadding:        {Rule, pageSeal + ": PKCS#7 padding, of 1 to 32 bytes"},
		sandbox.WrongLength:       {Rule, pageSeal + ": the length field counts the message's bytes"},
		sandbox.Truncated:         {Rule, pagePush + ": a push is one whole XML or JSON document"},
		sandbox.OverLimit:         {Advice, ours + ": a body has a limit, or anybody can fill the memory"},
		sandbox.ClockOff:          {Advice, ours + ": a push from the future is as suspect as an old one"},
	}
	var all []Case
	for _, f := range sandbox.Faults() {
		if !f.MustRefuse() {
			continue
		}
		c := Case{Name: string(f), Does: f.Text(), Basis: why[f].basis, Why: why[f].why, Expected: refusal, run: checkForged(f)}
		if f == sandbox.Truncated {
			c.Expected += "; in plain mode also ResultCode -1"
		}
		if !f.Fits(wechat.Plain, wechat.JSON) {
			c.modes = encrypted
		}
		all = append(all, c)
	}
	return append(all, forgeryCases...)
}

const refusal = "no reply, and no HTTP 5xx"

var answerCases = []Case{
	{
		Name: "answer", Does: "a right push about ids that do not exist", Basis: Rule, Why: pageCancel + ": the event needs a structured reply, within five seconds",
		Expected: "HTTP 200 and a reply that can be read", run: checkAnswer, first: true,
	},
}

// codeCases want each result code that can be had without changing
// anything.
var codeCases = func() (all []Case) {
	texts := map[int]string{
		-1: "other error", 30001: "BizID, OrderID or WayBillID does not exist", 30002: "collected already",
		30003: "cancelled before, or signed for long ago", 30004: "the carrier does not cancel",
	}
	for _, code := range []int{30001, 30002, 30003, 30004, -1} {
		all = append(all, rule(fmt.Sprintf("code_%d", code), "a waybill that gives "+fmt.Sprint(code), fmt.Sprintf("%s: %d, %s", pageCancel, code, texts[code]),
			fmt.Sprintf("ResultCode %d", code), checkCode(code)))
	}
	return all
}()

// cancelCases use up waybills, each one that can be cancelled.
var cancelCases = []Case{
	rule("code_0", "a waybill that can be cancelled", pageCancel+": 0, cancelled",
		"ResultCode 0", checkCancelled),
	rule("repeat", "the same event again in a new envelope", pageRetries+": FromUserName and CreateTime identify an event",
		"ResultCode 0 again", checkRepeat),
	rule("cancel_again", "a new cancel of the cancelled waybill", pageCancel+": 30003, cancelled before",
		"ResultCode 30003", checkAgain),
	advice("replayed", "another plain push with the signature of the one that cancelled", "in plain mode a signature covers no body, so whoever saw it could send any",
		refusal, checkReplayed).in(wechat.Plain),
	rule("slow_answer", sandbox.SlowAnswer.Text(), pageRetries+": without an answer in five seconds the push is sent again",
		"ResultCode 0 to the second", checkAwkward(sandbox.SlowAnswer)),
	rule("hang_up", sandbox.HangUp.Text(), pageRetries+": the connection is dropped and the push is sent again",
		"ResultCode 0 to the second", checkAwkward(sandbox.HangUp)),
	rule("twice", sandbox.Twice.Text(), pageRetries+": a repeat may come while the first is still at work",
		"ResultCode 0 to both", checkAwkward(sandbox.Twice)),
}

// oddCases are right pushes that clumsy servers get wrong.
var oddCases = []Case{
	advice("json_as_xml", sandbox.JSONAsXML.Text(), "WeChat has sent this; it documents no Content-Type",
		"ResultCode 30001", checkOdd(sandbox.JSONAsXML)).only(wechat.JSON),
	rule("event_lower", sandbox.EventLower.Text(), pageCancel+": Event is case-insensitive",
		"ResultCode 30001", checkOdd(sandbox.EventLower)),
	rule("event_upper", sandbox.EventUpper.Text(), pageCancel+": Event is case-insensitive",
		"ResultCode 30001", checkOdd(sandbox.EventUpper)),
	rule("chinese_text", "an OrderID in Chinese", pageSeal+": the length field counts bytes, not characters",
		"a reply that repeats it", checkText("订单编号一二三四五")),
	rule("markup_text", "an OrderID with < & > ]]> \" and \\", pageCancel+": OrderID is echoed unchanged",
		"a reply that repeats it", checkText(`a<b&c>d]]>e"f\g`)),
	rule("push_padding", "pushes with each padding from 1 to 32 bytes", pageSeal+": PKCS#7 padding to 32 bytes, not to 16",
		"an answer to all 32", checkPushPadding).in(encrypted...),
	rule("other_event", "a properly signed event that no page describes", pagePush+": what needs no answer gets success or an empty body",
		"success or an empty body", checkOtherEvent),
	advice("other_product", "events of WeChat's products for consumers' parcels", "a carrier that does not offer them says so; nothing else may come of it",
		"success, an empty body, or a reply with a ResultCode", checkOtherProducts),
}

var forgeryCases = []Case{
	rule("plaintext", "a plain push, right signature, no Encrypt", pageSeal+": only msg_signature covers the body, and this one has none",
		refusal, checkPlaintext(lacking{"a right signature", func(*wechat.Query) {}})).in(encrypted...),
	rule("plaintext_aes", "plain pushes that say encrypt_type=aes, without a signature, with signature alone, and with that as msg_signature", pageSeal+": msg_signature covers the Encrypt of the body, and these have none",
		refusal, checkPlaintext(
			lacking{"no signature", func(q *wechat.Query) { noSignature(q); sealedAES(q) }},
			lacking{"a right signature and no msg_signature", sealedAES},
			lacking{"signature as msg_signature", func(q *wechat.Query) { sealedAES(q); q.MsgSignature = q.Signature }},
		)).in(encrypted...),
	rule("no_signature", "right pushes but for their signatures, which are missing", pagePush+": a push is WeChat's only if its signature fits",
		refusal, checkNoSignature),
	advice("wrong_user_name", "properly signed and sealed, but ToUserName is another mini program", "a push for somebody else is not ours to answer",
		refusal, checkWrongUserName),
	advice("compatible_copy", "a compatible push whose plain OrderID is not that of the ciphertext", "no signature covers the plain copy, so only the other may be used",
		"a reply about the OrderID of the ciphertext", checkCompatibleCopy).in(wechat.Compatible),
}

var lastCases = []Case{
	advice("still_there", "a right push after all that", "no push may bring the server down",
		"ResultCode 30001", checkStillThere),
}

// replyCases judge all the replies that came in the format. The first makes some
// more, of every length.
var replyCases = []Case{
	rule("reply_padding", "all replies, and 32 more of successive lengths", pageSeal+": PKCS#7 padding to 32 bytes, a whole 32 where nothing is missing",
		"ciphertexts that can be opened, whatever the length", checkReplyPadding).in(encrypted...),
	inEnvelope("reply_app_id", "the mini program's app id ends the frame", "the app id"),
	inEnvelope("reply_sealed", "in secure mode the reply is encrypted as well", "Encrypt"),
	inPacket("reply_unsealed", Rule, pagePush+": in plain mode nothing is encrypted", "no Encrypt").in(wechat.Plain),
	inEnvelope("reply_envelope", "Encrypt, MsgSignature and Nonce, texts, spelt so", "the three texts"),
	inEnvelope("reply_signature", "MsgSignature is over token, TimeStamp, Nonce and Encrypt", "a signature that fits"),
	inEnvelope("reply_timestamp", "TimeStamp is a number of seconds", "a number, in seconds"),
	inEnvelope("reply_nonce", "Nonce is the push's", "the push's nonce"),
	inPacket("reply_format", Rule, pagePush+": the format is the console's, in both directions", "the push's format"),
	inPacket("reply_root", Rule, pagePush+": the root element is xml", "the root xml").only(wechat.XML),
	inPacket("reply_members", Rule, eventsPage+": every member is needed, spelt so, CreateTime and ResultCode numbers", "the page's members, of their types"),
	inPacket("reply_create_time", Rule, eventsPage+": CreateTime is a time in seconds", "a number of seconds"),
	inPacket("reply_swapped", Rule, eventsPage+": ToUserName is the push's FromUserName, and the reverse", "swapped names"),
	inPacket("reply_echoed", Rule, eventsPage+": BizID, OrderID, Token, and of a cancel WayBillID, are the push's", "the push's ids and token"),
	inPacket("reply_label", Rule, pageAdd+": WaybillData is ##key##value##key##value##", "that form, or nothing for the label"),
	inPacket("reply_quota", Rule, pageCheck+" and "+pageQuota+": Quota, a number, is needed", "a number, 0 or more"),
	inPacket("reply_code", Advice, ours+": merchants know the codes of the event's page only", "one of WeChat's codes"),
	inPacket("reply_extra", Advice, ours+": WeChat may not ignore what it does not know", "no further members"),
}

func inPacket(name string, basis Basis, why, expected string) Case {
	return Case{Name: name, Does: "all replies", Basis: basis, Why: why, Expected: expected, run: checkReplies, first: true}
}

func inEnvelope(name, why, expected string) Case {
	c := inPacket(name, Rule, pageSeal+": "+why, expected)
	c.modes = encrypted
	return c
}
