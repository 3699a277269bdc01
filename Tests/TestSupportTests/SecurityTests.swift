import Foundation
import Testing

/// SECURITY.md names the tests that try each promise: each of them exists.
struct SecurityTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    @Test func theTestsThatAreNamedExist() throws {
        let text = try String(contentsOf: Self.root.appending(path: "SECURITY.md"), encoding: .utf8)
        let names = Set(text.matches(of: /`([A-Za-z]+Tests)`/).map { String($0.1) })
        #expect(names.count > 20)
        let files = FileManager.default.enumerator(
            at: Self.root.appending(path: "Tests"), includingPropertiesForKeys: nil)
        var suites = Set<String>()
        for case let file as URL in try #require(files) where file.pathExtension == "swift" {
            let source = try String(contentsOf: file, encoding: .utf8)
            suites.formUnion(source.matches(of: /(?m)^struct ([A-Za-z]+Tests)\b/).map { String($0.1) })
        }
        #expect(names.subtracting(suites) == [])
    }
}
