import Testing

@testable import KeepAliveKit

struct MetricsTextTests {
    private func text(_ format: MetricsText.Format, _ write: (inout MetricsText) -> Void) -> String {
        var text = MetricsText(format)
        write(&text)
        return String(decoding: text.finish(), as: UTF8.self)
    }

    @Test(arguments: [
        (MetricsText.Format.prometheus, "# HELP a_total Help.\n# TYPE a_total counter\na_total 3\n"),
        (.openMetrics, "# HELP a Help.\n# TYPE a counter\na_total 3\n# EOF\n"),
    ])
    func counters(format: MetricsText.Format, expected: String) {
        let found = text(format) {
            $0.family("a", .counter, "Help.")
            $0.sample(3)
        }
        #expect(found == expected)
    }

    @Test(arguments: [
        (
            MetricsText.Format.prometheus,
            "# HELP b_info Help.\n# TYPE b_info gauge\nb_info{name=\"a \\\"b\\\" \\\\ \\n\",v=\"\"} 1\n"
        ),
        (.openMetrics, "# HELP b Help.\n# TYPE b info\nb_info{name=\"a \\\"b\\\" \\\\ \\n\",v=\"\"} 1\n# EOF\n"),
    ])
    func labelsAreEscaped(format: MetricsText.Format, expected: String) {
        let found = text(format) {
            $0.family("b", .info, "Help.")
            $0.sample(1, ["name": "a \"b\" \\ \n", "v": ""])
        }
        #expect(found == expected)
    }

    @Test func theUnitIsSaidWhereItCanBe() {
        let found = text(.openMetrics) {
            $0.family("c_seconds", .gauge, "Help.")
            $0.sample(0.5)
        }
        #expect(
            found == "# HELP c_seconds Help.\n# TYPE c_seconds gauge\n# UNIT c_seconds seconds\nc_seconds 0.5\n# EOF\n")
    }

    @Test(arguments: [("bytes", true), ("ratio", true), ("count", false)])
    func onlyAUnitIsSaid(word: String, isUnit: Bool) {
        let found = text(.openMetrics) { $0.family("c_\(word)", .gauge, "Help.") }
        #expect(found.contains("# UNIT c_\(word) \(word)\n") == isUnit)
        #expect(!text(.prometheus) { $0.family("c_\(word)", .gauge, "Help.") }.contains("UNIT"))
    }

    @Test func histograms() {
        let found = text(.prometheus) {
            $0.family("d", .histogram, "Help.")
            $0.histogram([(0.1, 1), (1, 2)], count: 3, sum: 4.25)
        }
        #expect(
            found == """
                # HELP d Help.
                # TYPE d histogram
                d_bucket{le="0.1"} 1
                d_bucket{le="1"} 2
                d_bucket{le="+Inf"} 3
                d_sum 4.25
                d_count 3

                """)
    }

    /// Readers treat `1` and `1.0` as two buckets (OpenMetrics, section "Numbers").
    @Test func wholeBoundsAreWrittenAsOpenMetricsWantsThem() {
        let found = text(.openMetrics) {
            $0.family("d", .histogram, "Help.")
            $0.histogram([(0.1, 1), (1, 2), (10, 2)], count: 3, sum: 4)
        }
        #expect(
            found.split(separator: "\n").dropFirst(2) == [
                "d_bucket{le=\"0.1\"} 1", "d_bucket{le=\"1.0\"} 2", "d_bucket{le=\"10.0\"} 2",
                "d_bucket{le=\"+Inf\"} 3", "d_sum 4", "d_count 3", "# EOF",
            ])
    }

    @Test(
        arguments: [
            (0, "0"), (-1, "-1"), (1.5, "1.5"), (.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"),
            (1e300, "1e+300"),
            (9_007_199_254_740_992, "9007199254740992.0"),
        ] as [(Double, String)])
    func numbers(value: Double, expected: String) {
        #expect(MetricsText.number(value) == expected)
    }
}
