package main

import (
	"runtime/debug"

	"github.com/prometheus/client_golang/prometheus"
)

// The Makefile and the Dockerfile set them with -ldflags -X.
var version, commit string

// build says what the program was built from.
type build struct{ version, commit, golang string }

var built = readBuild(debug.ReadBuildInfo())

// readBuild takes what the linker was given, else what Go notes of a program that it
// builds in a repository.
func readBuild(info *debug.BuildInfo, ok bool) build {
	b := build{version: version, commit: commit, golang: "unknown"}
	if ok {
		b.golang = info.GoVersion
		if b.version == "" && info.Main.Version != "(devel)" {
			b.version = info.Main.Version
		}
		for _, s := range info.Settings {
			if b.commit == "" && s.Key == "vcs.revision" {
				b.commit = s.Value
			}
		}
	}
	if b.version == "" {
		b.version = "dev"
	}
	if b.commit == "" {
		b.commit = "unknown"
	}
	return b
}

func buildInfo() prometheus.Collector {
	info := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "carrierhook_build_info",
		Help: "1, with the version, the commit and the version of Go that the server was built from.",
	}, []string{"version", "commit", "go"})
	info.WithLabelValues(built.version, built.commit, built.golang).Set(1)
	return info
}
