package wire

import (
	"fmt"
	"strconv"
	"strings"
)

// DeviceFlag says which kind of device logs in; the server keeps one token per
// (uid, device flag). Any value from 0 to 255 is accepted by every server from
// v1.0.0 to v3; the names are those of WuKongIMGoProto common.go, except that
// 2 is called PC here (its String prints "2").
type DeviceFlag uint8

// The device flags that have a name.
const (
	FlagApp    DeviceFlag = 0  // Android, iOS, Flutter, HarmonyOS and Go SDKs
	FlagWeb    DeviceFlag = 1  // JS SDK, uni-app
	FlagPC     DeviceFlag = 2  // desktop EasySDKs
	FlagSystem DeviceFlag = 99 // the server's own
)

// String gives the number and, where it has one, the name: "1 WEB", "7".
func (f DeviceFlag) String() string {
	if name := f.Name(); name != "" {
		return strconv.Itoa(int(f)) + " " + name
	}
	return strconv.Itoa(int(f))
}

// Name gives APP, WEB, PC or SYSTEM, and "" for every other flag.
func (f DeviceFlag) Name() string {
	switch f {
	case FlagApp:
		return "APP"
	case FlagWeb:
		return "WEB"
	case FlagPC:
		return "PC"
	case FlagSystem:
		return "SYSTEM"
	}
	return ""
}

// ParseDeviceFlag reads a number from 0 to 255 or one of the names APP, WEB,
// PC, SYSTEM in any case.
func ParseDeviceFlag(s string) (DeviceFlag, error) {
	if n, err := strconv.ParseUint(s, 10, 8); err == nil {
		return DeviceFlag(n), nil
	}
	if strings.EqualFold(s, "desktop") { // as WuKongIM's documentation calls it (api/introduction)
		return FlagPC, nil
	}
	for _, f := range []DeviceFlag{FlagApp, FlagWeb, FlagPC, FlagSystem} {
		if strings.EqualFold(s, f.Name()) {
			return f, nil
		}
	}
	return 0, fmt.Errorf("parsing device flag %q: expected a number from 0 to 255, or app, web, pc", s)
}

// DeviceLevel is the rank a token is registered with: a master kicks the other
// connections of the same (uid, device flag), a slave lives beside them.
type DeviceLevel uint8

// The device levels. Servers accept other values and treat them as slave.
const (
	LevelSlave  DeviceLevel = 0
	LevelMaster DeviceLevel = 1
)

// Reason is the reason code of a CONNACK or DISCONNECT, as numbered in
// WuKongIMGoProto v1.2.3 common.go.
type Reason uint8

// The reasons that a login meets. Only these were ever seen in the CONNACK or
// DISCONNECT of v1.0.0 to v2.2.5.
const (
	ReasonUnknown          Reason = 0
	ReasonSuccess          Reason = 1
	ReasonAuthFail         Reason = 2
	ReasonConnectKick      Reason = 12
	ReasonSystemError      Reason = 15
	ReasonNodeNotMatch     Reason = 18
	ReasonBan              Reason = 19
	ReasonClientKeyIsEmpty Reason = 21
	ReasonRateLimit        Reason = 22
)

// String gives the name without its prefix ("AuthFail"), or "reason N".
func (r Reason) String() string {
	switch r {
	case ReasonUnknown:
		return "Unknown"
	case ReasonSuccess:
		return "Success"
	case ReasonAuthFail:
		return "AuthFail"
	case ReasonConnectKick:
		return "ConnectKick"
	case ReasonSystemError:
		return "SystemError"
	case ReasonNodeNotMatch:
		return "NodeNotMatch"
	case ReasonBan:
		return "Ban"
	case ReasonClientKeyIsEmpty:
		return "ClientKeyIsEmpty"
	case ReasonRateLimit:
		return "RateLimit"
	}
	return "reason " + strconv.Itoa(int(r))
}
