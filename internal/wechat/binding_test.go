package wechat

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"slices"
	"testing"
	"time"

	"carrierhook/internal/wechat/packet"
)

// bindingOf is the binding of a push that a Plain receiver opens.
func bindingOf(t testing.TB, q Query, body []byte) Binding {
	t.Helper()
	p, err := newReceiver(t, options(Plain)).Open(q, body)
	must(t, err)
	if p.Binding == nil {
		t.Fatal("the signature is bound to nothing")
	}
	return *p.Binding
}

// Servers compare what others of another version have written, so the making of a
// binding is pinned.
func TestBindingIsPinned(t *testing.T) {
	t.Parallel()
	q, body := samplePush(t, JSON, Plain)
	got := bindingOf(t, q, body)
	for name, hash := range map[string][2]string{
		"signature": {hex.EncodeToString(got.Signature[:]), "a55e2dece726fc94a19c683603c9ec53"},
		"body":      {hex.EncodeToString(got.Body[:]), "1f6905123e9537bc0b505411c2b3705c"},
	} {
		if hash[0] != hash[1] {
			t.Errorf("the %s's hash is %s", name, hash[0])
		}
	}
}

// The same members are the same body, however they are laid out, in whichever of the
// modes that a Plain receiver takes, and however often they are sealed.
func TestSameBody(t *testing.T) {
	t.Parallel()
	for _, f := range formats {
		q, body := samplePush(t, f, Plain)
		compatQ, compat := samplePush(t, f, Compatible)
		want := bindingOf(t, q, body)
		for what, got := range map[string]Binding{
			"laid out otherwise": bindingOf(t, q, compact(t, f, body)), "compatible": bindingOf(t, compatQ, compat),
		} {
			if got != want {
				t.Errorf("%v, %s: %x, want %x", f, what, got, want)
			}
		}
		want = bindingOf(t, q, EncodeCancel(f, sampleCancel))
		for _, random := range [][16]byte{{}, {1}} {
			q, body := newSender(t, Compatible).Push(f, sampleTime, nonce, random, EncodeCancel(f, sampleCancel))
			if got := bindingOf(t, q, body); got != want {
				t.Errorf("%v, sealed anew: %x, want %x", f, got, want)
			}
		}
	}
}

// FuzzBodyHash takes two documents: they are the same body if and only if all that is
// read of them is equal.
func FuzzBodyHash(f *testing.F) {
	f.Add([]byte(`{"a":"1","b":[1,"2",{}]}`), []byte(`{"a":"1","b":[1,"2",{}],"Encrypt":"x"}`))
	f.Add([]byte(`{"a":"1","b":"2"}`), []byte(`{"a":"1b","":"2"}`))
	f.Add([]byte(`{"a":null}`), []byte(`{"a":""}`))
	f.Add([]byte(`<xml><a>1</a></xml>`), []byte(`<xml><a><![CDATA[1]]></a><Encrypt>x</Encrypt></xml>`))
	f.Add([]byte(`<xml><a><b>1</b></a></xml>`), []byte(`<xml><a></a><b>1</b></xml>`))
	f.Add([]byte(`{"a":1,"a":2}`), []byte(`{"a":1}`))
	f.Add([]byte(`{"a":1,"a":2}`), []byte(`{"a":2,"a":1}`))
	f.Add([]byte(`<xml><a>1</a><a/></xml>`), []byte(`<xml><a>1</a><a><a/></a></xml>`))
	f.Add([]byte("{\"a\":\"\xff\"}"), []byte("{\"a\":\"\xfe\"}"))
	f.Add([]byte("<xml><a>&#0;</a></xml>"), []byte("<xml><a><![CDATA[\x00]]></a></xml>"))
	f.Add([]byte(`{"a":1,"b`), []byte(`{"a":1}`))
	f.Add([]byte(`{"a":1,"b`), []byte(`{"a":1,"c`))
	f.Add([]byte(`{"a":1}x`), []byte(`{"a":1}`))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		first, firstFormat, firstFault := packet.ParseTolerant(a)
		second, secondFormat, secondFault := packet.ParseTolerant(b)
		if firstFormat == 0 || secondFormat == 0 {
			return
		}
		plain := func(v *packet.Node) []packet.Node {
			return slices.DeleteFunc(slices.Clone(v.Children), func(m packet.Node) bool { return string(m.Name) == "Encrypt" })
		}
		equal := slices.EqualFunc(plain(&first), plain(&second), equalNodes)
		if firstFault != nil || secondFault != nil {
			equal = bytes.Equal(a, b)
		}
		if equal != (bind("s", a, &first, firstFault) == bind("s", b, &second, secondFault)) {
			t.Errorf("%q and %q: equal %t", a, b, equal)
		}
	})
}

