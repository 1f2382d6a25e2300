// Package delivery holds the rules of instant delivery: what an order must say,
// what it costs, how far an attempt to deliver it has come, and whether a
// merchant may place it, place it again, tip, cancel or take it back.
//
// An order is a merchant's own: a shop and the shop's order id. Each time it is
// placed it gets an attempt with a waybill of its own; only the last one can be
// under way, and those before it stay on record.
//
// It is plain functions over plain values. It knows no SQL, no HTTP, no clock,
// none of the carrier's result codes and nothing of how money is written on the
// wire: whoever calls it holds the row lock, brings the time, and translates the
// reason for the other side. Money is whole fen; no price is ever a float.
//
// WeChat's pages of it are those of the provider's events: onOrderPreAdd,
// onOrderAdd, onOrderReAdd, onOrderCancel and their neighbours.
package delivery
