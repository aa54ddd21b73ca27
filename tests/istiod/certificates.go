package main

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
	"net/url"
	"strings"
	"sync"
	"time"
)

// identityOf turns the `from` of a request into a SPIFFE ID: an account, or an ID that is already one.
func identityOf(from, trustDomain string) (string, error) {
	if strings.HasPrefix(from, "spiffe://") {
		return from, nil
	}
	namespace, account, ok := accountOf(from)
	if !ok {
		return "", fmt.Errorf("%q is neither namespace/account nor a SPIFFE ID", from)
	}
	return fmt.Sprintf("spiffe://%s/ns/%s/sa/%s", trustDomain, namespace, account), nil
}

func accountOf(from string) (namespace, account string, ok bool) {
	namespace, account, ok = strings.Cut(from, "/")
	return namespace, account, ok && namespace != "" && account != "" && !strings.Contains(account, "/")
}

// authority is the CA of the mesh. One is enough for all jobs: an identity says what its trust domain is.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	mutex       sync.Mutex
	issued      map[string]*tls.Certificate
}

func newAuthority() (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{Organization: []string{"cluster.local"}},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(24 * time.Hour),
		KeyUsage:              x509.KeyUsageCertSign,
		BasicConstraintsValid: true,
		IsCA:                  true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	return &authority{certificate: certificate, key: key, issued: map[string]*tls.Certificate{}}, nil
}

// issue makes the workload certificate of a SPIFFE ID.
func (a *authority) issue(identity string) (*tls.Certificate, error) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	if certificate, issued := a.issued[identity]; issued {
		return certificate, nil
	}
	uri, err := url.Parse(identity)
	if err != nil {
		return nil, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(int64(len(a.issued) + 2)),
		NotBefore:    a.certificate.NotBefore,
		NotAfter:     a.certificate.NotAfter,
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		URIs:         []*url.URL{uri},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, &key.PublicKey, a.key)
	if err != nil {
		return nil, err
	}
	certificate := &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	a.issued[identity] = certificate
	return certificate, nil
}

// root is the CA certificate as Envoy reads it.
func (a *authority) root() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.certificate.Raw}))
}

// serverPair is a certificate and its key as Envoy reads them. Clients here do not look at it, so all servers share it.
func (a *authority) serverPair() (certificate, key string, err error) {
	pair, err := a.issue("spiffe://cluster.local/ns/server/sa/server")
	if err != nil {
		return "", "", err
	}
	der, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		return "", "", err
	}
	certificate = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: pair.Certificate[0]}))
	return certificate, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), nil
}
