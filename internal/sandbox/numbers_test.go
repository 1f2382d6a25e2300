package sandbox

import (
	"errors"
	"io"
	"strings"
	"sync"
	"testing"

	"carrierhook/internal/wechat"
)

// A range is counted up to its end, by all callers.
func TestNumbersCounted(t *testing.T) {
	t.Parallel()
	n, err := new(Platform).Numbers(NumberRange{Width: 5, First: 99_000})
	if err != nil {
		t.Fatal(err)
	}
	var given sync.Map
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 125 {
				text, err := n.Take()
				if _, twice := given.LoadOrStore(text, true); twice || err != nil || len(text) != 5 {
					t.Errorf("%q, %v", text, err)
				}
			}
		})
	}
	wg.Wait()
	if text, err := n.Take(); err == nil {
		t.Errorf("%q is not in the range", text)
	}
}

// Without a first number the count starts somewhere, with room behind it.
func TestNumbersStartAnywhere(t *testing.T) {
	t.Parallel()
	starts := map[string]bool{}
	var p Platform
	for range 50 {
		n, err := p.Numbers(NumberRange{Prefix: "9", Width: 10})
		if err != nil {
			t.Fatal(err)
		}
		text, err := n.Take()
		if err != nil || len(text) != 11 || !strings.HasPrefix(text, "90") || n.next > n.in.end()/10 {
			t.Fatalf("%q, %v", text, err)
		}
		starts[text] = true
	}
	if len(starts) < 45 {
		t.Errorf("%d starts of 50", len(starts))
	}
	n, err := p.Numbers(NumberRange{})
	if err != nil {
		t.Fatal(err)
	}
	if text, err := n.Take(); err != nil || len(text) != 16 {
		t.Errorf("%q, %v", text, err)
	}
	p.Rand = strings.NewReader("")
	if _, err := p.Numbers(NumberRange{}); !errors.Is(err, io.EOF) {
		t.Errorf("without randomness: %v", err)
	}
}

// A range that is none is refused at the start.
func TestNumbersRefused(t *testing.T) {
	t.Parallel()
	for _, n := range []NumberRange{
		{Width: 1}, {Width: 19}, {Width: -1}, {Width: 4, First: 10_000}, {First: -1}, {Prefix: "号"}, {Prefix: "a b"}, {Prefix: strings.Repeat("x", 111)},
	} {
		_, err := NewAPI(APIOptions{
			Platform: &Platform{Account: wechat.SenderOptions{UserName: "gh_abcdefg"}, Format: wechat.XML}, Apps: []App{{ID: "wx"}}, Numbers: n,
		})
		if err == nil || !strings.Contains(err.Error(), "number") {
			t.Errorf("%+v: %v", n, err)
		}
	}
	for _, n := range []NumberRange{{}, {Width: 2}, {Width: 18, First: 999_999_999_999_999_999}, {Prefix: strings.Repeat("x", 110)}} {
		if err := n.check(); err != nil {
			t.Errorf("%+v: %v", n, err)
		}
	}
}
