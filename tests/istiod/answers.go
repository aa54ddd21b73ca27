package main

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// denied is the body of Envoy's answer to a request that its RBAC filter does not let through.
const denied = "RBAC: access denied"

// closed is all that is sure of a connection that ended: whether a TLS alert arrives before the end is a matter of luck.
const closed = "connection closed"

// verdict reads the answer of a server's sidecar.
func verdict(request *Request, got *reply, answer *Answer) error {
	if got.response != nil {
		answer.Status = got.response.StatusCode
	}
	switch {
	case got.closed != nil:
		answer.Verdict = deny
		answer.Note = closed
	case got.echoed:
		answer.Verdict = allow
	case got.response == nil:
		return fmt.Errorf("unexpected bytes %q", got.raw)
	case got.response.Header.Get(reachedHeader) != "":
		answer.Verdict = allow
	case got.response.StatusCode == http.StatusForbidden && (got.body == denied || request.Method == http.MethodHead):
		answer.Verdict = deny
	case got.response.StatusCode == http.StatusBadRequest && request.Protocol == "tcp":
		answer.Verdict = deny
		answer.Note = "the port speaks HTTP only"
	default:
		return fmt.Errorf("the server's sidecar answers %s %q", got.response.Status, got.body)
	}
	return nil
}

// routed reads the answer of a client's own sidecar.
func routed(got *reply, marked [][]Share, answer *Answer) error {
	mark := ""
	switch {
	case got.closed != nil:
		answer.Note = closed
		return nil
	case got.response != nil:
		answer.Status = got.response.StatusCode
		mark = got.response.Header.Get(reachedHeader)
		if mark == "" {
			answer.Note = "answered by the client's sidecar"
			return nil
		}
	default:
		mark = strings.TrimSpace(strings.TrimPrefix(got.raw, tcpMark))
	}
	index, err := strconv.Atoi(mark)
	if err != nil || index < 0 || index >= len(marked) {
		return fmt.Errorf("unexpected bytes %q", got.raw)
	}
	answer.Shares = marked[index]
	return nil
}