func equalNodes(a, b packet.Node) bool {
	return string(a.Name) == string(b.Name) && a.Kind == b.Kind && a.Bare == b.Bare && string(a.Text) == string(b.Text) &&
		slices.EqualFunc(a.Children, b.Children, equalNodes)
}

// Every change of what is read of a push is another body, and every signature its own.
func TestAnotherBody(t *testing.T) {
	t.Parallel()
	for _, f := range formats {
		whole := EncodeAddWaybill(f, sampleAdd(f))
		doc, _, err := parse(whole, CheckOuterDocument)
		must(t, err)
		seen := map[[16]byte]string{bodyHash(doc): "the order"}
		another := func(what string, doc *packet.Node) {
			h := bodyHash(doc)
			if before, there := seen[h]; there {
				t.Errorf("%v: %s is the same body as %s", f, what, before)
			}
			seen[h] = what
		}
		n := 0
		eachNode(doc, func(v *packet.Node) {
			n++
			old := *v
			for what, change := range map[string]func(){
				"kind": func() { v.Kind = (v.Kind + 1) % 3 }, "bareness": func() { v.Bare = !v.Bare },
				"name": func() { v.Name = append(bytes.Clone(v.Name), '2') }, "text": func() { v.Text = append(bytes.Clone(v.Text), '2') },
				"member": func() {
					v.Children = append(slices.Clone(v.Children), packet.Node{Name: []byte("more"), Text: []byte("x")})
				},
			} {
				if scalar := v.Kind == packet.Scalar; v == doc && what != "member" || what == "text" && !scalar || what == "member" && scalar || what == "kind" && len(v.Children) == 0 && !scalar {
					continue
				}
				change()
				another(fmt.Sprintf("with another %s of value %d (%s)", what, n, old.Name), doc)
				*v = old
			}
			for i := 1; i < len(v.Children); i++ {
				v.Children[i-1], v.Children[i] = v.Children[i], v.Children[i-1]
				another(fmt.Sprintf("with members %d and %d of %s changed over", i-1, i, v.Name), doc)
				v.Children[i-1], v.Children[i] = v.Children[i], v.Children[i-1]
			}
		})
		if n < 30 {
			t.Errorf("%v: only %d values were changed", f, n)
		}
		q := newSender(t, Plain).query(sampleTime, nonce)
		first := bindingOf(t, q, whole)
		for _, other := range []Query{newSender(t, Plain).query(sampleTime.Add(time.Second), nonce), newSender(t, Plain).query(sampleTime, nonce+"1")} {
			if got := bindingOf(t, other, whole); got.Signature == first.Signature || got.Body != first.Body {
				t.Errorf("%v: another signature: %x, the first was %x", f, got, first)
			}
		}
	}
}

// eachValue visits a value and all below it.
func eachNode(v *packet.Node, visit func(*packet.Node)) {
	visit(v)
	for i := range v.Children {
		eachNode(&v.Children[i], visit)
	}
}

// One signature is the same whichever way its parts are divided between timestamp and
// nonce, for whoever has no window.
func TestBindingOfADividedSignature(t *testing.T) {
	t.Parallel()
	o := options(Plain)
	o.Window = 0
	q, body := samplePush(t, XML, Plain)
	divided := q
	divided.Timestamp, divided.Nonce = q.Nonce+q.Timestamp[:1], q.Timestamp[1:]
	if divided.Signature = Sign(token, divided.Timestamp, divided.Nonce); divided.Signature != q.Signature {
		t.Fatal("the parts are not divided so that the signature stays")
	}
	p, err := newReceiver(t, o).Open(divided, body)
	must(t, err)
	if want := bindingOf(t, q, body); *p.Binding != want {
		t.Errorf("%x, want %x", *p.Binding, want)
	}
}

// What is signed with its body is bound to nothing: the receiver's mode says so, and not
// the push's.
func TestSealedPushesAreNotBound(t *testing.T) {
	t.Parallel()
	for _, server := range []Mode{Compatible, Secure} {
		for _, m := range []Mode{Compatible, Secure} {
			q, body := samplePush(t, XML, m)
			p, err := newReceiver(t, options(server)).Open(q, body)
			must(t, err)
			if p.Binding != nil {
				t.Errorf("a %v push on a %v receiver is bound", m, server)
			}
		}
	}
}
