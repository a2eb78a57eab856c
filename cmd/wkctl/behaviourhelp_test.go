package main

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/wkctl/wkctl/report"
)

// schema is the contract of a diagnosis, ready for use.
var schema = sync.OnceValues(func() (*jsonschema.Schema, error) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(report.Schema()))
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("diagnosis.json", doc); err != nil {
		return nil, err
	}
	return c.Compile("diagnosis.json")
})

// validated holds a report against the contract.
func validated(b []byte) error {
	s, err := schema()
	if err != nil {
		return err
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		return err
	}
	return s.Validate(doc)
}

// hook is what a badServer does with a request to its API; true: it has answered.
type hook func(w http.ResponseWriter, r *http.Request) bool

// at plays h on one path of the API; "" is every path.
func at(path string, h hook) func(*badServer) {
	return func(s *badServer) {
		s.api = func(w http.ResponseWriter, r *http.Request) bool {
			return (path == "" || r.URL.Path == path) && h(w, r)
		}
	}
}

// says answers with a status and a body.
func says(status int, kind, body string) hook {
	return func(w http.ResponseWriter, _ *http.Request) bool {
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
		return true
	}
}

// raw takes the connection of a request over and does f with it.
func raw(path string, f func(s *badServer, c net.Conn)) func(*badServer) {
	return func(s *badServer) {
		at(path, func(w http.ResponseWriter, _ *http.Request) bool {
			c, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				panic(fmt.Sprintf("taking a connection over: %v", err))
			}
			s.mu.Lock()
			s.conns[c] = true
			s.mu.Unlock()
			f(s, c)
			_ = c.Close()
			return true
		})(s)
	}
}

// bytesThen answers with bytes as they are, and then holds the connection.
func bytesThen(b string, then func(net.Conn)) func(*badServer, net.Conn) {
	return func(_ *badServer, c net.Conn) {
		_, _ = c.Write([]byte(b))
		then(c)
	}
}

func hold(c net.Conn) { drain(c) }
func hangUp(net.Conn) {}
