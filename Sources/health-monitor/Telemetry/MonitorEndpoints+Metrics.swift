import KeepAliveKit

extension MonitorEndpoints.Sources {
    /// The answer of `/metrics`. What it tells was gathered elsewhere, so that a scrape waits for nothing.
    func metrics(_ format: MetricsText.Format) -> [UInt8] {
        var text = MetricsText(format)
        MonitorMetrics(
            services: board.all, troubles: board.channelTroubles, counts: telemetry.counts, version: version
        ).append(to: &text)
        ProcessMetrics()?.append(to: &text)
        return text.finish()
    }

    /// The answer of `/metrics` to who asks for JSON.
    func numbers() -> [UInt8] { JSONWriter.document { FleetNumbers(board.all).append(to: &$0) } }
}
