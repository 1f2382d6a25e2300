// Package config is the program's configuration: one typed value, read once
// from a YAML file and the environment, and refused whole if any part is wrong.
//
// It knows the names, types, defaults and limits of the settings, and says
// everything that is wrong with them at once. It refuses to know what the
// settings are for: it opens no database, no listener and no log. Viper stays in here.
package config

import (
	"time"

	"carrierhook/internal/redacted"
)

// Secret is a setting that is not shown, however it is printed or marshalled.
type Secret = redacted.String

// Config is every setting there is. The key tag is the setting's name in the
// file; joined with dots it is the key, and envName makes its variable of it.
type Config struct {
	Listen         string    `key:"listen"`
	MaxConnections int       `key:"max_connections"` // that Listen has open
	InternalListen string    `key:"internal_listen"`
	InternalHosts  []string  `key:"internal_hosts"` // names for /metrics, besides IP addresses
	Language       string    `key:"language"`       // of the answers' texts
	API            API       `key:"api"`
	Database       Database  `key:"database"`
	WeChat         WeChat    `key:"wechat"`
	Cancel         Cancel    `key:"cancel"`
	Booking        Booking   `key:"booking"`
	Merchants      Merchants `key:"merchants"`
	Delivery       Delivery  `key:"delivery"`
	Events         Events    `key:"events"`
	Privacy        Privacy   `key:"privacy"`
	Ledger         Ledger    `key:"ledger"`
	Health         Health    `key:"health"`
	Shutdown       Shutdown  `key:"shutdown"`
	Log            Log       `key:"log"`
}

// API says who may call the internal API.
type API struct {
	Tokens []Token `key:"tokens"` // none: every account of this machine may call
}

// Database says which Postgres, and how to talk to it.
type Database struct {
	// URL names a Postgres that somebody runs; Dir makes the program run a
	// private one there. Exactly one of them is set.
	URL Secret `key:"url"`
	Dir string `key:"dir"`

	MaxConns         int           `key:"max_conns"`
	QueryMode        string        `key:"query_mode"`
	LockTimeout      time.Duration `key:"lock_timeout"`
	StatementTimeout time.Duration `key:"statement_timeout"`
	BatchWorkers     int           `key:"batch_workers"` // transactions of each kind at a time
	BatchSize        int           `key:"batch_size"`    // maximum number of requests that share one
}

// WeChat is what WeChat's console shows, and how pushes are treated.
type WeChat struct {
	UserName       string `key:"user_name"`
	AppID          string `key:"app_id"`
	Token          Secret `key:"token"`
	AESKey         Secret `key:"aes_key"`
	PreviousToken  Secret `key:"previous_token"`
	PreviousAESKey Secret `key:"previous_aes_key"`
	Mode           string `key:"mode"`

	AppSecretFile string   `key:"app_secret_file"`
	Calls         []string `key:"calls"` // that are made; none: WeChat is not called
	WxaPath       string   `key:"wxa_path"`

	// Accounts are several mini programs, in place of the one that all above is of. Call
	// Config.Accounts for those that there are.
	Accounts []Account `key:"accounts"`

	APIURL    string `key:"api_url"`
	APICAFile string `key:"api_ca_file"` // PEM; empty: the machine's own

	// What is in AppSecretFile and APICAFile, of a configuration that was loaded for serving
	// or calling.
	AppSecret Secret `key:"-"`
	APICA     string `key:"-"`

	TimestampWindow time.Duration `key:"timestamp_window"` // 0: not checked
	Deadline        time.Duration `key:"deadline"`
	MaxBody         Bytes         `key:"max_body"`
	MaxInFlight     int           `key:"max_in_flight"`
}

// Cancel is the carrier's policy for cancels.
type Cancel struct {
	Window                    time.Duration `key:"window"` // 0: no limit
	SignedGrace               time.Duration `key:"signed_grace"`
	ServicesWithoutCancelling []string      `key:"services_without_cancelling"`
}

// Booking says how orders are taken.
type Booking struct {
	Refresh     time.Duration `key:"refresh"`      // between two checks for a new catalogue
	NumberBlock int           `key:"number_block"` // waybill numbers that a server takes at a time
}

// Merchants says what becomes of merchants that bind their accounts.
type Merchants struct {
	Review bool `key:"review"` // by the carrier's people
}

// Privacy says how long personal data is kept.
type Privacy struct {
	Retention time.Duration `key:"retention"` // 0: for ever
}

// Ledger says how long the ledger of pushes, and the scans, are kept.
type Ledger struct {
	Retention time.Duration `key:"retention"` // 0: for ever
}

// Health says what readiness means during a database outage.
type Health struct {
	Strict bool `key:"strict"`
}

// Shutdown says how the program leaves.
type Shutdown struct {
	Drain time.Duration `key:"drain"`
}

// Log says how much is logged.
type Log struct {
	Level string `key:"level"`
}

// Default is the configuration without file and environment. It has no
// credentials and no database: those have no sensible default.
func Default() Config {
	return Config{
		Listen:         ":8080",
		MaxConnections: 6144,
		InternalListen: "127.0.0.1:9090",
		InternalHosts:  []string{},
		Language:       "zh",
		API:            API{Tokens: []Token{}},
		Database: Database{
			MaxConns:         16,
			QueryMode:        "cache_statement",
			LockTimeout:      time.Second,
			StatementTimeout: 3 * time.Second,
			BatchWorkers:     2,
			BatchSize:        256,
		},
		WeChat: WeChat{
			Mode:            "secure",
			Calls:           []string{},
			Accounts:        []Account{},
			APIURL:          "https://api.weixin.qq.com",
			TimestampWindow: 10 * time.Minute,
			Deadline:        4 * time.Second,
			MaxBody:         256 << 10,
			MaxInFlight:     8192,
		},
		Cancel: Cancel{
			Window:                    720 * time.Hour,
			SignedGrace:               72 * time.Hour,
			ServicesWithoutCancelling: []string{},
		},
		Booking: Booking{Refresh: 5 * time.Second, NumberBlock: 1000},
		Delivery: Delivery{
			QuoteValidity:    30 * time.Minute,
			Expiry:           2 * time.Hour,
			DispatchDuration: 5 * time.Minute,
			MaxDistance:      50,
			Tariff: Tariff{
				Base: 500, BaseKm: 3, BaseKg: 5, PerKm: 200, PerKg: 100, InsurancePerMille: 5, CancelFee: 200,
			},
		},
		Events:   Events{Retention: 7 * 24 * time.Hour, QuotaMark: 100, NumbersMark: 10_000, Endpoints: []Endpoint{}},
		Privacy:  Privacy{Retention: 90 * 24 * time.Hour},
		Shutdown: Shutdown{Drain: 10 * time.Second},
		Log:      Log{Level: "info"},
	}
}
