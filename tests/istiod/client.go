package main

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"
)

// A call is one connection to a listener: where it would go in the mesh, and who makes it.
type call struct {
	socket      string
	source      string
	destination string
	port        uint16
	certificate *tls.Certificate // nil for plaintext
	request     *Request
}

// What a client's sidecar offers for HTTP/1.1 and for anything else; the server's filter chains ask for these.
var (
	httpALPN = []string{"istio-http/1.1", "istio", "http/1.1"}
	tcpALPN  = []string{"istio-peer-exchange", "istio"}
)

// notHTTP is what a client sends that does not speak HTTP.
const notHTTP = "\x00\x01smi\x00\r\n\r\n"

// strangerAddress is where clients are that are nowhere in the mesh.
const strangerAddress = "203.0.113.7"

const callTimeout = 10 * time.Second

// payload is what the request puts on the wire. It is written by hand: nothing may tidy up what is to be tried.
func (c *call) payload() ([]byte, error) {
	r := c.request
	if r.Protocol == "tcp" {
		return []byte(notHTTP), nil
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\n", r.Method, r.Path)
	hasHost := false
	for _, header := range r.Headers {
		hasHost = hasHost || strings.EqualFold(header[0], "host")
	}
	lines := r.Headers
	if !hasHost {
		lines = append([][2]string{{"host", c.host()}}, lines...)
	}
	for _, part := range append(lines, [2]string{r.Method, r.Path}) {
		if strings.ContainsAny(part[0]+part[1], "\r\n\x00") {
			return nil, errors.New("a line break or a zero byte cannot be sent in HTTP/1.1")
		}
	}
	for _, header := range lines {
		fmt.Fprintf(&b, "%s: %s\r\n", header[0], header[1])
	}
	b.WriteString("\r\n")
	return b.Bytes(), nil
}

// host is the name that the client calls the server by, unless the headers say another.
func (c *call) host() string {
	if to := c.request.To; to != nil && c.request.Host == "" {
		return orDefault(to.ServiceAccount) + "." + orDefault(to.Namespace)
	}
	return c.request.Host
}

// A reply is what came back: an HTTP response, the bytes that were sent, other bytes, or nothing but the end.
type reply struct {
	response *http.Response
	body     string
	echoed   bool
	raw      string
	closed   error
}

// run sends the payload and reads what comes back.
func (c *call) run(payload []byte) (*reply, error) {
	connection, err := dial(c.socket)
	if err != nil {
		return nil, err
	}
	defer connection.Close()
	connection.SetDeadline(time.Now().Add(callTimeout))
	if _, err := fmt.Fprintf(connection, "PROXY TCP4 %s %s 40000 %d\r\n", c.source, c.destination, c.port); err != nil {
		return nil, err
	}
	stream := connection
	if c.certificate != nil {
		protocols := httpALPN
		if c.request.Protocol == "tcp" {
			protocols = tcpALPN
		}
		stream = tls.Client(connection, &tls.Config{
			Certificates:       []tls.Certificate{*c.certificate},
			NextProtos:         protocols,
			CurvePreferences:   []tls.CurveID{tls.X25519},
			InsecureSkipVerify: true,
		})
	}
	// Whoever does not wait for the payload may have answered and closed already, so that only reading tells what happened.
	_, unsent := stream.Write(payload)
	reader := bufio.NewReader(stream)
	start, err := reader.Peek(len("HTTP/1.1"))
	if len(start) == 0 {
		return closedOr(errors.Join(unsent, err))
	}
	if string(start) == "HTTP/1.1" {
		return readResponse(reader, c.request.Method)
	}
	if string(start) == string(payload[:len(start)]) {
		received := make([]byte, len(payload))
		if _, err := io.ReadFull(reader, received); err != nil {
			return nil, fmt.Errorf("only a part of the echo came back: %w", err)
		}
		return &reply{echoed: bytes.Equal(received, payload), raw: string(received)}, nil
	}
	line, err := reader.ReadString('\n')
	if err != nil && !isClosed(err) {
		return nil, err
	}
	return &reply{raw: line}, nil
}

func readResponse(reader *bufio.Reader, method string) (*reply, error) {
	response, err := http.ReadResponse(reader, &http.Request{Method: method})
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	return &reply{response: response, body: string(body)}, nil
}

// dial waits for the socket: Envoy says that it has a listener shortly before it listens.
func dial(socket string) (net.Conn, error) {
	for deadline := time.Now().Add(time.Second); ; time.Sleep(5 * time.Millisecond) {
		connection, err := net.Dial("unix", socket)
		if !errors.Is(err, syscall.ECONNREFUSED) || time.Now().After(deadline) {
			return connection, err
		}
	}
}

// closedOr tells the end of a connection, which is an answer, from all other errors.
func closedOr(err error) (*reply, error) {
	if isClosed(err) {
		return &reply{closed: err}, nil
	}
	return nil, err
}

// isClosed also takes the refusal of a certificate, which is how a server ends a connection in TLS.
func isClosed(err error) bool {
	var remote *net.OpError
	refused := errors.As(err, &remote) && remote.Op == "remote error" && strings.Contains(err.Error(), "certificate")
	return refused || errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}
