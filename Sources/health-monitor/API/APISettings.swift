/// Where the API listens, and who may use it: the section `api`.
struct APISettings: Sendable, Equatable {
    var host: String? = "127.0.0.1"
    var port = 8090
    var portFallbacks = 0
    /// Who knows one of these may read and act; without any, nobody may.
    var keys: [String] = []

    mutating func read(_ section: ConfigurationSection) {
        if section.has("host") {
            let host = section.listeningHost("host")
            self.host = host == "*" ? nil : host
        }
        port = section.integer("port", in: 0...65_535, default: port)
        portFallbacks = section.integer("portFallbacks", in: 0...100, default: portFallbacks)
        let keys = section.strings("keys") + (section.optionalString("key").map { [$0] } ?? [])
        for key in keys where key.utf8.count < 8 {
            section.refuse("keys", "a key of \(key.utf8.count) characters is too easily guessed: give at least 8")
        }
        for key in keys
        where key.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) || key.first == " " || key.last == " " {
            section.refuse("keys", "a key holds a control character, or a blank at its end: no request can show it")
        }
        self.keys += keys
        section.finish()
    }
}
