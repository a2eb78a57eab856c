package main

import (
	"testing"

	"github.com/wkctl/wkctl/report/text"
)

// TestLanguage: --lang and WKCTL_LANG count first, then the environment, then the
// system, which is the only one that says it on Windows.
func TestLanguage(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		args   []string
		env    map[string]string
		system string
		want   text.Lang
	}{
		{"nothing is known", nil, nil, "", text.English},
		{"the system alone", nil, nil, "zh-CN", text.Chinese},
		{"the system in another language", nil, nil, "de-DE", text.English},
		{"auto asks the system", []string{"--lang", "auto"}, nil, "zh-Hans-CN", text.Chinese},
		{"LANG before the system", nil, map[string]string{"LANG": "en_US.UTF-8"}, "zh-CN", text.English},
		{"LC_ALL before the system", nil, map[string]string{"LC_ALL": "C"}, "zh-CN", text.English},
		{"the environment, Chinese", nil, map[string]string{"LC_MESSAGES": "zh_CN"}, "en-US", text.Chinese},
		{"WKCTL_LANG before the system", nil, map[string]string{"WKCTL_LANG": "en"}, "zh-CN", text.English},
		{"the flag before all", []string{"--lang=zh"}, map[string]string{"LANG": "en_US"}, "en-US", text.Chinese},
	} {
		w := &world{getenv: func(name string) string { return tc.env[name] }}
		if tc.system != "" {
			w.uiLanguage = func() string { return tc.system }
		}
		if got := language(w, tc.args); got != tc.want {
			t.Errorf("%s: got %q, want %q", tc.name, got, tc.want)
		}
	}
}
