import KeepAlivePlatform

extension Lease {
    /// The lease that the launcher passed to this process; all KeepAlive objects of the process share it.
    static func ofProcess() throws(KeepAliveError) -> Lease { try inherited.get() }

    private static let inherited = Result { () throws(KeepAliveError) in
        try Lease(environment: Settings.processEnvironment)
    }

    /// Reads `KEEPALIVE_LEASE_NAME`, `KEEPALIVE_LEASE_EPOCH` and `KEEPALIVE_LEASE_FD`, which belong together.
    ///
    /// - Throws: ``KeepAliveError/configuration(_:)``: a bot without its fence must not run.
    init(environment: [String: String]) throws(KeepAliveError) {
        let names = ["KEEPALIVE_LEASE_NAME", "KEEPALIVE_LEASE_EPOCH", "KEEPALIVE_LEASE_FD"]
        let values = names.map { environment[$0, default: ""] }
        if values.allSatisfy(\.isEmpty) {
            self = .none
            return
        }
        var findings = zip(names, values).filter(\.1.isEmpty).map { "\($0.0) is not set, but others of its kind are" }
        func refuse(_ index: Int, _ reason: String) {
            findings.append("\(names[index])=\"\(values[index].prefix(60))\" cannot be used: \(reason)")
        }
        if !values[0].isEmpty, !Self.isName(values[0]) {
            refuse(0, "a name has 1 to 63 of the characters A-Z, a-z, 0-9, point, underscore and hyphen")
        }
        let epoch = Int64(values[1]).flatMap { $0 > 0 ? $0 : nil }
        if !values[1].isEmpty, epoch == nil { refuse(1, "an epoch is a whole number from 1") }
        var deadline: SharedDeadline?
        if let descriptor = Int32(values[2]), descriptor >= 0 {
            do throws(SharedDeadline.Refusal) {
                deadline = try SharedDeadline(descriptor: descriptor)
            } catch {
                refuse(2, error.description)
            }
        } else if !values[2].isEmpty {
            refuse(2, "it is no number of a descriptor")
        }
        guard findings.isEmpty, let epoch, let deadline else {
            throw .configuration(findings.map { "\($0); \(Self.remedy)" })
        }
        self.init(name: values[0], epoch: epoch, deadline: deadline)
    }

    private static let remedy =
        "the launcher sets all three for its bot: start the bot by the launcher, or unset KEEPALIVE_LEASE_*"

    /// As the table of leases has it.
    private static func isName(_ text: String) -> Bool {
        (1...63).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "._-".utf8.contains(byte)
                }
            }
    }
}
