import Foundation
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

struct YAMLFileTests {
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
        let folder = try TemporaryDirectory()
        let path = try folder.write("a: 1\nb: [1\nc: 2\n", to: "g.yaml").path
        let error = #expect(throws: YAMLFile.Failure.self) { try YAMLFile.read(path) }
        #expect(error?.description.hasPrefix("it is not valid YAML: ") == true)
        #expect(error?.description.contains("line 3, column") == true)
        let good = try folder.write("a: {b: 1}\n", to: "good.yaml").path
        #expect(try YAMLFile.read(good)["a"] != nil)
    }
}
