/// The section `api`: where the monitor's API listens, and who may use it.
struct APISettings: ConfigurationPart, Equatable {
    static let key = "api"
    static let variables = [
        KeyVariable("MONITOR_PORT", for: "port", in: 0...65_535), KeyVariable("MONITOR_HOST", for: "host"),
        KeyVariable("MONITOR_API_KEY", for: "key"),
    ]

    /// Nil means every interface.
    var host: String? = "127.0.0.1"
    var port = 8090
    var portFallbacks = 0
    /// Each key grants reading and acting. Without keys, only this user and root on this machine have access.
    var keys: [String] = []

    var secrets: [String] { keys }

    init() {}

    init(reading section: ConfigurationSection) {
        if section.has("host") {
            let name = section.listeningHost("host")
            host = name == "*" ? nil : name
        }
        port = section.integer("port", in: 0...65_535, default: port)
        portFallbacks = section.integer("portFallbacks", in: 0...100, default: portFallbacks)
        keys = section.strings("keys") + (section.optionalString("key").map { [$0] } ?? [])
        for key in keys where key.utf8.count < 8 {
            section.refuse("keys", "a key of \(key.utf8.count) characters is too easily guessed: give at least 8")
        }
        for key in keys
        where key.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) || key.first == " " || key.last == " " {
            section.refuse("keys", "a key holds a control character, or a blank at its end: no request can show it")
        }
    }

    mutating func keepFixed(of old: APISettings) -> [String] {
        let changed = [
            ("host", host != old.host), ("port", port != old.port),
            ("portFallbacks", portFallbacks != old.portFallbacks),
        ]
        (host, port, portFallbacks) = (old.host, old.port, old.portFallbacks)
        return changed.filter(\.1).map(\.0)
    }
}
