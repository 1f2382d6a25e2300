package wechat

import "errors"

// The functions here find out why a signature did not fit, for the operator's log
// only. The users of every SDK mix signature and msg_signature up, and the remedy
// depends on which one they sent.

func (r *Receiver) whySignature(q Query) string {
	switch {
	case q.Signature == "" && q.MsgSignature == "":
		return "the query has no signature: this is not WeChat, or a proxy drops the query"
	case signer(r.tokens, q.MsgSignature, q, nil) >= 0:
		return "the right signature over token, timestamp and nonce came as msg_signature: the sender must send it as signature"
	case q.Signature == "":
		return "the query has msg_signature but no signature: WeChat always sends signature; only msg_signature alone is known from WeCom"
	}
	return "signature does not fit token, timestamp and nonce: wechat.token differs from the console's, or a proxy changes the query"
}

func (r *Receiver) whyMsgSignature(q Query, encrypt []byte) string {
	tokenFits := signer(r.tokens, q.Signature, q, nil) >= 0
	switch {
	case q.MsgSignature == "" && q.EncryptType != "" && q.EncryptType != "aes":
		return "the body has Encrypt, but the query has no msg_signature and its encrypt_type is not aes: the sender is in plain mode, or a proxy changes the query"
	case q.MsgSignature == "" && signer(r.tokens, q.Signature, q, encrypt) >= 0:
		return "the right msg_signature came as signature: the sender must send it as msg_signature"
	case q.MsgSignature == "" && tokenFits:
		return "the query has no msg_signature (its signature is right, but does not cover the ciphertext): the sender must sign Encrypt as well, or a proxy drops the parameter"
	case q.MsgSignature == "":
		return "the query has no msg_signature: this is not WeChat, or a proxy drops the query"
	case signer(r.tokens, q.MsgSignature, q, nil) >= 0:
		return "msg_signature is the 3-part signature over token, timestamp and nonce: the sender must sign Encrypt as well"
	case tokenFits:
		return "signature is right, so the token is, but msg_signature does not fit: Encrypt was changed on the way, or the sender signs another text than it sends"
	}
	return "neither signature nor msg_signature fits: wechat.token differs from the console's, or a proxy changes the query"
}

func (r *Receiver) whyNoCiphertext(q Query) string {
	const cure = "; put the console to compatible mode first, or wechat.mode to plain"
	switch {
	case signer(r.tokens, q.Signature, q, nil) < 0:
		return "the body has no Encrypt, and signature does not fit either: this is not WeChat, or both token and mode differ from the console's"
	case q.EncryptType == "aes":
		return "the body has no Encrypt although the query says encrypt_type=aes and signature is right: a proxy changes the body"
	case q.EncryptType == "raw":
		return "the body has no Encrypt, signature is right and encrypt_type is raw: the console is still in plain mode" + cure
	}
	return "the body has no Encrypt and signature is right: the console is still in plain mode" + cure
}

// checkOf returns the check that a refusal names, 0 for another error.
func checkOf(err error) Check {
	var r *Refusal
	if errors.As(err, &r) {
		return r.Check
	}
	return 0
}
