package sandbox

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync"
)

// CarrierGives is the WayBillID of a push that leaves the number to the carrier.
const CarrierGives = "0"

// NumberRange is the range from which WeChat gives waybill numbers: Prefix, then
// a number in Width digits, counted up from First. The zero one is of 16 digits.
//
// Without a First the count starts anywhere in the first tenth of the range: a
// sandbox forgets what it gave when it ends, and the carrier does not.
type NumberRange struct {
	Prefix string
	Width  int
	First  int64
}

// Of the width: an int64 holds 18 digits.
const (
	minWidth     = 2
	maxWidth     = 18
	defaultWidth = 16
)

// check tells whether the range is one. The prefix is of what a bar code can show.
func (n NumberRange) check() error {
	switch {
	case strings.ContainsFunc(n.Prefix, func(c rune) bool { return c <= ' ' || c > '~' }) || len(n.Prefix)+maxWidth > MaxID:
		return errors.New("the prefix of waybill numbers is too long, or has characters that a bar code cannot show")
	case n.Width != 0 && (n.Width < minWidth || n.Width > maxWidth):
		return fmt.Errorf("waybill numbers have %d digits, and can have %d to %d", n.Width, minWidth, maxWidth)
	case n.First < 0 || n.First >= n.end():
		return fmt.Errorf("waybill number %d does not fit into the range's digits", n.First)
	}
	return nil
}

// end is the first number that the range has no digits for.
func (n NumberRange) end() int64 { return int64(math.Pow10(n.width())) }

func (n NumberRange) width() int {
	if n.Width == 0 {
		return defaultWidth
	}
	return n.Width
}

// Numbers counts a range up, for every caller.
type Numbers struct {
	in   NumberRange
	mu   sync.Mutex
	next int64
}

// Numbers begins to count a range. The error says that it is none.
func (p *Platform) Numbers(in NumberRange) (*Numbers, error) {
	if err := in.check(); err != nil || in.First > 0 {
		return &Numbers{in: in, next: in.First}, err
	}
	text, err := p.Digits(int64(in.width() - 1))
	if err != nil {
		return nil, err
	}
	first, err := strconv.ParseInt(text, 10, 64)
	return &Numbers{in: in, next: first}, err
}

// Take gives the next number. The error says that the range is used up.
func (n *Numbers) Take() (string, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.next >= n.in.end() {
		return "", errors.New("WeChat's range of waybill numbers is used up")
	}
	text := fmt.Sprintf("%s%0*d", n.in.Prefix, n.in.width(), n.next)
	n.next++
	return text, nil
}
