package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"carrierhook/internal/conformance"
	"carrierhook/internal/demo"
	"carrierhook/internal/store"
	"carrierhook/internal/wechat"
)

// parseAccount is nil where none is given. No error shows what was given.
func (c *conformanceFlags) parseAccount() (*conformance.Account, error) {
	var a conformance.Account
	var err error
	switch {
	case c.account != "":
		if a, err = conformance.ParseAccount(c.account); err != nil {
			err = fmt.Errorf("--account: %w", err)
		}
	case c.accountFile != "":
		var text []byte
		if text, err = os.ReadFile(c.accountFile); err != nil {
			return nil, fmt.Errorf("--account-file: %w", err)
		}
		if a, err = conformance.ParseAccountFile(text); err != nil {
			err = fmt.Errorf("%s: %w", c.accountFile, err)
		}
	default:
		return nil, nil
	}
	return &a, err
}

// parseShop is nil where none is given. No error shows a secret.
func (c *conformanceFlags) parseShop() (*conformance.Shop, error) {
	secret, err := secretOf("shop-secret", c.shopSecret, c.shopSecretFile)
	switch {
	case err != nil:
		return nil, err
	case c.shopID == "" && secret == "":
		return nil, nil
	case c.shopID == "" || secret == "":
		return nil, errors.New("--shop-id wants --shop-secret or --shop-secret-file with it, and they want --shop-id")
	}
	return &conformance.Shop{ID: c.shopID, Secret: wechat.Password(secret)}, nil
}

// secretOf is a secret as its flag or, without the line's end, the flag of its file has it.
func secretOf(flag, given, file string) (string, error) {
	if file == "" {
		return given, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("--%s-file: %w", flag, err)
	}
	secret := strings.TrimRight(string(text), "\r\n")
	if secret == "" {
		return "", fmt.Errorf("--%s-file: the file is empty", flag)
	}
	return secret, nil
}

func (c *conformanceFlags) parseWaybills() ([]conformance.Waybill, error) {
	var all []conformance.Waybill
	var faults []error
	for i, text := range c.waybills {
		w, err := conformance.ParseWaybill(text)
		if err != nil {
			faults = append(faults, fmt.Errorf("--waybill %d: %w", i+1, err))
		}
		all = append(all, w)
	}
	if c.file != "" {
		text, err := os.ReadFile(c.file)
		if err != nil {
			return nil, fmt.Errorf("--waybills: %w", err)
		}
		more, err := conformance.ParseWaybills(text)
		if err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", c.file, err))
		}
		all = append(all, more...)
	}
	return all, errors.Join(faults...)
}

// fromDemo fills in what is not given: waybills, a merchant and a shop of its own
// in the running demo's database, as new at every run. WeChat's sample stays as it is.
func fromDemo(ctx context.Context, dir string, o *conformance.Options) error {
	if len(o.Waybills) > 0 && o.Merchant != nil && o.Shop != nil {
		return nil
	}
	cred, err := demo.Running(dir)
	if err != nil {
		return err
	}
	st, err := store.Open(ctx, storeOptions(demo.Config(), cred.Database))
	if err != nil {
		return err
	}
	defer st.Close()
	merchants, rows, given := conformanceRows(time.Now())
	if err := st.Express.Reset(ctx, merchants, rows); err != nil {
		return err
	}
	if err := st.Instant.ResetShops(ctx, conformanceShops()); err != nil {
		return err
	}
	if len(o.Waybills) == 0 {
		o.Waybills = given
	}
	if o.Merchant == nil {
		o.Merchant = conformanceAccount()
	}
	if o.Shop == nil {
		o.Shop = &conformance.Shop{ID: conformanceShopID, Secret: wechat.Password(demo.ShopSecret)}
	}
	return nil
}
