/// A section of the configuration file that stands by itself: its key, how it is read, and the variables that stand for
/// its keys. A new section is a file of its own and a line in `MonitorConfiguration.sections`.
protocol ConfigurationPart: Sendable {
    static var key: String { get }
    static var variables: [KeyVariable] { get }

    /// What holds without the section.
    init()

    /// Reads the section's keys; what is wrong goes to its findings.
    init(reading section: ConfigurationSection)

    /// What no output may hold.
    var secrets: [String] { get }

    /// Keeps what only a restart changes; returns the keys whose changes wait for one.
    mutating func keepFixed(of old: Self) -> [String]
}

extension ConfigurationPart {
    static var variables: [KeyVariable] { [] }
    var secrets: [String] { [] }
    mutating func keepFixed(of old: Self) -> [String] { [] }
}

/// A variable that stands for a key of the file, and wins over it.
struct KeyVariable: Sendable {
    let name: String
    let key: String
    /// A whole number in this range; nil for a text.
    var range: ClosedRange<Int>?

    init(_ name: String, for key: String, in range: ClosedRange<Int>? = nil) {
        self.name = name
        self.key = key
        self.range = range
    }
}
