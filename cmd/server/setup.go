package main

import (
	"fmt"
	"io"
	"time"

	"carrierhook/internal/config"

	"github.com/spf13/cobra"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// loadConfig reads the configuration that --config names. The warnings are for
// whoever serves with it.
func loadConfig(cmd *cobra.Command, need config.Need) (config.Config, []config.Warning, error) {
	path, err := cmd.Flags().GetString("config")
	if err != nil {
		return config.Config{}, nil, err
	}
	cfg, warnings, err := config.Load(path, need)
	if err != nil {
		return cfg, nil, fmt.Errorf("the configuration is not usable:\n%w", err)
	}
	return cfg, warnings, nil
}

// newLogger writes a JSON object a line. Nothing is sampled here: a logger
// what strangers can cause samples it.
func newLogger(w io.Writer, level string) (*zap.Logger, error) {
	l, err := zapcore.ParseLevel(level)
	if err != nil {
		return nil, fmt.Errorf("log.level: %w", err)
	}
	enc := zap.NewProductionEncoderConfig()
	enc.EncodeTime = func(t time.Time, e zapcore.PrimitiveArrayEncoder) { e.AppendString(logTime(t)) }
	enc.EncodeDuration = zapcore.SecondsDurationEncoder
	return zap.New(zapcore.NewCore(zapcore.NewJSONEncoder(enc), zapcore.Lock(zapcore.AddSync(w)), l)), nil
}

func logTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z") }

// startFields is the whole effective configuration, with secrets as set or
// unset.
func startFields(cfg config.Config) []zap.Field {
	fields := []zap.Field{zap.String("version", built.version), zap.String("commit", built.commit)}
	for _, f := range cfg.Summary() {
		fields = append(fields, zap.String(f.Key, f.Value))
	}
	return fields
}
