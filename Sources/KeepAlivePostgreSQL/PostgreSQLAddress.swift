import CKeepAlivePostgreSQL
import KeepAlivePlatform

/// Where a database is, and who asks: the checked form of a `postgres://` URL.
///
/// Its description never has the password.
public struct PostgreSQLAddress: Sendable, Hashable {
    /// One server, in the order of the URL.
    public struct Host: Sendable, Hashable {
        /// A name, an IP address, or the folder of a UNIX socket; empty for libpq's default.
        public let name: String
        /// 5432 without one.
        public let port: UInt16
        /// The address of the name, if the URL has it (`hostaddr`).
        let address: String?
    }

    public let hosts: [Host]
    /// libpq's other settings by keyword, such as `user`, `password`, `sslmode`.
    let settings: [String: String]

    /// Checks a URL (libpq's manual, "Connection URIs"), without any network.
    ///
    /// `connect_timeout` is ignored: the caller's deadline covers the connecting to all hosts.
    /// - Throws: a `PostgreSQLError` of the kind `address`, which cites no part of the URL.
    public init(_ url: String) throws(PostgreSQLError) {
        guard url.hasPrefix("postgres://") || url.hasPrefix("postgresql://") else {
            throw Self.fault("it has to begin with postgres://, e.g. postgres://user@db.example/name")
        }
        if url.utf8.contains(0) { throw Self.fault("it holds a NUL character") }
        // In the wrong place they would make a part of the password a host or a database, which messages name.
        let rest = url.utf8.drop { $0 != UInt8(ascii: "/") }.dropFirst(2)
        let authority = rest.prefix { $0 != UInt8(ascii: "/") }
        let path = rest.dropFirst(authority.count).prefix { $0 != UInt8(ascii: "?") }
        guard authority.count(where: { $0 == UInt8(ascii: "@") }) <= 1, !path.contains(UInt8(ascii: "@")) else {
            throw Self.fault("in user, password and database write @ as %40, / as %2F and : as %3A")
        }
        var settings = try Self.parse(url)
        let names = Self.list(settings.removeValue(forKey: "host"))
        let addresses = Self.list(settings.removeValue(forKey: "hostaddr"))
        let ports = Self.list(settings.removeValue(forKey: "port"))
        settings["connect_timeout"] = nil
        let count = max(names.count, addresses.count, 1)
        guard names.isEmpty || addresses.isEmpty || names.count == addresses.count else {
            throw Self.fault("host and hostaddr differ in their number")
        }
        guard ports.count <= 1 || ports.count == count else {
            throw Self.fault("\(ports.count) ports are given for \(count) hosts; give one, or one for each")
        }
        hosts = try (0..<count).map { (index) throws(PostgreSQLError) in
            let port = ports.count == 1 ? ports[0] : ports.isEmpty ? "" : ports[index]
            guard let port = port.isEmpty ? 5432 : UInt16(port), port > 0 else {
                throw Self.fault("the port is not a number from 1 to 65535; write : in a password as %3A")
            }
            return Host(
                name: names.isEmpty ? "" : names[index], port: port, address: addresses.isEmpty ? nil : addresses[index]
            )
        }
        self.settings = settings
        try Self.check(settings, "sslmode", ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"])
        try Self.check(
            settings, "target_session_attrs",
            ["any", "read-write", "read-only", "primary", "standby", "prefer-standby"])
    }

    /// The address of one server, without a URL.
    public init(host: String, port: UInt16, user: String, database: String, settings: [String: String] = [:]) {
        hosts = [Host(name: host, port: port, address: nil)]
        self.settings = settings.merging(["user": user, "dbname": database]) { $1 }
    }

    public var database: String? { settings["dbname"] }

    /// The password of the URL, for lists of texts that no output may contain.
    public var password: String? { settings["password"] }

    /// The same address with another database of the same servers.
    public func with(database: String) -> PostgreSQLAddress {
        PostgreSQLAddress(hosts: hosts, settings: settings.merging(["dbname": database]) { $1 })
    }

    private init(hosts: [Host], settings: [String: String]) {
        self.hosts = hosts
        self.settings = settings
    }

    private static func fault(_ words: String) -> PostgreSQLError {
        PostgreSQLError(.address, "the PostgreSQL URL cannot be read: \(words)")
    }

    private static func check(_ settings: [String: String], _ key: String, _ known: [String]) throws(PostgreSQLError) {
        guard let value = settings[key], !known.contains(value) else { return }
        throw fault("\(key) has to be one of \(known.joined(separator: ", "))")
    }

    private static func list(_ text: String?) -> [String] {
        text.map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) } ?? []
    }

    /// libpq's settings that the URL has (PQconninfoParse).
    private static func parse(_ url: String) throws(PostgreSQLError) -> [String: String] {
        var words: UnsafeMutablePointer<CChar>?
        guard let options = unsafe PQconninfoParse(url, &words) else {
            let text = unsafe words.map { unsafe String(cString: $0) } ?? "out of memory"
            unsafe PQfreemem(words)
            // What follows a quotation mark is cited from the URL.
            let start = text.prefix { $0 != "\"" }.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            throw fault(start.hasSuffix(":") ? String(start.dropLast()) : start)
        }
        defer { unsafe PQconninfoFree(options) }
        var settings: [String: String] = [:]
        var option = unsafe options
        while let keyword = unsafe option.pointee.keyword {
            if let value = unsafe option.pointee.val {
                unsafe settings[String(cString: keyword)] = String(cString: value)
            }
            unsafe option += 1
        }
        return settings
    }
}

extension PostgreSQLAddress.Host: CustomStringConvertible {
    /// `db.example:5432`, `[::1]:5432`, or the path of a socket.
    public var description: String {
        let name = name.isEmpty ? address ?? "localhost" : name
        if name.hasPrefix("/") { return "\(name)/.s.PGSQL.\(port)" }
        return name.contains(":") ? "[\(name)]:\(port)" : "\(name):\(port)"
    }
}

extension PostgreSQLAddress: CustomStringConvertible {
    /// The hosts and the database, such as `postgres://db1:5432,db2:5432/bot`.
    public var description: String {
        "postgres://\(hosts.map(\.description).joined(separator: ","))/\(database ?? "")"
    }
}
