//go:build !windows

package main

// uiLanguage: other systems say it in the environment.
func uiLanguage() string { return "" }
