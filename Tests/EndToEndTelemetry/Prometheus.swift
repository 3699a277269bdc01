import Foundation
import KeepAliveTestSupport

/// Prometheus from the system's package, on a free port and with temporary storage.
final class Prometheus: Sendable {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private let process: ChildProcess
    let port: UInt16

    private init(process: ChildProcess, port: UInt16) {
        self.process = process
        self.port = port
    }

    /// Starts it with the text of a `prometheus.yml`.
    static func start(in folder: TemporaryDirectory, _ configuration: String) async throws -> Prometheus {
        let file = try folder.write(configuration, to: "prometheus.yml")
        let port = try PortRow.one()
        let process = try ChildProcess(
            executable: try program("prometheus"),
            arguments: [
                "--config.file=\(file.path)", "--storage.tsdb.path=\(folder.file("storage").path)",
                "--web.listen-address=127.0.0.1:\(port)", "--query.lookback-delta=1m",
            ])
        try await process.waitForLine(containing: "Server is ready to receive web requests")
        return Prometheus(process: process, port: port)
    }

    func stop() async {
        await process.stop()
    }

    /// The current value of an expression; throws Prometheus' error for an invalid one.
    func query(_ expression: String) async throws -> [JSON] {
        let answer = try await ask("/api/v1/query?query=\(Self.encoded(expression))")
        guard let result = answer["data"]?["result"]?.array else {
            throw Failure(description: "\(expression): \(answer)")
        }
        return result
    }

    /// An expression's result once it is not empty.
    @discardableResult
    func wait(for expression: String, within limit: Duration = .seconds(60)) async throws -> [JSON] {
        try await Polling.until(within: limit, { try await self.query(expression) }, isMet: { !$0.isEmpty })
    }

    /// The values of a label, as Grafana requests them for a variable.
    func values(of label: String, in series: String) async throws -> [String] {
        let answer = try await ask("/api/v1/label/\(label)/values?match%5B%5D=\(Self.encoded(series))")
        return (answer["data"]?.array ?? []).compactMap(\.string)
    }

    func ask(_ path: String) async throws -> JSON {
        let port = port
        return try await BlockingWork.run { try RawClient.get(port: port, path: path).json() }
    }

    private static func encoded(_ text: String) -> String {
        text.utf8.map { byte in
            let scalar = UnicodeScalar(byte)
            let isPlain = byte < 0x80 && Character(scalar).isLetter || (0x30...0x39).contains(byte)
            return isPlain ? String(Character(scalar)) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }

    // MARK: Programs

    static func program(_ name: String) throws -> String {
        let paths = ["/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"].map { "\($0)/\(name)" }
        guard let path = paths.first(where: FileManager.default.isExecutableFile) else {
            throw Failure(description: "\(name) is missing: install the package prometheus (scripts/bootstrap test)")
        }
        return path
    }

    /// promtool's findings for a metrics text; empty if it accepts the text.
    static func findings(_ metrics: [UInt8], in folder: TemporaryDirectory) async throws -> String {
        let file = folder.file("metrics-\(UUID().uuidString)")
        try Data(metrics).write(to: file)
        let (status, output) = try await ChildProcess.run(
            "/bin/sh", ["-c", "exec \"$0\" check metrics < \"$1\"", program("promtool"), file.path])
        return status == .exited(0) ? output : "\(status): \(output)"
    }

    /// The findings of Prometheus' own Python parser for a text; empty if it accepts the text.
    static func parserFindings(_ metrics: [UInt8], isOpen: Bool, in folder: TemporaryDirectory) async throws -> String {
        let file = folder.file("metrics-\(UUID().uuidString)")
        try Data(metrics).write(to: file)
        let script = """
            import sys
            from prometheus_client.\(isOpen ? "openmetrics." : "")parser import text_string_to_metric_families as parse
            families = list(parse(open(sys.argv[1], newline="\\n").read()))
            assert len(families) > 5, families
            for family in families:
                buckets = [s for s in family.samples if s.name.endswith("_bucket")]
                values = [s.value for s in buckets]
                assert values == sorted(values), family
                counts = [s.value for s in family.samples if s.name.endswith("_count")]
                assert not buckets or [s.value for s in buckets if s.labels["le"] == "+Inf"] == counts, family
            """
        let (status, output) = try await ChildProcess.run("/usr/bin/python3", ["-c", script, file.path])
        return status == .exited(0) ? output : "\(status): \(output)"
    }
}
