package sandbox

import (
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
	"fmt"
)

// serverKey is a fresh X25519 public key, as a CONNACK carries it.
func serverKey() string {
	key, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		panic(fmt.Sprintf("sandbox: generating a key: %v", err)) // the system has no randomness
	}
	return base64.StdEncoding.EncodeToString(key.PublicKey().Bytes())
}

// serverSalt is n random letters and digits: the AES IV of a session.
func serverSalt(n int) string {
	const alphabet = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	salt := make([]byte, n)
	rand.Read(salt) // never fails
	for i := range salt {
		salt[i] = alphabet[int(salt[i])%len(alphabet)]
	}
	return string(salt)
}
