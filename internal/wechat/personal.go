package wechat

import (
	"fmt"
	"io"
)

const personal = "[personal data]"

// The types below hold personal data or the token of an order, in fields that fmt
// and the encoders of loggers would show. Who needs a field names it. None is ever
// written by encoding/json or encoding/xml, so they may as well be stopped.

// Format prints the type's name only.
func (AddWaybill) Format(f fmt.State, _ rune) { hidePersonal(f, "wechat.AddWaybill") }

// MarshalText keeps the message out of JSON, XML and the loggers built on them.
func (AddWaybill) MarshalText() ([]byte, error) { return []byte(personal), nil }

// Format prints the type's name only.
func (Contact) Format(f fmt.State, _ rune) { hidePersonal(f, "wechat.Contact") }

// MarshalText keeps the contact out of JSON, XML and the loggers built on them.
func (Contact) MarshalText() ([]byte, error) { return []byte(personal), nil }

// Format prints the type's name only.
func (Cargo) Format(f fmt.State, _ rune) { hidePersonal(f, "wechat.Cargo") }

// MarshalText keeps the cargo out of JSON, XML and the loggers built on them.
func (Cargo) MarshalText() ([]byte, error) { return []byte(personal), nil }

// Format prints the type's name only.
func (CargoDetail) Format(f fmt.State, _ rune) { hidePersonal(f, "wechat.CargoDetail") }

// MarshalText keeps the goods out of JSON, XML and the loggers built on them.
func (CargoDetail) MarshalText() ([]byte, error) { return []byte(personal), nil }

// Format prints the type's name only.
func (AddReply) Format(f fmt.State, _ rune) { hidePersonal(f, "wechat.AddReply") }

// MarshalText keeps the reply out of JSON, XML and the loggers built on them.
func (AddReply) MarshalText() ([]byte, error) { return []byte(personal), nil }

// Format prints the type's name only.
func (CheckBiz) Format(f fmt.State, _ rune) { hidePersonal(f, "wechat.CheckBiz") }

// MarshalText keeps the message out of JSON, XML and the loggers built on them.
func (CheckBiz) MarshalText() ([]byte, error) { return []byte(personal), nil }

// Format prints the type's name only.
func (TransportOrder) Format(f fmt.State, _ rune) { hidePersonal(f, "wechat.TransportOrder") }

// MarshalText keeps the message out of JSON, XML and the loggers built on them.
func (TransportOrder) MarshalText() ([]byte, error) { return []byte(personal), nil }

// Format prints the type's name only.
func (TransportContact) Format(f fmt.State, _ rune) { hidePersonal(f, "wechat.TransportContact") }

// MarshalText keeps the contact out of JSON, XML and the loggers built on them.
func (TransportContact) MarshalText() ([]byte, error) { return []byte(personal), nil }

// Format prints the type's name only.
func (TransportCargo) Format(f fmt.State, _ rune) { hidePersonal(f, "wechat.TransportCargo") }

// MarshalText keeps the cargo out of JSON, XML and the loggers built on them.
func (TransportCargo) MarshalText() ([]byte, error) { return []byte(personal), nil }

// Format prints the type's name only.
func (TransportGoods) Format(f fmt.State, _ rune) { hidePersonal(f, "wechat.TransportGoods") }

// MarshalText keeps the goods out of JSON, XML and the loggers built on them.
func (TransportGoods) MarshalText() ([]byte, error) { return []byte(personal), nil }

// Format prints the type's name only.
func (TransportInfo) Format(f fmt.State, _ rune) { hidePersonal(f, "wechat.TransportInfo") }

// MarshalText keeps the note and the rest out of JSON, XML and the loggers built on them.
func (TransportInfo) MarshalText() ([]byte, error) { return []byte(personal), nil }

// Format prints the type's name only.
func (TransportAsk) Format(f fmt.State, _ rune) { hidePersonal(f, "wechat.TransportAsk") }

// MarshalText keeps the message out of JSON, XML and the loggers built on them.
func (TransportAsk) MarshalText() ([]byte, error) { return []byte(personal), nil }

// Format prints the type's name only.
func (TransportReply) Format(f fmt.State, _ rune) { hidePersonal(f, "wechat.TransportReply") }

// MarshalText keeps the reply out of JSON, XML and the loggers built on them.
func (TransportReply) MarshalText() ([]byte, error) { return []byte(personal), nil }

func hidePersonal(f fmt.State, name string) { _, _ = io.WriteString(f, name+personal) }
