package serverconf

import (
	"fmt"
	"path"
	"strconv"
	"strings"
)

// checkWSS looks at the TLS listener: it must be on, and have a certificate that
// exists where the server runs.
func (in *instance) checkWSS() {
	listener := in.config.Get(KeyWSSAddr)
	cert, key := in.config.Get(KeyCertFile), in.config.Get(KeyKeyFile)
	if !listener.Known || !cert.Known || !key.Known {
		return
	}
	in.checkCertPath(cert)
	in.checkCertPath(key)
	on := strings.TrimSpace(listener.Text) != ""
	switch hasCert := cert.Text != "" && key.Text != ""; {
	case on && !hasCert:
		in.certMissing(listener, cert, key)
	case !on:
		in.listenerOff(cert, key)
	}
}

// certMissing: WSTLSConfig stays nil unless both files are named (v1.2.6
// options.go:352, v2.2.5 options.go:891), and the listener starts without it.
// Ticket WuKongIM#56.
func (in *instance) certMissing(listener, cert, key Value) {
	missing := KeyCertFile + " and " + KeyKeyFile
	if cert.Text != "" {
		missing = KeyKeyFile
	} else if key.Text != "" {
		missing = KeyCertFile
	}
	is := in.found(CodeWSSCertMissing, SeverityError, listener.Origin.at(), args{"reason": "no-certificate", "setting": KeyWSSAddr, "missing": missing})
	is.Key, is.Value = KeyWSSAddr, cleanAddress(listener.Text)
	is.Evidence = fmt.Sprintf("the wss listener is on without %s: a TLS ClientHello ends v1.1.0 to v2.2.5", missing)
	is.Fix = in.fix(kv{KeyWSSAddr, listenerDefault(KeyWSSAddr)}, kv{KeyCertFile, sample(KeyCertFile)}, kv{KeyKeyFile, sample(KeyKeyFile)})
}

// listenerOff: wss is advertised, or has a certificate, but wssAddr is empty, which
// is its default. A wss address without certificate settings may belong to a proxy
// that ends TLS; only the usual port of the server's own listener speaks against
// that. Ticket WuKongIM#424.
func (in *instance) listenerOff(cert, key Value) {
	wss := in.config.Get(KeyExternalWSSAddr)
	if !wss.Known {
		return
	}
	a, _ := parseAddress(wss.Text)
	hasCert := cert.Text != "" || key.Text != ""
	severity, reason, v := SeverityWarning, "", wss
	switch {
	case wss.Text != "" && hasCert && (a.port == "" || a.port == "443" || a.path):
		severity, reason = SeverityWarning, "advertised-with-certificate"
	case wss.Text != "" && hasCert:
		severity, reason = SeverityError, "advertised-with-certificate"
	case wss.Text != "" && a.port == "5210":
		reason = "advertised"
	case wss.Text == "" && hasCert:
		reason, v = "certificate-only", cert
		if cert.Text == "" {
			v = key
		}
	default:
		return
	}
	is := in.found(CodeWSSListenerOff, severity, v.Origin.at(), args{"reason": reason, "setting": KeyWSSAddr, "address": cleanAddress(wss.Text)})
	is.Key, is.Value = v.Key, cleanAddress(v.Text)
	is.Evidence = "wssAddr is not set, and the wss listener is off by default: nothing answers TLS"
	if wss.Text != "" {
		is.Evidence = fmt.Sprintf("%s is advertised, but %s", is.Args["address"], is.Evidence)
	}
	if n, _ := strconv.Atoi(a.port); in.svc != nil && !in.svc.hostNetwork && n > 0 && !in.publishes(n) {
		is.Args["not_published"] = a.port
		is.Evidence += "; the service does not publish port " + a.port + " either"
	}
	is.Fix = in.fix(kv{KeyWSSAddr, listenerDefault(KeyWSSAddr)})
}

// checkCertPath: the path counts inside the container. Ticket WuKongIM#192. A pair
// of files that cannot be loaded makes the server panic at start (v2.2.5
// options.go:892).
func (in *instance) checkCertPath(v Value) {
	if v.Text == "" {
		return
	}
	file := path.Clean(slashes(v.Text))
	if in.svc == nil {
		in.hostLikePath(v, file)
		return
	}
	if !path.IsAbs(file) && !windowsPath(v.Text) {
		file = path.Join("/home", file) // WORKDIR of the image's Dockerfile
	}
	if _, _, ok := holds(in.svc.volumes, file); ok {
		return
	}
	a := args{"reason": "not-mounted", "setting": v.Key, "path": cleanName(v.Text), "in_container": ""}
	for _, m := range in.svc.volumes {
		host := path.Clean(slashes(m.source))
		if m.source == "" || m.named || file != host && !strings.HasPrefix(file, strings.TrimSuffix(host, "/")+"/") {
			continue
		}
		a["reason"] = "host-path"
		a["in_container"] = cleanName(path.Join(m.target, strings.TrimPrefix(file, host)))
	}
	is := in.found(CodeCertPath, SeverityError, v.Origin.at(), a)
	is.Key, is.Value = v.Key, a["path"]
	is.Evidence = "no volume of the service holds this path, so the file does not exist inside the container and the server panics at start"
	if a["in_container"] != "" {
		is.Evidence = "this is the path on the host; inside the container the file is " + a["in_container"]
		is.Fix = in.fix(kv{v.Key, a["in_container"]})
		return
	}
	dir := path.Dir(cleanName(file))
	is.Fix = in.composeFix("volumes:", "  - "+dir+":"+dir+":ro")
	is.Fix.Env = in.cat.lookup(v.Key).env + "=" + a["path"]
}

// hostLikePath: without a compose file nobody can say where the server runs. Some
// folders exist on hosts only, which is worth a word.
func (in *instance) hostLikePath(v Value, file string) {
	for _, dir := range []string{"/www/server/", "/etc/letsencrypt/", "/etc/nginx/", "/usr/local/nginx/"} {
		if !strings.HasPrefix(file, dir) {
			continue
		}
		is := in.found(CodeCertPath, SeverityInfo, v.Origin.at(), args{"reason": "host-folder", "setting": v.Key, "path": cleanName(v.Text), "in_container": ""})
		is.Key, is.Value = v.Key, is.Args["path"]
		is.Evidence = "this folder belongs to the host; if the server runs in a container the path must be the one inside it"
		is.Fix = in.composeFix("volumes:", "  - "+path.Dir(is.Value)+":"+path.Dir(is.Value)+":ro")
		return
	}
}
