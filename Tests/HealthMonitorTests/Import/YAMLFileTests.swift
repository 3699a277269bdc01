import Foundation
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

/// A file of YAML, read by the real converter or by programs that stand for it.
struct YAMLFileTests {
    private let folder: TemporaryDirectory
    private let path: String

    init() throws {
        folder = try TemporaryDirectory()
        path = try folder.write("endpoints: [", to: "gatus.yaml").path
    }

    private static func hasYAML() -> Bool {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", "-c", "import yaml"]
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }

    /// A converter that knows the place is better than the advice to install one.
    @Test(.enabled("python3-yaml is not installed") { hasYAML() })
    func whatIsWrongWithAFileIsSaid() throws {
        let path = try folder.write("a: 1\nb: [1\nc: 2\n", to: "g.yaml").path
        let error = #expect(throws: YAMLFile.Failure.self) { try YAMLFile.read(path) }
        #expect(error?.description.hasPrefix("it is not valid YAML: ") == true)
        #expect(error?.description.contains("line 3, column") == true)
        let good = try folder.write("a: {b: 1}\n", to: "good.yaml").path
        #expect(try YAMLFile.read(good)["a"] != nil)
    }

    private func shell(_ script: String) -> [String] { ["/bin/sh", "-c", script, "sh"] }

    private func fault(_ scripts: String..., timeout: Duration = .seconds(30)) -> String {
        do throws(YAMLFile.Failure) {
            _ = try YAMLFile.read(path, with: scripts.map(shell), timeout: timeout)
            return ""
        } catch {
            return error.description
        }
    }

    @Test func theFirstConverterThatReadsItCounts() throws {
        let converters = [
            ["/no/such/program"], shell("exit 127"), shell("echo 'line 3' >&2; exit 1"), shell("echo 'a: 1'"),
            shell("[ -f \"$1\" ] && echo '{\"a\": 1}'"),
        ]
        #expect(try YAMLFile.read(path, with: converters)["a"]?.integer == 1)
    }

    /// More than the 64 KiB that are kept of a plugin.
    @Test func aLongFileIsReadWhole() throws {
        let converter = shell("printf '{\"a\": \"'; head -c 200000 /dev/zero | tr '\\0' x; printf '\"}'")
        #expect(try YAMLFile.read(path, with: [converter])["a"]?.text?.utf8.count == 200_000)
    }

    @Test func aBrokenFileIsNotBlamedOnAConverter() {
        #expect(fault("exit 127", "exit 127").hasPrefix("it is not JSON, and no converter here reads it as YAML: "))
        let words = fault("exit 127", "echo 'line 3, column 4' >&2; echo more >&2; exit 1", "echo other >&2; exit 2")
        #expect(words == "it is not valid YAML: line 3, column 4 (by /bin/sh)")
        #expect(fault("exit 3") == "it is not valid YAML: no reason given (by /bin/sh)")
        #expect(fault("echo '[1]'") == "its top level has no keys (by /bin/sh)")
        #expect(fault("echo no >&2; exit 1", "echo '[1]'") == "it is not valid YAML: no (by /bin/sh)")
    }

    @Test func aConverterThatDoesNotEndIsEnded() {
        let words = fault("exec sleep 600", timeout: .milliseconds(20))
        #expect(words == "/bin/sh did not convert its YAML to JSON within 0.02 s, and was ended")
    }
}
