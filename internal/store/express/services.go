package express

import (
	"fmt"

	"carrierhook/internal/store/pg"

	"github.com/jackc/pgx/v5"
)

// readCodes finds which codes services have, by the tables of its own moment: a service
// that was just imported counts. An empty code says that there are no services at all.
const readCodes = `SELECT DISTINCT code FROM service WHERE code = ANY ($1::text[])
	UNION ALL SELECT '' WHERE NOT EXISTS (SELECT FROM service)`

// serviceCodes are those that services have. A carrier that has imported no services
// yet, or never takes a booking, has no codes to compare with: then every one counts.
type serviceCodes map[string]bool

func loadCodes(res pgx.BatchResults) (serviceCodes, error) {
	codes := serviceCodes{}
	err := pg.EachRow(res, func(rows pgx.Rows) error {
		var code string
		err := rows.Scan(&code)
		codes[code] = true
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the services' codes: %w", err)
	}
	return codes, nil
}

func (c serviceCodes) has(code string) bool { return code == "" || c[""] || c[code] }

// UnknownServices are the services without cancelling that the catalogue does not
// have, as it was read last: a misspelt one forbids nothing.
func (s *Store) UnknownServices() (unknown []string) {
	offered := s.catalogues.current()
	for _, code := range s.policy.NoCancel {
		if !offered.HasCode(code) {
			unknown = append(unknown, code)
		}
	}
	return unknown
}
