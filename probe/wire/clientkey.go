package wire

import (
	"crypto/ecdh"
	"encoding/base64"
	"fmt"
	"io"
)

// clientKeySize is the length of an X25519 public key in bytes.
const clientKeySize = 32

// NewClientKey makes a fresh X25519 public key the way every SDK sends it: 44
// characters of standard base64. wkctl never decrypts a message, so the private
// half is forgotten. The error is that of the random source.
func NewClientKey(random io.Reader) (string, error) {
	var seed [clientKeySize]byte
	if _, err := io.ReadFull(random, seed[:]); err != nil {
		return "", fmt.Errorf("reading random bytes for a client key: %w", err)
	}
	return clientKeyFrom(seed[:])
}

func clientKeyFrom(private []byte) (string, error) {
	key, err := ecdh.X25519().NewPrivateKey(private)
	if err != nil {
		return "", fmt.Errorf("making an X25519 key: %w", err)
	}
	return base64.StdEncoding.EncodeToString(key.PublicKey().Bytes()), nil
}

func checkClientKey(key string) error {
	raw, err := base64.StdEncoding.DecodeString(key)
	if err != nil || len(raw) != clientKeySize || len(key) != base64.StdEncoding.EncodedLen(clientKeySize) {
		return fmt.Errorf("encoding client key: expected the base64 of %d bytes, got %d characters that decode to %d: it would crash servers up to 2.0.10", clientKeySize, len(key), len(raw))
	}
	return nil
}
