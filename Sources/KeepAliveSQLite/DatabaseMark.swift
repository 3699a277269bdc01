/// Distinguishes a program's own databases from any other file.
public struct DatabaseMark: Sendable {
    /// `PRAGMA application_id` of its files.
    public let applicationID: Int32
    /// The newest schema that the program knows, as in `PRAGMA user_version`.
    public let version: Int64
    /// Tables, each with some of its columns, that every file from before marks has.
    public let earlierTables: [String: Set<String>]

    /// Describes the files of one program.
    public init(applicationID: Int32, version: Int64, earlierTables: [String: Set<String>]) {
        self.applicationID = applicationID
        self.version = version
        self.earlierTables = earlierTables
    }

    /// The `application_id` of health-monitor's history, `KAHM`.
    public static let historyID: Int32 = 0x4B41_484D
    /// The `application_id` of casino-bot's ledger, `KALG`.
    public static let ledgerID: Int32 = 0x4B41_4C47

    /// The program whose files have an `application_id`.
    static func owner(of applicationID: Int32) -> String {
        switch applicationID {
        case historyID: "a history of health-monitor"
        case ledgerID: "a ledger of casino-bot"
        default:
            "a database of another program (application_id 0x"
                + "\(String(UInt32(bitPattern: applicationID), radix: 16, uppercase: true)))"
        }
    }
}

/// Why a file is not used as a database. It was left unchanged.
public struct DatabaseRefusal: Error, Sendable, Equatable, CustomStringConvertible {
    /// The kind of reason.
    public enum Kind: Sendable, Equatable {
        /// The file belongs to another program, or is no database.
        case foreign
        /// A newer version of the program wrote it.
        case newer
        /// It cannot be reached: missing permissions, a folder that does not exist.
        case unreachable
        /// The system is short of something (descriptors, memory, disk space): it may work later.
        case shortage
    }

    /// The kind of reason.
    public let kind: Kind
    /// The file, and what is wrong with it; no advice.
    public let description: String

    /// Refuses a file.
    public init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }
}
