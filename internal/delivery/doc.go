// Package delivery has the rules of instant delivery: which fields an order needs, what it
// costs, which status may follow which, and whether a merchant may place an order, place it
// again, tip, cancel or take it back.
//
// An order is identified by a shop and the shop's order id. Each placing is an attempt with
// a waybill of its own; only the last attempt can be under way, earlier ones are kept.
//
// The package has plain functions over plain values. It does not know SQL, HTTP, clocks,
// result codes or how money is written on the wire: the caller has locked the row, passes
// the time and translates the reason. Money is whole fen, never a float.
//
// WeChat's pages about it are those of the provider's events: onOrderPreAdd, onOrderAdd,
// onOrderReAdd, onOrderCancel and so on.
package delivery
