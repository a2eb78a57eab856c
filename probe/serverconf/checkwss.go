package serverconf

import (
	"path"
	"strconv"
	"strings"

	"github.com/wkctl/wkctl/probe"
)

// checkWSS looks at the TLS listener: it must be on, and have a certificate that
// exists where the server runs.
func (in *instance) checkWSS() {
	listener := in.config.get(KeyWSSAddr)
	cert, key := in.config.get(KeyCertFile), in.config.get(KeyKeyFile)
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
func (in *instance) certMissing(listener, cert, key value) {
	missing := KeyCertFile + ", " + KeyKeyFile
	if cert.Text != "" {
		missing = KeyKeyFile
	} else if key.Text != "" {
		missing = KeyCertFile
	}
	is := in.found(CodeWSSCertMissing, probe.SeverityError, listener.from.at(), args{"reason": "no-certificate", "setting": KeyWSSAddr, "missing": missing})
	in.aboutValue(is, listener, cleanAddress(listener.Text))
	in.fix(is, kv{KeyWSSAddr, listenerDefault(KeyWSSAddr)}, kv{KeyCertFile, sample(KeyCertFile)}, kv{KeyKeyFile, sample(KeyKeyFile)})
}

// listenerOff: wss is advertised, or has a certificate, but wssAddr is empty, which
// is its default. A wss address without certificate settings may belong to a proxy
// that ends TLS; only the usual port of the server's own listener speaks against
// that. Ticket WuKongIM#424.
func (in *instance) listenerOff(cert, key value) {
	wss := in.config.get(KeyExternalWSSAddr)
	if !wss.Known {
		return
	}
	a, _ := parseAddress(wss.Text)
	hasCert := cert.Text != "" || key.Text != ""
	severity, reason, v := probe.SeverityWarning, "", wss
	switch {
	case wss.Text != "" && hasCert && (a.port == "" || a.port == "443" || a.path):
		severity, reason = probe.SeverityWarning, "advertised-with-certificate"
	case wss.Text != "" && hasCert:
		severity, reason = probe.SeverityError, "advertised-with-certificate"
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
	is := in.found(CodeWSSListenerOff, severity, v.from.at(), args{"reason": reason, "setting": KeyWSSAddr, "address": cleanAddress(wss.Text)})
	in.aboutValue(is, v, cleanAddress(v.Text))
	if wss.Text != "" {
	}
	if n, _ := strconv.Atoi(a.port); in.svc != nil && !in.svc.hostNetwork && n > 0 && !in.publishes(n) {
		is.Args["not_published"] = a.port
	}
	in.fix(is, kv{KeyWSSAddr, listenerDefault(KeyWSSAddr)})
}

// checkCertPath: the path counts inside the container. Ticket WuKongIM#192. A pair
// of files that cannot be loaded makes the server panic at start (v2.2.5
// options.go:892).
func (in *instance) checkCertPath(v value) {
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
	is := in.found(CodeCertPath, probe.SeverityError, v.from.at(), a)
	in.aboutValue(is, v, a["path"])
	if a["in_container"] != "" {
		in.fix(is, kv{v.Key, a["in_container"]})
		return
	}
	dir := path.Dir(cleanName(file))
	in.composeFix(is, "volumes:", "  - "+dir+":"+dir+":ro")
	is.Env = in.cat.lookup(v.Key).env + "=" + a["path"]
}

// hostLikePath: without a compose file nobody can say where the server runs. Some
// folders exist on hosts only, which is worth a word.
func (in *instance) hostLikePath(v value, file string) {
	for _, dir := range []string{"/www/server/", "/etc/letsencrypt/", "/etc/nginx/", "/usr/local/nginx/"} {
		if !strings.HasPrefix(file, dir) {
			continue
		}
		is := in.found(CodeCertPath, probe.SeverityInfo, v.from.at(), args{"reason": "host-folder", "setting": v.Key, "path": cleanName(v.Text), "in_container": ""})
		in.aboutValue(is, v, is.Args["path"])
		dir := path.Dir(is.Args["path"])
		in.composeFix(is, "volumes:", "  - "+dir+":"+dir+":ro")
		return
	}
}
