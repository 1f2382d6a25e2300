package store

import (
	"context"
	"io"

	"carrierhook/internal/waybill"
)

// ImportServices makes the services what a CSV file says. Its header names all
// of service_type and service_name (WeChat's), code (the carrier's own name, which
// waybills keep), max_weight_kg, max_side_cm, max_pieces and max_insured_yuan,
// of which 0 means that the service cannot be insured.
//
// The file is the whole truth: a service that it does not have is no longer
// offered, and one without lines is refused. The whole file is checked before
// anything is changed: what is wrong with it comes back as an *ImportError. Then
// everything is changed at once, and servers see it with their next look at the
// catalogue.
func (s *Store) ImportServices(ctx context.Context, r io.Reader) (ImportReport, error) {
	return importTable(ctx, s, r, serviceTable)
}

var serviceTable = smallTable[waybill.Service]{
	name: "service",
	columns: []string{
		"service_type", "service_name", "code", "max_grams", "max_side_mm", "max_pieces", "max_insured_fen",
	},
	keys: 2,
	key:  func(s waybill.Service) any { return keyOfService(s) },
	where: func(s *waybill.Service) []any {
		return []any{&s.Type, &s.Name, &s.Code, &s.MaxGrams, &s.MaxSide, &s.MaxCount, &s.MaxInsured}
	},
	header: []string{
		"service_type", "service_name", "code", "max_weight_kg", "max_side_cm", "max_pieces", "max_insured_yuan",
	},
	most: 1000,
	parse: func(l *importLine) waybill.Service {
		return waybill.Service{
			Type:       l.decimal("service_type", 0),
			Name:       l.id("service_name", waybill.MaxID),
			Code:       l.id("code", waybill.MaxID),
			MaxGrams:   l.positive("max_weight_kg", 3),
			MaxSide:    l.positive("max_side_cm", 1),
			MaxCount:   l.positive("max_pieces", 0),
			MaxInsured: l.decimal("max_insured_yuan", 2),
		}
	},
	together: func(lines []tableLine[waybill.Service], faults *importFaults) {
		repeated(lines, "service_name", "the service", keyOfService, faults)
	},
}

type serviceKey struct {
	typ  int64
	name string
}

func keyOfService(s waybill.Service) serviceKey { return serviceKey{s.Type, s.Name} }
