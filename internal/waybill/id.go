package waybill

// The maximum of bytes an id may have, and the texts of an order. WeChat lets a
// merchant's order id have 512, and its remark 1024.
const (
	MaxOrderID = 512
	MaxID      = 128
	MaxToken   = 1024
	MaxRemark  = 1024
)
