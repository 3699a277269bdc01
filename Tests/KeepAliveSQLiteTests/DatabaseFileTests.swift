import Foundation
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveSQLite

@Suite
struct DatabaseFileTests {
    let file: TemporaryFile
    private let mark = DatabaseMark(
        applicationID: DatabaseMark.historyID, version: 3, earlierTables: ["checks": ["name", "time"]])

    init() throws { file = try TemporaryFile() }

    private func refusal(at path: String? = nil) -> DatabaseRefusal? {
        do {
            let found = try DatabaseFile.inspect(path ?? file.path, for: mark)
            Issue.record("\(found)")
            return nil
        } catch {
            return error
        }
    }

    private var files: [String] { (try? FileManager.default.contentsOfDirectory(atPath: file.folder).sorted()) ?? [] }
    private var content: Data? { FileManager.default.contents(atPath: file.path) }

    @Test func nothingAndAnEmptyFileAreNew() throws {
        #expect(try DatabaseFile.inspect(file.path, for: mark) == .new)
        #expect(files == [])
        try Data().write(to: URL(fileURLWithPath: file.path))
        #expect(try DatabaseFile.inspect(file.path, for: mark) == .new)
        try Database(path: file.path).execute("CREATE TABLE t (v); DROP TABLE t")
        #expect(try DatabaseFile.inspect(file.path, for: mark) == .new)
    }

    @Test(arguments: [
        "plain text", "\u{89}PNG\r\n\u{1A}\n and so on", "SQLite format 3\u{0}",
        "SQLite format 3\u{0}, or rather not. ", "x", "\u{0}",
    ])
    func whatIsNoDatabaseIsForeign(text: String) throws {
        for count in [1, 400] {
            try Data(String(repeating: text, count: count).utf8).write(to: URL(fileURLWithPath: file.path))
            let before = content
            let refusal = refusal()
            #expect(refusal?.kind == .foreign, "\(refusal as Any)")
            #expect(refusal?.description.contains(file.path) == true)
            #expect(content == before)
            #expect(files.count == 1)
        }
    }

    @Test func whatIsNoFileIsForeign() throws {
        let folder = file.folder
        try NamedPipe.make(at: file.path)
        try FileManager.default.createSymbolicLink(atPath: folder + "/link", withDestinationPath: file.path)
        for (path, word) in [
            (folder, "folder"), (file.path, "pipe"), (folder + "/link", "pipe"), ("/dev/null", "device"),
        ] {
            let refusal = refusal(at: path)
            #expect(refusal?.kind == .foreign)
            #expect(refusal?.description.contains(word) == true, "\(refusal as Any)")
        }
        #expect(refusal(at: folder + "/missing/health.db")?.kind == .unreachable)
        #expect(refusal(at: file.path + "/health.db")?.kind == .unreachable)
        #expect(refusal(at: "a\u{0}b")?.kind == .unreachable)
    }

    /// Tables, or the mark, in the file itself or only in its log, as after a kill.
    @Test(arguments: [
        "CREATE TABLE bookmarks (url)", "PRAGMA application_id = 0x42424242; CREATE TABLE checks (name, time)",
        "PRAGMA application_id = 0x4B414C47; CREATE TABLE accounts (user_id)", "CREATE TABLE checks (name)",
        "PRAGMA user_version = 7",
    ])
    func anotherProgramsDatabaseIsForeign(sql: String) throws {
        for isInLog in [false, true] {
            try? FileManager.default.removeItem(atPath: file.path)
            try write(sql, inLog: isInLog)
            let before = (content, files)
            let refusal = refusal()
            #expect(refusal?.kind == .foreign, "\(refusal as Any)")
            #expect(content == before.0)
            #expect(files == before.1)
        }
    }

    @Test func oursIsKnownByItsMarkOrItsTables() throws {
        for isInLog in [false, true] {
            try write("CREATE TABLE checks (id, name, time); CREATE TABLE other (x)", inLog: isInLog)
            #expect(try DatabaseFile.inspect(file.path, for: mark) == .unmarked)
            try write("PRAGMA application_id = 0x4B41484D; CREATE TABLE t (v)", inLog: isInLog)
            #expect(try DatabaseFile.inspect(file.path, for: mark) == .own)
            try write("PRAGMA application_id = 0x4B41484D; PRAGMA user_version = 4", inLog: isInLog)
            #expect(refusal()?.kind == .newer)
            #expect(refusal()?.description.contains("schema 4") == true)
        }
    }

