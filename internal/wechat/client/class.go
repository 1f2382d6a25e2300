package client

import (
	"errors"
	"slices"
)

// Class says what a failure is worth: whether the same call may succeed, and when.
type Class string

// The classes of failures. No failure is "".
const (
	Transient Class = "transient" // the next try may succeed
	Token     Class = "token"     // the access token was refused, a new one as well
	Daily     Class = "daily"     // the day's calls of this path are used up
	Minute    Class = "minute"    // the minute's are
	Setup     Class = "setup"     // somebody has to change something, here or at WeChat's
	Permanent Class = "permanent" // this call will never succeed; others may
	Unknown   Class = "unknown"   // a code that is not known: this call failed, others may succeed
)

// Classes are all of them.
func Classes() []Class {
	return []Class{Transient, Token, Daily, Minute, Setup, Permanent, Unknown}
}

// Text says what becomes of a call.
func (c Class) Text() string {
	return map[Class]string{
		Transient: "tried again",
		Token:     "the token is replaced and the call made once more; refused again it is tried again later",
		Daily:     "the path pauses until 00:00 Beijing time",
		Minute:    "the path pauses for a minute",
		Setup:     "the path pauses, with a try every five minutes",
		Permanent: "dead at once",
		Unknown:   "tried again; other calls go on",
	}[c]
}

// ClassOf is the class of what a call returned; empty where it succeeded.
func ClassOf(err error) Class {
	if err == nil {
		return ""
	}
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Code == 0 {
		return Transient
	}
	class := codeOf(e.Path, e.Code, e.Result).Class
	// Without a token no call succeeds: not one call is at fault but what all need.
	if e.Path == pathStableToken && !slices.Contains([]Class{Transient, Daily, Minute}, class) {
		return Setup
	}
	return class
}

// codeOf finds a code in the table: as it is for one path, else for all. A resultcode means
// what the errcode of the same number does only where instant delivery has given it that
// meaning: -1, and those of 9305xx.
func codeOf(path string, number int, result bool) Code {
	of := []string{path, ""}
	if result && number != -1 && number/100 != 9305 {
		of = of[:1]
	}
	for _, of := range of {
		for _, c := range codes {
			if c.Number == number && c.Path == of {
				return c
			}
		}
	}
	c := Code{Number: number, Path: path, Class: Unknown, Words: "not a code that this program knows: search WeChat's documentation for it"}
	if result || number/100 == 93005 || number/100 == 9305 {
		c.Class, c.Words = Permanent, "WeChat refuses this call: search its documentation for the code"
	}
	return c
}
