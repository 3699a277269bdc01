# Two stages: the first builds with the whole toolchain, the second holds three programs and the libraries the bot links.
FROM swift:6.3-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends pkg-config libsqlite3-dev libcurl4-openssl-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY Package.swift ./
COPY Sources ./Sources
# The snippets and tests are no part of the image; Package.swift wants their folders.
COPY Tests ./Tests
COPY scripts ./scripts
RUN scripts/build-release /image/bin casino-bot launcher health-check \
    && mkdir /image/libexec \
    && cp /usr/libexec/swift/linux/swift-backtrace-static /image/libexec/

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends libsqlite3-0 libcurl4 ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin casino-bot \
    && install -d -o casino-bot -g casino-bot /data
COPY --from=build /image/ /opt/casino-bot/
COPY docker-startup.sh /opt/casino-bot/bin/
USER casino-bot
WORKDIR /data
VOLUME /data
EXPOSE 8001
# health-check finds the port; its exit codes are Docker's.
HEALTHCHECK --interval=30s --timeout=6s --start-period=40s --retries=3 \
    CMD ["/opt/casino-bot/bin/health-check", "--quiet"]
ENTRYPOINT ["/opt/casino-bot/bin/docker-startup.sh"]