    /// The tables are read by a URI, in which many characters have a meaning.
    @Test(arguments: ["a b", "50%41", "what?mode=memory", "#1", "ünï 🎲", "line\nbreak", "a&b=c;d", "+", "\u{F}f"])
    func anyNameIsRead(name: String) throws {
        let path = "\(file.folder)/\(name)"
        try Database(path: path).execute("CREATE TABLE checks (name, time)")
        #expect(try DatabaseFile.inspect(path, for: mark) == .unmarked)
        #expect(files == [name], "it makes no other file")
    }

    /// As a person gives it.
    @Test func aPathMayBeRelativeOrInTheRoot() throws {
        let folder = FileManager.default.currentDirectoryPath
        let up = String(repeating: "../", count: folder.split(separator: "/").count)
        let path = "\(up)\(file.path.dropFirst())"
        #expect(try DatabaseFile.inspect(path, for: mark) == .new)
        try write("CREATE TABLE checks (name, time)", inLog: false)
        #expect(try DatabaseFile.inspect(path, for: mark) == .unmarked)
        let inRoot = "/\(UUID().uuidString).db"
        // Not everybody may write there.
        switch Result(catching: { () throws(DatabaseRefusal) in try DatabaseFile.inspect(inRoot, for: mark) }) {
        case .success(let found): #expect(found == .new)
        case .failure(let refusal): #expect(refusal.description.hasSuffix("the folder / is not writable"))
        }
    }

