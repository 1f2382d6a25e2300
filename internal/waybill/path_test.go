package waybill

import (
	"slices"
	"strings"
	"testing"
	"unicode"
)

// paths are all actions, in ascending order, with WeChat's for each; 0: it has none.
var paths = []struct{ action, to Action }{
	{90001, 0},
	{90002, 100003},
	{90003, 100003},
	{90010, 0},
	{90011, 0},
	{100001, 100001},
	{100002, 100002},
	{100003, 100003},
	{200001, 200001},
	{300001, 200001},
	{300002, 300002},
	{300003, 300003},
	{300004, 300004},
	{300005, 300002},
	{300006, 300002},
	{300007, 300003},
	{400001, 400001},
	{400002, 400002},
	{400003, 200001},
	{400004, 300004},
	{400005, 400002},
	{500001, 200001},
}

// pathTypes are the action types of updatePath's page.
var pathTypes = []Action{100001, 100002, 100003, 200001, 300002, 300003, 300004, 400001, 400002}

// Each action has the counterpart that is written down, or none, and WeChat has that.
func TestPathAction(t *testing.T) {
	t.Parallel()
	var all []Action
	for _, row := range paths {
		all = append(all, row.action)
		to, ok := PathAction(row.action)
		if to != row.to || ok != (row.to != 0) || ok && !slices.Contains(pathTypes, to) {
			t.Errorf("%d is WeChat's %d, %t, want %d", row.action, to, ok, row.to)
		}
	}
	if !slices.Equal(all, Actions()) {
		t.Errorf("the table is of %v, and there are %v", all, Actions())
	}
	for _, own := range pathTypes {
		if to, _ := PathAction(own); to != own {
			t.Errorf("WeChat's own %d is %d", own, to)
		}
	}
	if to, ok := PathAction(100004); to != 0 || ok {
		t.Errorf("an unknown action is WeChat's %d, %t", to, ok)
	}
}

// Each action has a text that WeChat's users can read, and no two different ones share it
// unless they mean the same.
func TestPathMessage(t *testing.T) {
	t.Parallel()
	first := map[string]Action{}
	for _, a := range Actions() {
		text := PathMessage(a)
		if text == "" || strings.ContainsFunc(text, func(r rune) bool { return !unicode.Is(unicode.Han, r) && r != '，' }) {
			t.Errorf("%d says %q", a, text)
		}
		if other, is := first[text]; is && other.Text() != a.Text() {
			t.Errorf("%d and %d both say %q", other, a, text)
		}
		first[text] = a
	}
	if text := PathMessage(100004); text != "" {
		t.Errorf("an unknown action says %q", text)
	}
}

// Of each action in each status: WeChat is told of it once the parcel was collected, and of
// a cancel only if the parcel had been.
func TestKeptBack(t *testing.T) {
	t.Parallel()
	collected := []Status{Collected, InTransit, OutForDelivery, Signed}
	for _, row := range paths {
		for _, before := range Statuses() {
			d := DecideScan(scan(row.action, 0), in(before), nil, now, now)
			if d.Verdict != Recorded {
				continue // there is no event of it
			}
			after := d.Waybill.Status
			goes := row.to != 0 && (slices.Contains(collected, after) || after == Cancelled && slices.Contains(collected, before))
			if got := KeptBack(row.action, before, after); got != !goes {
				t.Errorf("%d from %s to %s: kept back is %t", row.action, before, after, got)
			}
		}
	}
	for _, tt := range []struct {
		action        Action
		before, after Status
		want          bool
	}{
		{100003, Booked, Booked, true},
		{100002, Booked, Booked, true},
		{400002, Booked, Booked, true},
		{500001, Booked, Booked, true},
		{Cancelling, Booked, Cancelled, true},
		{Cancelling, Collected, Cancelled, false},
		{Cancelling, OutForDelivery, Cancelled, false},
		{Collecting, Booked, Collected, false},
		{200001, Booked, InTransit, false},
		{Signing, Booked, Signed, false},
		{90002, Booked, Booked, true},
		{90002, Collected, Collected, false}, // it comes late
		{90001, Collected, Collected, true},
		{90010, Signed, Signed, true},
		{90011, InTransit, InTransit, true},
		{100004, Collected, Collected, true},
	} {
		if got := KeptBack(tt.action, tt.before, tt.after); got != tt.want {
			t.Errorf("%d from %s to %s: kept back is %t", tt.action, tt.before, tt.after, got)
		}
	}
}
