# Two images: `bot`, the casino bot under the launcher, and `monitor`, which monitors services.
#   docker build -t casino-bot .                            (target bot)
#   docker build -t health-monitor --target monitor .
# deploy/compose.yaml runs both. The images contain no Swift installation, and of Debian only what the programs load.
FROM swift:6.3-bookworm AS source
RUN apt-get update && apt-get install -y --no-install-recommends pkg-config libsqlite3-dev libcurl4-openssl-dev libpq-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY Package.swift ./
COPY Sources ./Sources
# The images do not contain the tests, but Package.swift needs their folders.
COPY Tests ./Tests
COPY scripts ./scripts

FROM source AS build-monitor
RUN scripts/build-release /image/bin health-monitor health-check

FROM source AS build-bot
RUN scripts/build-release /image/bin casino-bot launcher lease-keeper health-check \
    && mkdir /image/libexec \
    && strip --strip-unneeded -o /image/libexec/swift-backtrace-static /usr/libexec/swift/linux/swift-backtrace-static

FROM debian:bookworm-slim AS debian
COPY deploy/image-root /usr/local/bin/
RUN apt-get update && apt-get install -y --no-install-recommends libsqlite3-0 libcurl4 libpq5 ca-certificates tzdata busybox openssl \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 keepalive \
    && useradd --uid 10001 --gid 10001 --home-dir /data --no-create-home --shell /usr/sbin/nologin keepalive \
    && image-root /image

FROM scratch AS runtime
COPY --from=debian /image/root/ /
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
WORKDIR /data
VOLUME /data

# Configured by variables only (`health-monitor --help` lists them), or by a file:
#   docker run -v "$PWD/health-monitor.json5:/etc/health-monitor.json5:ro" health-monitor --config /etc/health-monitor.json5
# The history is /data/health.db. The root may be read-only: docker run --read-only -v monitor:/data
FROM runtime AS monitor
LABEL org.opencontainers.image.title="health-monitor" \
    org.opencontainers.image.description="Watches services, keeps their history, sends alerts" \
    org.opencontainers.image.licenses="MIT"
COPY --from=debian /image/charsets/ /
COPY --from=build-monitor /image/ /opt/health-monitor/
USER keepalive
# In a container the loopback address reaches nobody. These two win over `api` of the file, so that HEALTHCHECK asks the
# right port. Set MONITOR_API_KEY: without a key the API answers local requests alone.
# A value in a file, such as MONITOR_PORT_FILE, goes with an empty MONITOR_PORT.
ENV MONITOR_HOST=* MONITOR_PORT=8090
EXPOSE 8090
HEALTHCHECK --interval=30s --timeout=6s --start-period=40s --retries=3 \
    CMD /opt/health-monitor/bin/health-check --quiet --host localhost --port "${MONITOR_PORT:-$(cat "$MONITOR_PORT_FILE")}"
ENTRYPOINT ["/opt/health-monitor/bin/health-monitor"]

FROM runtime AS bot
LABEL org.opencontainers.image.title="casino-bot" \
    org.opencontainers.image.description="A casino with play money on Telegram, kept alive by KeepAliveKit" \
    org.opencontainers.image.licenses="MIT"
COPY --from=build-bot /image/ /opt/casino-bot/
COPY docker-startup.sh /opt/casino-bot/bin/
USER keepalive
EXPOSE 8001
# health-check finds the port; Docker understands its exit codes.
HEALTHCHECK --interval=30s --timeout=6s --start-period=40s --retries=3 \
    CMD ["/opt/casino-bot/bin/health-check", "--quiet"]
ENTRYPOINT ["/opt/casino-bot/bin/docker-startup.sh"]
