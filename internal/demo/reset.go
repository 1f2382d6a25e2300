package demo

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"time"

	"carrierhook/internal/store"

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
	if err := st.Reset(ctx, merchants, waybills); err != nil {
		return err
	}
	if err := st.ResetShops(ctx, Shops()); err != nil {
		return err
	}
	for _, table := range []struct {
		name string
		load func(*store.Store, context.Context, io.Reader) (store.ImportReport, error)
	}{
		{"services", (*store.Store).ImportServices},
		{"areas", (*store.Store).ImportAreas},
		{"routes", (*store.Store).ImportRoutes},
		{"ranges", (*store.Store).ImportRanges},
	} {
		text, err := sampleFiles.ReadFile("samples/" + table.name + ".csv")
		if err != nil {
			return err
		}
		_, err = table.load(st, ctx, bytes.NewReader(text))
		if _, used := errors.AsType[*store.ImportError](err); used {
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
