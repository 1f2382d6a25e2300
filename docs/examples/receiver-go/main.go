// Command receiver takes carrierhook's events: it checks the signature, appends each event
// once to a file, and answers. What acts on the events reads the file, in its own time.
//
//	WEBHOOK_SECRET_FILE=secret.txt go run . 8092
//
// Something with a certificate belongs in front of it (nginx): it speaks plain HTTP.
package main

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"
)

const (
	tolerance = 5 * time.Minute // older requests are copies that somebody sends again
	maxBody   = 64 << 10        // an event has less than 20 kB
)

var validID = regexp.MustCompile(`^[\w-]{1,100}$`)

// signed tells whether one of the signatures is that of the secret. While a secret is
// being replaced there are two.
func signed(key []byte, id, timestamp string, body []byte, signatures string) bool {
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%s.", id, timestamp)
	mac.Write(body) // as it came: what was decoded and written again may have other bytes
	want := []byte("v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	for _, s := range strings.Fields(signatures) {
		if hmac.Equal([]byte(s), want) { // takes equally long wherever they differ
			return true
		}
	}
	return false
}

func receiver(key []byte, j *journal) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		id, timestamp := r.Header.Get("webhook-id"), r.Header.Get("webhook-timestamp")
		seconds, notNumber := strconv.ParseInt(timestamp, 10, 64)
		age := time.Since(time.Unix(seconds, 0)).Abs()
		switch {
		case err != nil || r.Method != http.MethodPost || !validID.MatchString(id) || notNumber != nil:
			http.Error(w, "this is no event", http.StatusBadRequest)
		case age > tolerance || !signed(key, id, timestamp, body, r.Header.Get("webhook-signature")):
			http.Error(w, "the signature or its time is wrong", http.StatusUnauthorized)
		default:
			isNew, err := j.add(id, body)
			if err != nil { // not a 2xx, so the event comes again
				log.Print(err)
				http.Error(w, "the event was not kept", http.StatusServiceUnavailable)
				return
			}
			var event struct{ Kind string }
			if _ = json.Unmarshal(body, &event); isNew {
				fmt.Println("event", id, event.Kind)
			}
			w.WriteHeader(http.StatusNoContent) // a repeated event is as welcome
		}
	}
}

func main() {
	text, err := os.ReadFile(cmp.Or(os.Getenv("WEBHOOK_SECRET_FILE"), "secret.txt"))
	if err != nil {
		log.Fatal(err)
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(strings.TrimSpace(string(text)), "whsec_"))
	if err != nil || len(key) < 24 {
		log.Fatal("the secret is not whsec_ and the base64 of 24 bytes or more")
	}
	j, err := open(cmp.Or(os.Getenv("EVENTS_FILE"), "events.txt"))
	if err != nil {
		log.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:"+cmp.Or(strings.Join(os.Args[1:], ""), "8092"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("listening on", ln.Addr())
	s := &http.Server{Handler: receiver(key, j), ReadTimeout: 10 * time.Second, IdleTimeout: time.Minute}
	log.Fatal(s.Serve(ln))
}
