import Testing

@testable import KeepAliveKit

struct MetricsFormatTests {
    private static let open = "application/openmetrics-text"

    @Test(
        arguments: [
            (nil, .prometheus), ("", .prometheus), ("*/*", .prometheus), ("text/plain", .prometheus),
            ("application/json", .prometheus), ("application/*", .prometheus), ("\(open);q=0", .prometheus),
            ("\(open)", .openMetrics), ("\(open); version=1.0.0", .openMetrics),
            ("\(open); version=\"1.0.0\"; charset=utf-8", .openMetrics), ("\(open); version=0.0.1", .openMetricsDraft),
            ("APPLICATION/OpenMetrics-Text;Version=1.0.0", .openMetrics),
            // A request for an unknown version must not get an answer in an unrequested format.
            ("\(open);version=2.0.0", .prometheus), ("\(open);version=2.0.0,\(open);version=0.0.1", .openMetricsDraft),
            ("text/plain;version=0.0.4,\(open);version=1.0.0;q=0.5", .prometheus),
            ("text/plain;version=0.0.4;q=0.5,\(open);version=1.0.0;q=0.5", .openMetrics),
            ("\(open);q=0.4,*/*;q=0.5", .prometheus), ("\(open);q=0.4,text/*;q=0.5", .prometheus),
            ("\(open);q=0.5,*/*,text/plain;q=0.1", .openMetrics),
            // RFC 9110: the most specific range decides.
            ("\(open);version=1.0.0;q=0,\(open)", .openMetricsDraft),
            ("\(open);q=0.9, text/plain;version=1.0.0", .openMetrics),
            ("\(open);q=0.5,*/*,text/*;q=0.1", .openMetrics),
            ("\(open);q=0.5,text/plain,text/plain;version=0.0.4;q=0.1", .openMetrics),
            ("\(open);version=0.0.1;q=0.5,text/plain;q=0.5", .openMetricsDraft),
            ("\(open);q=nan", .prometheus), ("\(open);q=-1", .prometheus), ("\(open);q=x", .openMetrics),
            ("\(open)x", .prometheus), (",;,;q=1,=", .prometheus),
        ] as [(String?, MetricsText.Format)])
    func formats(field: String?, expected: MetricsText.Format) {
        #expect(MetricsText.Format(accept: field.map { Array($0.utf8) }) == expected)
    }

    /// The Accept headers of these Prometheus versions (scrape/scrape.go).
    @Test(
        arguments: [
            ("text/plain;version=0.0.4;q=1,*/*;q=0.1", .prometheus),
            ("\(open); version=0.0.1,text/plain;version=0.0.4;q=0.5,*/*;q=0.1", .openMetricsDraft),
            (
                "\(open);version=1.0.0,\(open);version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
                .openMetrics
            ),
            (
                "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited,"
                    + "\(open);version=1.0.0;q=0.8,\(open);version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
                .openMetrics
            ),
            (
                "\(open);version=1.0.0;escaping=allow-utf-8;q=0.5,\(open);version=0.0.1;q=0.4,"
                    + "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
                .openMetrics
            ),
        ] as [(String, MetricsText.Format)])
    func scrapers(field: String, expected: MetricsText.Format) {
        #expect(MetricsText.Format(accept: Array(field.utf8)) == expected)
    }

    @Test func theTypeSaysTheVersion() {
        #expect("\(MetricsText.Format.prometheus.contentType)" == "text/plain; version=0.0.4; charset=utf-8")
        #expect("\(MetricsText.Format.openMetrics.contentType)" == "\(Self.open); version=1.0.0; charset=utf-8")
        #expect("\(MetricsText.Format.openMetricsDraft.contentType)" == "\(Self.open); version=0.0.1; charset=utf-8")
    }

    @Test func bytesThatAreNoTextGetTheText() {
        #expect(MetricsText.Format(accept: [0xFF, 0x2C, 0x80, 0x3B]) == .prometheus)
    }
}
