package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
)

// serveEcho answers everything with one fixed reply, without even looking: what
// a run against it costs is the loader's own cost.
func serveEcho() error {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Printf(`{"msg":"listening","public":%q}`+"\n", ln.Addr())
	return echoAll(ln)
}

func echoAll(ln net.Listener) error {
	for {
		c, err := ln.Accept()
		if err != nil {
			return err
		}
		go echo(c)
	}
}

// echo trusts that each request arrives whole, as the loader's do on loopback,
// for they are far smaller than a socket's buffer.
func echo(c net.Conn) {
	defer c.Close()
	body := `{"ResultCode":0,"ResultMsg":"success"}`
	reply := []byte("HTTP/1.1 200 OK\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body)
	in := make([]byte, 16<<10)
	for {
		if _, err := c.Read(in); err != nil {
			return
		}
		if _, err := c.Write(reply); err != nil {
			return
		}
	}
}

// serveEchoScans does so for pushes, and says of every scan that it is recorded,
// for which it has to read them: but in a process of its own, and the scans of an
// open loop are few requests.
func serveEchoScans() error {
	public, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	internal, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Printf(`{"msg":"listening","public":%q,"internal":%q}`+"\n", public.Addr(), internal.Addr())
	mux := http.NewServeMux()
	mux.HandleFunc("GET /readyz", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /metrics", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("POST "+scansPath, echoScans)
	failed := make(chan error)
	go func() { failed <- echoAll(public) }()
	go func() { failed <- http.Serve(internal, mux) }()
	return <-failed
}

func echoScans(w http.ResponseWriter, r *http.Request) {
	var scans []struct {
		WaybillID string `json:"waybill_id"`
	}
	text, err := io.ReadAll(r.Body)
	if err == nil {
		err = json.Unmarshal(text, &scans)
	}
	if err != nil {
		http.Error(w, "no scans", http.StatusBadRequest)
		return
	}
	reply := []byte(`{"results":[`)
	for i, s := range scans {
		if i > 0 {
			reply = append(reply, ',')
		}
		reply = fmt.Appendf(reply, `{"status":200,"verdict":"recorded","biz_id":"90000","waybill_id":%q,"state":"signed"}`, s.WaybillID)
	}
	_, _ = w.Write(append(reply, ']', '}')) // a loader that is gone needs no reply
}
