/// An independent section of the configuration file: its key, its reader, and the variables that override its keys. A
/// new section needs its own file and a line in `MonitorConfiguration.sections`.
protocol ConfigurationPart: Sendable {
    static var key: String { get }
    static var variables: [KeyVariable] { get }

    /// The defaults without the section.
    init()

    /// Reads the section's keys; errors go to its findings.
    init(reading section: ConfigurationSection)

    /// Texts that no output may contain.
    var secrets: [String] { get }

    /// Keeps the settings that only a restart changes; returns the keys with such a change.
    mutating func keepFixed(of old: Self) -> [String]
}

extension ConfigurationPart {
    static var variables: [KeyVariable] { [] }
    var secrets: [String] { [] }
    mutating func keepFixed(of old: Self) -> [String] { [] }
}

/// A variable that overrides a key of the file.
struct KeyVariable: Sendable {
    let name: String
    let key: String
    /// The allowed whole numbers; nil for a text.
    var range: ClosedRange<Int>?

    init(_ name: String, for key: String, in range: ClosedRange<Int>? = nil) {
        self.name = name
        self.key = key
        self.range = range
    }
}
