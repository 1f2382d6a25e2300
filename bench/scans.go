package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"time"
)

// The carrier's own systems report scans in batches, with a token.
const (
	scansPath   = "/v1/scans"
	batchSize   = 100
	scanToken   = "dGhlIGJlbmNoJ3Mgb3duIHRva2VuLCAzMiBieXRlcy4"
	waveSize    = 100 // batches
	waveScans   = waveSize * batchSize
	stageLength = 20 * time.Minute
)

// apiTokens is the token as the server knows it.
func apiTokens() string {
	sum := sha256.Sum256([]byte(scanToken))
	return "bench:scans:" + hex.EncodeToString(sum[:])
}

// stage is one of the scans that a parcel gets on its way.
type stage struct {
	action  int
	state   string // of a waybill that has come so far
	message string
}

var stages = []stage{
	{100001, "collected", "快件已被【广州海珠】的张师傅揽收，电话18666666666"},
	{200001, "in_transit", "快件已到达【广州转运中心】，正发往【上海转运中心】"},
	{300002, "out_for_delivery", "【上海浦东】的李师傅正在派送，电话18688888888"},
	{300003, "signed", "快件已签收，签收人：本人。感谢您的使用"},
}

// scan is what is reported of a waybill: that it has come to a stage.
type scan struct{ waybill, stage int }

func (s scan) key() string {
	return fmt.Sprintf("scan-%d-%d", firstWaybill+s.waybill, stages[s.stage].action)
}

// scanReply is what a reply said of a scan.
type scanReply struct {
	scan
	recorded bool // or it may be on record or not
}

// batches are prepared requests with scans. The waybills go on their way in
// waves: all of a wave are collected, then all are in transit, and so on, so that
// the next scan of a waybill comes a second or so after the one before.
type batches struct {
	scans [][]scan
	bytes [][]byte
	began time.Time // when the parcels were collected
}

func (b *batches) len() int             { return len(b.bytes) }
func (b *batches) request(i int) []byte { return b.bytes[i] }

// walkers is how many waybills n batches are about.
func walkers(n int) int {
	whole, rest := n/(waveSize*len(stages)), n%(waveSize*len(stages))
	return (whole*waveSize + min(rest, waveSize)) * batchSize
}

// prepareScans makes n batches for the waybills from the cursor on, in a table
// of count.
func prepareScans(cursor, n, count int) *batches {
	b := &batches{scans: make([][]scan, n), bytes: make([][]byte, n), began: beginning(time.Now())}
	inParts(n, func(i int) {
		wave, in := i/(waveSize*len(stages)), i%(waveSize*len(stages))
		first := cursor + wave*waveScans + in%waveSize*batchSize
		for k := range batchSize {
			b.scans[i] = append(b.scans[i], scan{scattered(first+k, count), in / waveSize})
		}
		b.bytes[i] = scanRequest(b.scans[i], b.began)
	})
	return b
}

// beginning is when parcels were collected whose last scan is just over.
func beginning(now time.Time) time.Time {
	return now.Add(-time.Duration(len(stages)) * stageLength).Truncate(time.Second)
}

func (s scan) at(began time.Time) time.Time { return began.Add(time.Duration(s.stage) * stageLength) }

func scanRequest(scans []scan, began time.Time) []byte {
	body := []byte{'['}
	for i, s := range scans {
		if i > 0 {
			body = append(body, ',')
		}
		body = fmt.Appendf(body, `{"waybill_id":"%d","action_type":%d,"action_time":%d,"action_msg":"%s","idempotency_key":"%s"}`,
			firstWaybill+s.waybill, stages[s.stage].action, s.at(began).Unix(), stages[s.stage].message, s.key())
	}
	body = append(body, ']')
	head := "POST " + scansPath + " HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer " + scanToken +
		"\r\nContent-Type: application/json\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n"
	return append([]byte(head), body...)
}
