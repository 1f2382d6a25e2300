# make run and make test need Go, git and make; everything else they get.

STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
COMMIT  ?= $(shell git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)
IMAGE   ?= carrierhook:$(VERSION)
LDFLAGS  = -s -w -X main.version=$(VERSION) -X main.commit=$(COMMIT)

FUZZTIME ?= 1m

# Gin without MessagePack, which nobody here speaks: its library takes longer to
# compile than all the rest of ours.
export GOFLAGS := $(strip $(GOFLAGS) -tags=nomsgpack)

.DEFAULT_GOAL := help

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: postgres ## run the demonstration: a server with sample data on 127.0.0.1:8080
	go build -o bin/server ./cmd/server
	bin/server demo

.PHONY: test
test: postgres ## run every test, in random order, on a private Postgres
	go test ./... -count=1 -shuffle=on -timeout=5m

.PHONY: race
race: postgres ## run every test with the race detector (needs a C compiler)
	CGO_ENABLED=1 go test -race ./... -p 1 -parallel 4 -count=1 -shuffle=on -timeout=15m

# HISTORYFLAGS='-operations 500000 -seed 7' is longer, and makes the choices of another run again.
.PHONY: race-history
race-history: postgres ## check what 100,000 cancels, scans and reads are told while everything breaks (some minutes)
	@mkdir -p bin
	go test ./internal/history -run '^TestHistory$$' -count=1 -v -timeout=2h -artifacts -outputdir bin -operations 100000 -outage 6500ms $(HISTORYFLAGS)

.PHONY: fmt-check
fmt-check: ## fail if gofmt would change a file
	@files=$$(gofmt -l .) && if [ -n "$$files" ]; then echo "not formatted:" $$files; exit 1; fi

.PHONY: vet
vet: ## run go vet
	go vet ./...

.PHONY: lint
lint: ## run staticcheck
	go run $(STATICCHECK) ./...

.PHONY: check
check: fmt-check vet lint test race ## all that CI runs

.PHONY: fuzz
fuzz: ## run each fuzz target for FUZZTIME (1m)
	@set -e; for pkg in $$(go list ./...); do \
		for target in $$(go test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
			echo "$$pkg $$target"; \
			go test $$pkg -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME); \
		done; \
	done

# BENCHFLAGS='-rounds 1 -length 2s -waybills 50000' is a quick look.
.PHONY: bench
bench: postgres ## measure the throughput against pgbench (about 40 minutes; see bench/README.md)
	go run ./bench $(BENCHFLAGS)

.PHONY: build
build: ## build the static binary bin/server
	CGO_ENABLED=0 go build -trimpath -ldflags "$(LDFLAGS)" -o bin/server ./cmd/server

.PHONY: image
image: ## build the container image
	docker build --build-arg VERSION=$(VERSION) --build-arg COMMIT=$(COMMIT) -t $(IMAGE) .

.PHONY: postgres
postgres: ## get Postgres binaries where there are none
	@internal/localpg/get-postgres.sh

.PHONY: clean
clean: ## delete what was built; the demonstration's data in .data stays
	rm -rf bin
