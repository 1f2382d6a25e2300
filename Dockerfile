# The server as one static binary on nothing. It runs as uid 65532, writes no
# file and needs no shell; the embedded Postgres (database.dir) is not in here.
#
#     docker build --build-arg VERSION=1.2.3 --build-arg COMMIT=$(git rev-parse HEAD) -t carrierhook .
#
# Both base images can be replaced (a mirror, a hardened one), and the Go
# module settings passed in: --build-arg GOPROXY=... --build-arg GOFLAGS=...
ARG BUILD_IMAGE=golang:1.26-bookworm
ARG RUN_IMAGE=scratch

FROM ${BUILD_IMAGE} AS build
ARG GOPROXY
ARG GOFLAGS
ENV CGO_ENABLED=0
WORKDIR /src

# The modules change less often than the code: a layer of their own.
COPY go.mod go.sum ./
RUN go mod download

COPY . .
ARG VERSION=unknown
ARG COMMIT=unknown
RUN go build -trimpath -buildvcs=false -tags=nomsgpack \
      -ldflags "-s -w -X main.version=${VERSION} -X main.commit=${COMMIT}" \
      -o /out/server ./cmd/server \
 && printf '%s\n' root:x:0:0:root:/:/sbin/nologin carrierhook:x:65532:65532::/:/sbin/nologin > /out/passwd \
 && printf '%s\n' root:x:0: carrierhook:x:65532: > /out/group

FROM ${RUN_IMAGE}
COPY --from=build /out/passwd /out/group /etc/
COPY --from=build /out/server /server
# Who vouches for the certificates of webhook endpoints (events.endpoints).
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
USER 65532:65532
WORKDIR /
EXPOSE 8080 9090
# Asks /healthz where the setting listen says; a server with --config needs it here too.
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s --retries=3 CMD ["/server", "healthcheck"]
ENTRYPOINT ["/server"]
CMD ["serve"]
