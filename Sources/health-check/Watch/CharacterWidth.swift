/// The number of cells that a terminal gives to one scalar. Pure.
///
/// Per scalar, not per grapheme: terminals disagree on joined characters, but nearly all agree on single scalars
/// (wcwidth). Characters that they disagree on, or that move other text, are not shown.
enum CharacterWidth {
    /// 0, 1 or 2; nil for scalars that must not reach a terminal: controls, joiners, direction marks, and scalars
    /// without a shape.
    static func of(_ scalar: Unicode.Scalar) -> Int? {
        let value = scalar.value
        if value < 0x7F { return value < 0x20 ? nil : 1 }
        if value < 0xA0 { return nil }
        // Latin: terminals disagree only on the soft hyphen.
        if value < 0x300 { return value == 0xAD ? nil : 1 }
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: return nil
        // Variation selectors change the width of the character before them in some terminals only.
        case .nonspacingMark, .enclosingMark: return scalar.properties.isVariationSelector ? nil : 0
        default: break
        }
        // Vowels that join the consonant before them; two flag letters form a flag; a skin tone changes the character
        // before it.
        if (0x1160...0x11FF).contains(value) || (0xD7B0...0xD7FF).contains(value) || isFlagLetter(scalar) { return nil }
        if isSkinTone(scalar) { return nil }
        return isWide(scalar) ? 2 : 1
    }

    /// Characters that only change or join their neighbours. Without them the meaning stays and all terminals agree on
    /// the width: a family appears as its members.
    static func isOrnament(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x200C...0x200D, 0xFE00...0xFE0F: true
        default: isSkinTone(scalar)
        }
    }

    /// A flag's letter as a plain letter: terminals disagree on a flag's width, but not on that of `DE`.
    static func flagLetter(_ scalar: Unicode.Scalar) -> Unicode.Scalar? {
        guard isFlagLetter(scalar) else { return nil }
        return Unicode.Scalar(UInt32(UInt8(ascii: "A")) + (scalar.value - 0x1F1E6))
    }

    private static func isFlagLetter(_ scalar: Unicode.Scalar) -> Bool { (0x1F1E6...0x1F1FF).contains(scalar.value) }

    private static func isSkinTone(_ scalar: Unicode.Scalar) -> Bool { (0x1F3FB...0x1F3FF).contains(scalar.value) }

    /// East Asian Width W and F (UAX #11).
    private static func isWide(_ scalar: Unicode.Scalar) -> Bool {
        let value = scalar.value
        if value < 0x1100 { return false }
        if scalar.properties.isEmojiPresentation { return true }
        return ranges.contains { $0.contains(value) }
    }

    private static let ranges: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2329...0x232A, 0x2E80...0x303E, 0x3041...0xA4CF,
        0xA960...0xA97C, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6B, 0xFF01...0xFF60,
        0xFFE0...0xFFE6, 0x16FE0...0x18CD5, 0x18D00...0x18D08, 0x1AFF0...0x1B2FB, 0x1F200...0x1F265, 0x1F3E0...0x1F3F0,
        0x1F90C...0x1F93A, 0x1F93C...0x1F945, 0x1F947...0x1F9FF, 0x20000...0x3FFFD,
    ]
}