    @Test func theNewestSchemaThatIsKnownIsOurs() throws {
        for (version, isKnown) in [(3, true), (4, false)] {
            try write("PRAGMA application_id = 0x4B41484D; PRAGMA user_version = \(version)", inLog: false)
            if isKnown { #expect(try DatabaseFile.inspect(file.path, for: mark) == .own) }
            if !isKnown { #expect(refusal()?.kind == .newer) }
            try write("CREATE TABLE checks (name, time); PRAGMA user_version = \(version)", inLog: false)
            if isKnown { #expect(try DatabaseFile.inspect(file.path, for: mark) == .unmarked) }
            if !isKnown { #expect(refusal()?.kind == .newer) }
        }
    }

    /// After a kill the file itself may still have the schema of before.
    @Test func aNewerSchemaInTheLogCounts() throws {
        let before =
            "PRAGMA application_id = 0x4B41484D; PRAGMA user_version = 2; PRAGMA wal_checkpoint(TRUNCATE)"
        for (version, isKnown) in [(3, true), (4, false)] {
            try write("\(before); PRAGMA user_version = \(version)", inLog: true)
            if isKnown { #expect(try DatabaseFile.inspect(file.path, for: mark) == .own) }
            if !isKnown { #expect(refusal()?.kind == .newer) }
        }
    }

    /// A backup that was copied back may be readable by all.
    @Test func surplusRightsAreTakenAway() throws {
        #expect(try DatabaseFile.prepare(file.path, mode: 0o600).isEmpty)
        #expect(FileSystem.mode(of: file.path).map { $0 & 0o777 } == 0o600)
        let rights: [(suffix: String, rights: UInt16)] = [
            ("", 0o644), ("-wal", 0o660), ("-journal", 0o600), (".lock", 0o601), (".other", 0o644),
        ]
        for (suffix, rights) in rights {
            try Data().write(to: URL(fileURLWithPath: file.path + suffix))
            try FileSystem.setRights(rights, of: file.path + suffix)
        }
        let found = try DatabaseFile.prepare(file.path, mode: 0o600, beside: [".lock"])
        #expect(found.map { $0.path } == ["", "-wal", ".lock"].map { file.path + $0 })
        #expect(found.allSatisfy { $0.isNarrowed })
        for (suffix, rights) in rights {
            let kept: UInt16 = suffix == ".other" ? rights : 0o600
            #expect(FileSystem.mode(of: file.path + suffix).map { UInt16($0 & 0o777) } == kept, "\(suffix)")
        }
    }

    /// SQLite would overwrite a file at the path of its log.
    @Test func aFileInThePlaceOfTheLogIsForeign() throws {
        try write("PRAGMA application_id = 0x4B41484D; CREATE TABLE t (v)", inLog: false)
        for suffix in ["-wal", "-shm", "-journal"] {
            try "my notes".write(toFile: file.path + suffix, atomically: false, encoding: .utf8)
            #expect(refusal()?.kind == .foreign)
            #expect(refusal()?.description.contains(file.path + suffix) == true)
            try FileManager.default.removeItem(atPath: file.path + suffix)
        }
    }

    /// Closing a second descriptor would drop this process's locks.
    @Test func whatIsOpenIsNotOpenedAgain() throws {
        let database = try Database(path: file.path)
        // Whatever it holds: nobody looks.
        try database.execute("CREATE TABLE other (v)")
        #expect(try DatabaseFile.inspect(file.path, for: mark) == .own)
        try database.execute("PRAGMA application_id = 0x4B41484D; PRAGMA journal_mode = WAL; CREATE TABLE t (v)")
        #expect(try DatabaseFile.inspect(file.path, for: mark) == .own)
        #expect(database.carriesMark(mark))
        let ledger = DatabaseMark(applicationID: DatabaseMark.ledgerID, version: 3, earlierTables: [:])
        #expect(!database.carriesMark(ledger))
        database.close()
        #expect(!OpenFiles.contains(try #require(FileIdentity(path: file.path))))
    }

    /// Whose a file is stands in its log after a kill.
    @Test(arguments: [
        ("PRAGMA application_id = 0x4B414C47; CREATE TABLE t (v)", "is a ledger of casino-bot"),
        ("PRAGMA application_id = 0x42424242; CREATE TABLE t (v)", "another program (application_id 0x42424242)"),
        ("PRAGMA application_id = -2", "another program (application_id 0xFFFFFFFE)"),
        ("CREATE TABLE d (v); CREATE TABLE c (v); CREATE TABLE b (v); CREATE TABLE a (v)", "(tables a, b, c)"),
        ("PRAGMA user_version = 7", "another program (no tables)"),
    ])
    func aRefusalTellsWhoseTheFileIs(sql: String, words: String) throws {
        for isInLog in [false, true] {
            try write(sql, inLog: isInLog)
            #expect(refusal()?.description.contains(words) == true, "in its log: \(isInLog)")
        }
    }

    /// A crash of the machine can leave zeros, and each machine writes an index in its own byte order.
    @Test(
        arguments: [
            ("-wal", [0x37, 0x7F, 0x06, 0x83]), ("-wal", []), ("-wal", [0, 0, 0, 0, 1]),
            ("-journal", [0xD9, 0xD5, 0x05, 0xF9, 0x20, 0xA1, 0x63, 0xD7]), ("-shm", [0x18, 0xE2, 0x2D, 0x00]),
            ("-shm", [0x00, 0x2D, 0xE2, 0x18]),
        ] as [(String, [UInt8])])
    func sideFilesOfADatabaseAreItsOwn(suffix: String, start: [UInt8]) throws {
        try write("PRAGMA application_id = 0x4B41484D; CREATE TABLE t (v)", inLog: false)
        try Data(start).write(to: URL(fileURLWithPath: file.path + suffix))
        #expect(try DatabaseFile.inspect(file.path, for: mark) == .own)
    }

    /// The name of a new database may have them beside it.
    @Test(arguments: ["-wal", "-shm", "-journal"])
    func aSideFileOfNoDatabaseIsForeignToo(suffix: String) throws {
        let path = file.path + suffix
        try "my notes".write(toFile: path, atomically: false, encoding: .utf8)
        #expect(refusal()?.kind == .foreign)
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        #expect(refusal()?.kind == .foreign)
        #expect(refusal()?.description == "\(path) is a folder, not a database's file")
    }

    @Test func aLinkToAMissingFileIsFollowed() throws {
        let target = file.folder + "/target.db"
        try FileManager.default.createSymbolicLink(atPath: file.path, withDestinationPath: target)
        #expect(try DatabaseFile.prepare(file.path, mode: 0o600).isEmpty)
        #expect(FileSystem.mode(of: target).map { $0 & 0o777 } == 0o600)
        let failure = #expect(throws: DatabaseRefusal.self) {
            _ = try DatabaseFile.prepare(file.folder + "/missing/test.db", mode: 0o600)
        }
        #expect(failure?.kind == .unreachable)
    }

    /// A monitor's page has a connection of its own.
    @Test func aFileIsOpenUntilItsLastConnectionCloses() throws {
        let first = try Database(path: file.path)
        try first.execute("PRAGMA application_id = 0x4B41484D")
        let second = try Database(path: file.path)
        let identity = try #require(FileIdentity(path: file.path))
        first.close()
        first.close()
        #expect(OpenFiles.contains(identity))
        second.close()
        #expect(!OpenFiles.contains(identity))
    }

    /// Recreates the database; `inLog` leaves everything in its log, as after a kill.
    private func write(_ sql: String, inLog: Bool) throws {
        for name in files { try FileManager.default.removeItem(atPath: file.folder + "/" + name) }
        guard inLog else { return try Database(path: file.path).execute(sql) }
        let scratch = file.folder + "/scratch.db"
        let database = try Database(path: scratch)
        try database.execute("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; \(sql)")
        for suffix in ["", "-wal"] {
            try FileManager.default.copyItem(atPath: scratch + suffix, toPath: file.path + suffix)
        }
        database.close()
        for name in files where name.hasPrefix("scratch") {
            try FileManager.default.removeItem(atPath: file.folder + "/" + name)
        }
    }
}
