package handler_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/delivery"
	"carrierhook/internal/waybill"
	"carrierhook/internal/wechat"
)

// TestProgramsOrders: orders as merchants' programs write them, byte for byte, and none of
// them a mistake of a person's: figures with the noise of floats, line breaks in pasted texts,
// fields that were cut in the middle of a character, nothing where nothing is meant. Each is taken.
func TestProgramsOrders(t *testing.T) {
	t.Parallel()
	const order, secret = "order-1", delivery.Secret("test_shop_secret")
	now := sampleTime
	catalogue := waybill.NewCatalogue([]waybill.Service{{Name: "标准快递", Code: "standard", MaxGrams: 30_000, MaxSide: 1_500, MaxCount: 10}},
		[]waybill.Area{{Collects: true, Delivers: true}}, nil, nil)
	files, err := filepath.Glob("testdata/programs/*")
	must(t, err)
	if len(files) < 30 {
		t.Fatalf("only %v", files)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			must(t, err)
			packet := strings.NewReplacer("CREATE_TIME", "1533042556", "ORDER", order, "SIGN", delivery.Sign("test_shop_id", order, secret)).Replace(strings.TrimSpace(string(text)))
			s := makeServer(t, wechat.Secure)
			var reason string
			s.store.book = func(_ context.Context, r waybill.BookingRequest) (waybill.BookingDecision, error) {
				d := waybill.DecideBooking(r, &waybill.Merchant{BizID: "xyz"}, true, nil, false, catalogue)
				reason = string(d.Reason)
				return d, nil
			}
			s.store.deliver = func(_ context.Context, r delivery.Request) (delivery.Decision, error) {
				d := delivery.DecidePush(r, &delivery.Shop{ID: "test_shop_id", Secret: secret, Active: true}, nil, delivery.NewAttempt{WaybillID: "C1"}, &delivery.Policy{Expiry: time.Hour}, now)
				reason = string(d.Reason)
				return d, nil
			}
			f := wechat.XML
			if strings.HasSuffix(file, ".json") {
				f = wechat.JSON
			}
			if w, _ := s.push(t, f, wechat.Secure, []byte(packet)); w.Code != 200 || reason != "accepted" {
				t.Errorf("status %d, %q", w.Code, reason)
			}
		})
	}
}
