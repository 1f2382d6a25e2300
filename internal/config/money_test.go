package config

import (
	"strings"
	"testing"
)

// An amount is read to the fen, however YAML or a variable has it, or refused.
func TestMoney(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Money{ // as YAML has it
		"0": 0, "5": 500, "5.5": 550, "5.50": 550, "5.05": 505, `"5.50"`: 550, `"5"`: 500, "0.1": 10, "0.29": 29, "1.15": 115,
		"9999.99": 999999, "'00.07'": 7, "1e2": 10000,
	} {
		if got := mustLoad(t, "delivery: {tariff: {base: "+text+"}}").Delivery.Tariff.Base; got != want {
			t.Errorf("%s: got %d fen, want %d", text, int64(got), int64(want))
		}
	}
	for _, text := range []string{"5.555", `"5.555"`, "0.001", `"1e2"`, `" 5"`, "'5,50'", ".5x", "true", "[5]", "{a: 5}", ".inf", ".nan", `"+5"`, "1e20", `"1234567890123456"`, `"５"`} {
		got := loadProblems(t, NeedNothing, "delivery: {tariff: {base: "+text+"}}")
		if !strings.Contains(strings.Join(got, "\n"), "delivery.tariff.base (CARRIERHOOK_DELIVERY_TARIFF_BASE) is ") {
			t.Errorf("%s: %q", text, got)
		}
	}
}

// Every amount of a hundred yuan, and some larger and negative ones, are read from
// what they are written as, by YAML without quotes too.
func TestMoneyString(t *testing.T) {
	t.Parallel()
	amounts := []Money{-1, -100, -105, 10_000_00, 99_999_999_999_999_99}
	for m := range Money(100_00) {
		amounts = append(amounts, m)
	}
	for _, m := range amounts {
		if back, err := parseMoney(m.String()); err != nil || back != m {
			t.Fatalf("%d fen are written %s and read back as %d, %v", int64(m), m, int64(back), err)
		}
	}
	for m := range Money(100_00) {
		if back, err := parseMoney(float64(m) / 100); err != nil || back != m {
			t.Fatalf("%d fen without quotes are read as %d, %v", int64(m), int64(back), err)
		}
	}
	for m, want := range map[Money]string{0: "0.00", 5: "0.05", 50: "0.50", 505: "5.05", -5: "-0.05", 1_000_000: "10000.00"} {
		if m.String() != want {
			t.Errorf("%d fen: got %s, want %s", int64(m), m, want)
		}
	}
}
