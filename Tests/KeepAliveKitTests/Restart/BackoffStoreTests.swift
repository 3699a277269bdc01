import Foundation
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveKit

struct BackoffStoreTests {
    let folder: TemporaryDirectory
    let store: BackoffStore

    init() throws {
        folder = try TemporaryDirectory()
        store = BackoffStore(path: folder.file("restart_backoff.json").path)
    }

    private var names: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() }
    }

    @Test func whatIsSavedIsLoaded() throws {
        #expect(try store.load() == .nothing)
        try store.save(RestartLedgerTests.example)
        #expect(try store.load() == .ledger(RestartLedgerTests.example))
        var next = RestartLedgerTests.example
        next.record.failures = 3
        try store.save(next)
        #expect(try store.load() == .ledger(next))
        #expect(try names == ["restart_backoff.json"], "no temporary file stays")
    }

    @Test func clearingForgets() throws {
        try store.save(RestartLedgerTests.example)
        try store.clear()
        #expect(try store.load() == .nothing)
        try store.clear()
        #expect(try names.isEmpty)
    }

    @Test(arguments: ["", "{", "\u{FFFD}", String(repeating: "x", count: 100_000)])
    func aDamagedFileIsSetAside(text: String) throws {
        try folder.write(text, to: "restart_backoff.json")
        let aside = store.path + ".damaged"
        #expect(try store.load() == .damaged(movedTo: aside))
        #expect(try names == ["restart_backoff.json.damaged"])
        #expect(try String(contentsOfFile: aside, encoding: .utf8) == text, "it is kept for whoever wants to know")
        #expect(try store.load() == .nothing)
    }

    @Test func bytesThatAreNoTextAreDamageToo() throws {
        try Data([0xFF, 0xFE, 0x00]).write(to: folder.file("restart_backoff.json"))
        #expect(try store.load() == .damaged(movedTo: store.path + ".damaged"))
    }

    @Test func aFileThatCannotBeMovedIsSaid() throws {
        try folder.write("{", to: "restart_backoff.json")
        // Not even root can replace a non-empty folder by a file.
        try FileManager.default.createDirectory(
            at: folder.file("restart_backoff.json.damaged/in"), withIntermediateDirectories: true)
        #expect(try store.load() == .damaged(movedTo: nil))
    }

    @Test func aFolderInItsPlaceIsAnError() throws {
        try FileManager.default.createDirectory(
            at: folder.file("restart_backoff.json/in"), withIntermediateDirectories: true)
        #expect(throws: Errno.self) { try store.load() }
        #expect(throws: Errno.self) { try store.save(RestartLedgerTests.example) }
        #expect(throws: Errno.self) { try store.clear() }
        #expect(try names == ["restart_backoff.json"], "no temporary file stays")
    }

    /// Nobody, not even root, can write a path below a file.
    @Test func anUnwritablePlaceIsAnError() throws {
        try folder.write("", to: "file")
        let lost = BackoffStore(path: folder.file("file").path + "/restart_backoff.json")
        #expect(throws: Errno.self) { try lost.load() }
        #expect(throws: Errno.self) { try lost.save(RestartLedgerTests.example) }
        let missing = BackoffStore(path: folder.file("none").path + "/restart_backoff.json")
        #expect(try missing.load() == .nothing)
        #expect(throws: Errno.self) { try missing.save(RestartLedgerTests.example) }
    }

    /// A reader during writes sees one complete ledger, never a part.
    @Test func readersNeverSeeHalfAFile() throws {
        let store = self.store
        let ledgers = [1, Int.max].map { count in
            RestartLedger(record: .init(consecutive: count, failures: count), delay: .seconds(5), nextStart: 1)
        }
        try store.save(ledgers[0])
        let results = EventLog<Bool>()
        DispatchQueue.concurrentPerform(iterations: 2) { side in
            for turn in 0..<200 {
                if side == 0 {
                    results.append((try? store.save(ledgers[turn & 1])) != nil)
                } else if case .ledger(let found)? = try? store.load() {
                    results.append(ledgers.contains(found))
                } else {
                    results.append(false)
                }
            }
        }
        #expect(results.elements == [Bool](repeating: true, count: 400))
    }
}
