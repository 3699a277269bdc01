/// Keys that several kinds of channels share.
extension ConfigurationSection {
    /// A numeric identifier of any size, written as a number or as a text.
    func identifier(_ key: String, allowing isAllowed: (String) -> Bool) -> String? {
        guard let value = value(key) else { return nil }
        let text: String? =
            if case .integer(let number) = value { "\(number)" } else { optionalString(key) }
        guard let text else { return nil }
        guard isAllowed(text) else {
            refuse(key, "\"\(text.prefix(60))\" is not allowed")
            return nil
        }
        return text
    }
}

extension String {
    /// Whether it is a Discord id: a number of up to 20 digits.
    var isSnowflake: Bool { (1...20).contains(utf8.count) && isDigits }
}

extension StringProtocol {
    /// Whether it is a number without a sign, which `Int` would accept.
    var isDigits: Bool { !isEmpty && utf8.allSatisfy { (0x30...0x39).contains($0) } }
}
