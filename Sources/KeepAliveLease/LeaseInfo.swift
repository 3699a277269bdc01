package import KeepAliveKit

/// What a leader leaves in the row for the next one: the restart record, and whether it offers the lease.
package struct LeaseInfo: Equatable, Sendable {
    /// The record that all machines share; nil if no leader has written one yet.
    package var record: RestartPolicy.Record?
    /// The lease may be claimed.
    package var isOffered: Bool

    package init(record: RestartPolicy.Record? = nil, isOffered: Bool = false) {
        self.record = record
        self.isOffered = isOffered
    }

    /// Reads the row's JSON object. Members that it does not know are left alone, and a text that is none is empty:
    /// no edition's row may keep another edition from starting a bot.
    package init(json: String) {
        self.init()
        var (record, isOffered): (RestartPolicy.Record?, Bool) = (nil, false)
        let isObject = JSONReader.readObject(Array(json.utf8)) { name, reader in
            switch name {
            case "offer": isOffered = true
            case "restart":
                var found = RestartPolicy.Record()
                let isRecord = reader.object { name, reader in
                    switch name {
                    case "consecutive": found.consecutive = reader.unsigned().flatMap { Int(exactly: $0) } ?? 0
                    case "failures": found.failures = reader.unsigned().flatMap { Int(exactly: $0) } ?? 0
                    default: break
                    }
                }
                if isRecord { record = found }
            default: break
            }
        }
        if isObject { (self.record, self.isOffered) = (record, isOffered) }
    }

    /// The row's JSON object.
    package var json: String {
        var members: [String] = []
        if let record {
            members.append(#""restart":{"consecutive":\#(record.consecutive),"failures":\#(record.failures)}"#)
        }
        if isOffered { members.append(#""offer":true"#) }
        return "{\(members.joined(separator: ","))}"
    }
}
