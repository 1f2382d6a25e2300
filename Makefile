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

# Files with the tests of `make interop` and `make prove` have a tag of that name.
EVERY_TAG = -tags=nomsgpack,interop,prove

.DEFAULT_GOAL := help

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: postgres ## run the demonstration: a server with sample data on 127.0.0.1:8080
	go build -o bin/server ./cmd/server
	bin/server demo

# PACKAGES=./internal/store/express TESTFLAGS='-run TestCancel' are some tests.
PACKAGES ?= ./...
SCRATCH   = internal/store/storetest/scratch.sh

.PHONY: test
test: postgres ## run every test, in random order, on a private Postgres
	@$(SCRATCH) go test $(PACKAGES) -count=1 -shuffle=on -timeout=15m $(TESTFLAGS)

.PHONY: race
race: postgres ## run every test with the race detector (needs a C compiler)
	@CGO_ENABLED=1 $(SCRATCH) go test -race $(PACKAGES) -count=1 -shuffle=on -timeout=30m $(TESTFLAGS)

.PHONY: interop
interop: postgres ## run what needs packages of Debian, npm or Go, which it gets
	@internal/interop/get-tools.sh
	@$(SCRATCH) go test -tags=nomsgpack,interop $(PACKAGES) -run '^TestInterop' -count=1 -timeout=15m $(TESTFLAGS)

# HISTORYFLAGS='-operations 500000 -seed 7' is longer, and makes the choices of another run again.
# A standby needs pg_basebackup beside initdb; HISTORYFLAGS=-standby=false goes without.
.PHONY: history
history: postgres ## check what 10,000 cancels, scans and reads are told while everything breaks (one to two minutes)
	@mkdir -p bin
	@$(SCRATCH) go test ./internal/history -run '^TestHistory$$' -count=1 -v -timeout=2h -artifacts -outputdir bin -operations 10000 -outage 6500ms -standby $(HISTORYFLAGS)

# By hand, and with nothing else running: what it asserts in milliseconds and MiB is
# the machine's as well as ours.
.PHONY: prove
prove: postgres ## run all that is long, in full, and hold figures to their bars (about an hour and a half)
	@$(SCRATCH) go test -tags=nomsgpack,prove $(PACKAGES) -run '^TestProve' -p 1 -parallel 1 -count=1 -v -timeout=2h $(TESTFLAGS)
	@$(MAKE) --no-print-directory history HISTORYFLAGS='-operations 100000 -late 1s $(HISTORYFLAGS)'
	@$(MAKE) --no-print-directory bench BENCHFLAGS='-bars $(BENCHFLAGS)'

.PHONY: generate
generate: ## write the tables of docs/ from the program
	go generate ./...

.PHONY: fmt-check
fmt-check: ## fail if gofmt would change a file
	@files=$$(gofmt -l .) && if [ -n "$$files" ]; then echo "not formatted:" $$files; exit 1; fi

.PHONY: vet
vet: ## run go vet
	go vet $(EVERY_TAG) ./...

.PHONY: lint
lint: ## run staticcheck
	go run $(STATICCHECK) $(EVERY_TAG) ./...

.PHONY: check
check: fmt-check vet lint test race interop history ## all that CI runs

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
