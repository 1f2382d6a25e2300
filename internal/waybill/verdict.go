package waybill

// Verdict is the decision about a scan, a charge or a registration.
type Verdict string

// The verdicts. Recorded and Repeated are the good ones.
const (
	Recorded         Verdict = "recorded"
	Repeated         Verdict = "repeated"
	NoWaybill        Verdict = "unknown_waybill"
	NoMerchant       Verdict = "unknown_merchant"
	NoService        Verdict = "unknown_service"
	WaybillCancelled Verdict = "waybill_cancelled"
	WaybillSigned    Verdict = "waybill_signed"
	KeyReused        Verdict = "key_reused"
	InFuture         Verdict = "in_future"
	NumberInUse      Verdict = "number_taken"
	OrderInUse       Verdict = "order_taken"
)

var verdictTexts = map[Verdict]string{
	Recorded:         "it is recorded now",
	Repeated:         "it had been recorded before",
	NoWaybill:        "there is no such waybill",
	NoMerchant:       "no merchant has this id",
	NoService:        "no service has this code",
	WaybillCancelled: "the waybill was cancelled",
	WaybillSigned:    "the parcel was signed for",
	KeyReused:        "another scan of the waybill has this key",
	InFuture:         "its time has not come yet",
	NumberInUse:      "the waybill number is taken, by another order or with another service or mini program",
	OrderInUse:       "the order has another waybill",
}

// Verdicts lists every verdict.
func Verdicts() []Verdict {
	return []Verdict{
		Recorded, Repeated, NoWaybill, NoMerchant, NoService, WaybillCancelled, WaybillSigned, KeyReused, InFuture,
		NumberInUse, OrderInUse,
	}
}

// Good reports whether it is recorded.
func (v Verdict) Good() bool { return v == Recorded || v == Repeated }

// Text is the verdict in a sentence.
func (v Verdict) Text() string { return verdictTexts[v] }
