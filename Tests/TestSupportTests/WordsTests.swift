import Foundation
import Testing

/// scripts/words, which checks texts for plain words: its findings and their places.
struct WordsTests {
    private static let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "scripts/words").path

    /// The script's output for a page, line by line, without the file's name; and its exit code.
    private func check(_ page: String) throws -> (lines: [String], code: Int32) {
        let file = FileManager.default.temporaryDirectory.appending(path: "words-\(UUID()).md")
        try Data(page.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let (process, pipe) = (Process(), Pipe())
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", Self.script, file.path]
        process.standardOutput = pipe
        try process.run()
        let output = String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        return (
            output.split(separator: "\n").map { String($0.split(separator: ".md:").last ?? "") },
            process.terminationStatus
        )
    }

    @Test func plainPagesPass() throws {
        let found = try check(
            "# Title\n\nThe bot restarts. See [there](#title), `for ever` in code.\n\n    new start\n")
        #expect(found.lines == [])
        #expect(found.code == 0)
    }

    @Test(arguments: [
        ("The bot\nis told of it.", #"2: "is told""#), ("It waits for ever.", #"1: "for ever""#),
        ("See [this](#nowhere).", "1: the link #nowhere"), ("See [this](no/such.md).", "1: the link no/such.md"),
        ("Run it.\n\n    scripts/no-such 3", "3: there is no scripts/no-such"),
        ("- short\n- " + String(repeating: "word ", count: 26), "2: a sentence of 26 words"),
        ("| a | b |\n|---|---|\n| x | the new start |", #"3: "new start""#),
    ])
    func turnsLengthAndLinksAreFound(page: String, finding: String) throws {
        let found = try check(page)
        #expect(found.code == 1)
        #expect(found.lines.count == 1)
        #expect(found.lines.first?.hasPrefix(finding) == true, "\(found.lines)")
    }
}
