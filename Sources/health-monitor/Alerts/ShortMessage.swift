/// An alert in the 160 characters of an SMS. Pure.
///
/// Letters outside GSM's alphabet would halve the room of a message, so that it costs several. Typographic signs and
/// accents get their plain form; a text in another script stays as it is.
enum ShortMessage {
    static let limit = 160

    static func text(_ event: AlertEvent) -> String {
        let text = AlertText(event)
        var room = limit
        while room > 0 {
            let plain = plain(text.summary(limit: room))
            let length = length(plain)
            if length <= limit { return plain }
            room -= length - limit
        }
        return plain(text.title.limited(to: limit / 4))
    }

    /// Septets of a GSM text; UTF-16 units of any other.
    static func length(_ text: String) -> Int {
        var septets = 0
        for character in text {
            if basic.contains(character) {
                septets += 1
            } else if extended.contains(character) {
                septets += 2
            } else {
                return text.utf16.count
            }
        }
        return septets
    }

    /// The text with GSM's letters, as far as it has them.
    static func plain(_ text: String) -> String {
        text.reduce(into: "") { plain, character in
            if basic.contains(character) || extended.contains(character) {
                plain.append(character)
            } else if let sign = signs[character] {
                plain += sign
            } else {
                plain.append(bare(character))
            }
        }
    }

    /// A Latin letter without its marks: `ő` is `o`, by its name LATIN SMALL LETTER O WITH DOUBLE ACUTE.
    private static func bare(_ character: Character) -> Character {
        guard let scalar = character.unicodeScalars.first else { return character }
        var base = Character(scalar)
        if !scalar.isASCII {
            guard let name = scalar.properties.name, name.hasPrefix("LATIN "),
                let start = name.firstRange(of: " LETTER "), let end = name.firstRange(of: " WITH "),
                start.upperBound < end.lowerBound,
                let letter = Character(exactly: name[start.upperBound..<end.lowerBound])
            else { return character }
            base = name.contains(" SMALL ") ? Character(exactly: letter.lowercased()) ?? letter : letter
        }
        return basic.contains(base) ? base : character
    }

    private static let signs: [Character: String] = [
        "…": "...", "–": "-", "—": "-", "‘": "'", "’": "'", "“": "\"", "”": "\"", "„": "\"", "·": "-", "•": "-",
        "\u{A0}": " ", "\t": " ", "×": "x", "→": "->", "≥": ">=", "≤": "<=", "`": "'", "ç": "c",
    ]

    /// GSM 03.38.
    private static let basic = Set(
        "@£$¥èéùìòÇ\nØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
            + "abcdefghijklmnopqrstuvwxyzäöñüà")
    private static let extended = Set("^{}\\[~]|€")
}

extension Character {
    /// Nil unless the text is one character.
    fileprivate init?(exactly text: some StringProtocol) {
        guard let first = text.first, text.dropFirst().isEmpty else { return nil }
        self = first
    }
}
