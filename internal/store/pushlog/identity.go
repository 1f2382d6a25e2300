package pushlog

import (
	"errors"

	"carrierhook/internal/ledger"
)

// Identity scans a nullable identity of a push.
type Identity ledger.PushID

func (id *Identity) ScanBytes(b []byte) error {
	*id = Identity{}
	if b != nil && copy(id[:], b) != len(id) {
		return errors.New("identity of a push is not 32 bytes")
	}
	return nil
}
