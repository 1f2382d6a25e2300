package main

import (
	"fmt"
	"net"
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
