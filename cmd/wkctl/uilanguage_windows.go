package main

import "golang.org/x/sys/windows"

// uiLanguage gives the language that the user reads Windows in, such as "zh-CN":
// no LANG is set there. "" means that Windows does not say.
func uiLanguage() string {
	languages, err := windows.GetUserPreferredUILanguages(windows.MUI_LANGUAGE_NAME)
	if err != nil || len(languages) == 0 {
		return ""
	}
	return languages[0]
}
