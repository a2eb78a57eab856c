package sandbox

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"time"
)

// certificates are minted at start and live in memory only.
type certificates struct {
	root []byte // PEM to trust
	leaf tls.Certificate
}

func (c *certificates) config() *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{c.leaf}, MinVersion: tls.VersionTLS12}
}

// mint makes the certificate a TLS mode is named after. All but self-signed
// chain to a root of their own, so that an expired one, trusting that root, is
// wrong in nothing but its dates. "untrusted" differs from "valid" only in that
// its user is not meant to know the root.
func mint(mode string, now time.Time) (*certificates, error) {
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2),
		Subject:      pkix.Name{CommonName: "wkctl sandbox"},
		DNSNames:     []string{"localhost"},
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
		NotBefore:    now.Add(-48 * time.Hour),
		NotAfter:     now.Add(48 * time.Hour),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	switch mode {
	case "expired":
		leaf.NotAfter = now.Add(-24 * time.Hour)
	case "wrong-name":
		leaf.DNSNames, leaf.IPAddresses = []string{"im.example.com"}, nil
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("minting a certificate: %w", err)
	}
	if mode == "self-signed" {
		return sign(leaf, leaf, key, key)
	}
	rootKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("minting a certificate: %w", err)
	}
	root := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: "wkctl sandbox root"},
		NotBefore:    now.Add(-72 * time.Hour),
		NotAfter:     now.Add(72 * time.Hour),
		KeyUsage:     x509.KeyUsageCertSign,
		IsCA:         true, BasicConstraintsValid: true,
	}
	return sign(leaf, root, key, rootKey)
}

func sign(leaf, root *x509.Certificate, key, rootKey *ecdsa.PrivateKey) (*certificates, error) {
	der, err := x509.CreateCertificate(rand.Reader, leaf, root, &key.PublicKey, rootKey)
	if err != nil {
		return nil, fmt.Errorf("minting a certificate: %w", err)
	}
	trusted := der
	if root != leaf {
		if trusted, err = x509.CreateCertificate(rand.Reader, root, root, &rootKey.PublicKey, rootKey); err != nil {
			return nil, fmt.Errorf("minting a certificate: %w", err)
		}
	}
	return &certificates{
		root: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: trusted}),
		leaf: tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key},
	}, nil
}
