import KeepAlivePlatform

/// The settings of one of several monitors: `vantage` and `leaseTtl` of the file.
struct VantageSettings: Sendable, Equatable {
    /// This monitor's name among them: 1 to 63 of `A-Za-z0-9._-`.
    var name: String
    /// How long the lease of the leader lives.
    var timeToLive = Duration.seconds(30)

    /// The lease's name, in the history's own table: each history has one leader.
    static let lease = "health-monitor"
    static let resource = "monitor:\(lease)"

    static func isName(_ text: String) -> Bool {
        (1...63).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}
