package demo

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"time"

	"carrierhook/internal/store"
	"carrierhook/internal/store/csvimport"

	"go.uber.org/zap"
)

// sampleFiles are what the demo's carrier offers, as an operator would import it.
//
//go:embed samples/*.csv
var sampleFiles embed.FS

// Reset makes everything as it is at every start. What the sample merchants
// and shops have booked since goes.
func Reset(ctx context.Context, st *store.Store, log *zap.Logger) error {
	merchants, waybills := Rows(time.Now())
	if err := st.Express.Reset(ctx, merchants, waybills); err != nil {
		return err
	}
	if err := bookedByWeChat(ctx, st, SandboxOrders(DeliveryID)...); err != nil {
		return err
	}
	if err := st.Instant.ResetShops(ctx, Shops()); err != nil {
		return err
	}
	for _, table := range []struct {
		name string
		kind csvimport.Kind
	}{
		{"services", csvimport.Services},
		{"areas", csvimport.Areas},
		{"routes", csvimport.Routes},
		{"ranges", csvimport.Ranges},
	} {
		text, err := sampleFiles.ReadFile("samples/" + table.name + ".csv")
		if err != nil {
			return err
		}
		_, err = st.Import(ctx, table.kind, bytes.NewReader(text))
		if _, used := errors.AsType[*csvimport.Error](err); used {
			// Somebody has imported a range and numbers of it were given since: it
			// cannot go any more. The rest of the demo works all the same.
			log.Warn("the "+table.name+" stay as they were imported", zap.Error(err))
			continue
		}
		if err != nil {
			return fmt.Errorf("sample %s: %w", table.name, err)
		}
	}
	return nil
}
