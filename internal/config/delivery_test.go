package config

import (
	"bytes"
	"testing"
)

// Keys are the 32 bytes that were written, the present one first; none where none
// is set.
func TestDeliveryKeys(t *testing.T) {
	t.Parallel()
	var a, b []byte
	for i := range byte(32) {
		a, b = append(a, i), append(b, 32+i)
	}
	for name, tc := range map[string]struct {
		environ []string
		want    [][]byte
	}{
		"none": {nil, nil},
		"one":  {[]string{"CARRIERHOOK_DELIVERY_KEY=" + deliveryKeyA}, [][]byte{a}},
		"two":  {[]string{"CARRIERHOOK_DELIVERY_KEY=" + deliveryKeyB, "CARRIERHOOK_DELIVERY_PREVIOUS_KEY=" + deliveryKeyA}, [][]byte{b, a}},
	} {
		got := mustLoad(t, "", tc.environ...).Delivery.Keys()
		if len(got) != len(tc.want) {
			t.Errorf("%s: %d keys, want %d", name, len(got), len(tc.want))
			continue
		}
		for i := range got {
			if !bytes.Equal(got[i], tc.want[i]) {
				t.Errorf("%s: key %d is %x, want %x", name, i, got[i], tc.want[i])
			}
		}
	}
}

// A previous key has another one before it. Tools that use neither do not need it.
func TestPreviousDeliveryKey(t *testing.T) {
	t.Parallel()
	const key, previous = "CARRIERHOOK_DELIVERY_KEY=", "CARRIERHOOK_DELIVERY_PREVIOUS_KEY="
	if _, _, err := load(write(t, ""), NeedServe, serving(key+deliveryKeyA, previous+deliveryKeyB)); err != nil {
		t.Error(err)
	}
	for says, environ := range map[string][]string{
		"is not 32 bytes in base64":  serving(key+deliveryKeyA, previous+deliveryKeyA[:43]),
		"delivery.key is not":        serving(previous + deliveryKeyA),
		"is the same as":             serving(key+deliveryKeyA, previous+deliveryKeyA),
		"openssl rand -base64 32":    serving(key+deliveryKeyA, previous+"hush"),
		"it has 4 characters, and s": serving(key+deliveryKeyA, previous+"hush"),
	} {
		for _, need := range []Need{NeedDatabase, NeedServe} {
			onlyProblem(t, loadProblems(t, need, "", environ...), "delivery.previous_key (CARRIERHOOK_DELIVERY_PREVIOUS_KEY) ", says, ";")
		}
	}
	if _, _, err := load(write(t, ""), NeedNothing, []string{previous + deliveryKeyA}); err != nil {
		t.Errorf("for a tool that uses neither: %v", err)
	}
	// One that is wrong, or cannot be read, is not also called missing.
	onlyProblem(t, loadProblems(t, NeedServe, "", serving("CARRIERHOOK_DELIVERY_KEY_FILE="+t.TempDir()+"/none", previous+deliveryKeyA)...), "delivery.key (CARRIERHOOK_DELIVERY_KEY) ")
	onlyProblem(t, loadProblems(t, NeedServe, "", serving(key+"hush", previous+deliveryKeyA)...), "delivery.key (CARRIERHOOK_DELIVERY_KEY) ")
}

// Without a key everything else about instant delivery is still checked: it will
// be right when the key comes.
func TestDeliveryWithoutKey(t *testing.T) {
	t.Parallel()
	onlyProblem(t, loadProblems(t, NeedServe, "delivery: {tariff: {per_km: 20000}}", serving()...), "delivery.tariff.per_km ", "10000.00 (yuan)")
}
