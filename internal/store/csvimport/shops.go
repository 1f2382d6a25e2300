package csvimport

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	"carrierhook/internal/delivery"
	"carrierhook/internal/input"
)

// maxSecret is how many bytes a shop's secret may have.
const maxSecret = 256

// Shops are merged. A secret that is still sealed under the previous key is sealed anew
// under the present one, and counts as updated: after a whole file was imported nothing
// needs the previous key. Where neither key opens the stored secret of a shop, the line
// has a problem: delivery.key is the wrong one, and sealed anew under it the shop would be
// lost to the servers, which have the right one. Where the right one is lost, reseal
// takes the file's secrets instead.
func Shops(reseal bool) Kind {
	return Kind{
		table: "shop",
		key:   []string{"shop_id"},
		columns: []column{
			{name: "shop_id", read: id(delivery.MaxID)},
			{name: "secret", read: shopSecret},
			{name: "active", optional: true, read: optional(flag), fallback: "true"},
		},
		secret: &secret{column: "secret", store: func(e *Engine, id string, clear any, old []byte) ([]byte, string, error) {
			secret := clear.(delivery.Secret)
			was, present, ok := e.OpenSecret(id, old)
			switch {
			case ok && present && was == secret:
				return old, "", nil
			case old != nil && !ok && !reseal:
				// That the shop is stored makes its id an id, which may be shown.
				return nil, fmt.Sprintf("the secret of shop %q on record was sealed under another key: "+
					"delivery.key is not the one that the servers had; set that one, or, if it is lost, seal all shops anew with --reseal", id), nil
			}
			return e.SealSecret(id, secret), "", nil
		}},
		fileChecks: []string{repeated("shop_id", "shop_id", "the shop")},
		also:       "updated_at = now()",
	}
}

// NeedsKey tells whether the file cannot be imported without the key of shops' secrets.
func (k Kind) NeedsKey() bool { return k.table == "shop" }

// shopSecret is not trimmed, for it is signed with as it is; but no company gives one
// that begins or ends with a space: that is an error, which would refuse every push.
func shopSecret(secret string) (any, error) {
	switch trimmed := strings.TrimSpace(secret); {
	case trimmed == "":
		return nil, input.ErrEmpty
	case trimmed != secret:
		return nil, errors.New("has white space around it")
	case len(secret) > maxSecret:
		return nil, fmt.Errorf("is longer than %d bytes", maxSecret)
	case strings.ContainsFunc(secret, unicode.IsControl):
		return nil, errors.New("has control characters in it")
	}
	return delivery.Secret(secret), checkCell(secret)
}
