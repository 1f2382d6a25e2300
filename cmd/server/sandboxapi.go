package main

import (
	"context"
	"fmt"
	"slices"

	"carrierhook/internal/demo"
	"carrierhook/internal/origin"
	"carrierhook/internal/sandbox"
	"carrierhook/internal/sandbox/express"
	"carrierhook/internal/sandbox/instant"
	"carrierhook/internal/sandbox/receiver"
	"carrierhook/internal/wechat"

	"go.uber.org/zap"
)

// carrierRows change the rows of a carrier's that the sandbox can reach, the demo's.
type carrierRows struct {
	reset func(context.Context) error
	book  func(context.Context, express.Order) error
}

func (b *box) api(cred demo.File, log *zap.Logger, rows carrierRows) (*sandbox.API, error) {
	format, err := wechat.ParseFormat(b.flags.format)
	if err != nil {
		return nil, err
	}
	fault, err := sandbox.ParseFault(b.flags.fault)
	if err != nil {
		return nil, err
	}
	accounts, err := sandboxAccounts(b.flags.deliveryID, b.flags.accounts)
	if err != nil {
		return nil, err
	}
	numbers, err := sandboxRange(b.flags.numbers)
	if err != nil {
		return nil, fmt.Errorf("--%snumbers: %w", b.flags.prefix, err)
	}
	platform, err := newPlatform(cred, format)
	if err != nil {
		return nil, err
	}
	platform.Patience, platform.Tries = b.flags.patience, b.flags.retries+1
	orders := express.New(express.Options{
		DeliveryID: b.flags.deliveryID, Accounts: accounts, Orders: demo.SandboxOrders(b.flags.deliveryID), CarrierNumbers: b.flags.carrierNumbers,
		OnOrder: rows.book,
	})
	deliveries := instant.New(instant.Options{
		DeliveryID: b.flags.instantDeliveryID, Shops: append(slices.Clone(demo.ShopIDs), b.flags.shops...), NoToken: demo.NoToken,
	})
	return sandbox.NewAPI(sandbox.APIOptions{
		Platform:  platform,
		Apps:      []sandbox.App{{ID: demo.ShopAppID, Secret: sandbox.Secret, Shop: demo.Shop}, {ID: cred.AppID, Secret: sandbox.Secret}},
		Numbers:   numbers,
		Hosts:     origin.Hosts{Names: b.flags.hosts, Addresses: b.flags.allowRemote},
		TokenLife: b.flags.tokenLife,
		Fault:     fault,
		Log:       log,
		OnReset:   rows.reset,
	}, orders.Join, deliveries.Join, receiver.New(log).Join)
}
