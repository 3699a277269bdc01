import Foundation

/// What a terminal makes of a text, told by the C library's wcwidth, which programs of the terminal's side use too.
enum Cells {
    /// Cells; nil when there is a scalar in it that is not to be shown.
    static func width(_ text: some StringProtocol) -> Int? {
        _ = locale
        var width = 0
        for scalar in text.unicodeScalars {
            if scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value) { return nil }
            let category = scalar.properties.generalCategory
            if category == .format || category == .lineSeparator || category == .paragraphSeparator { return nil }
            width += known(scalar) ?? 0
        }
        return width
    }

    /// Without the sequences that colour a text; any other stays.
    static func withoutRendition(_ text: String) -> String {
        text.replacing(/\u{1B}\[[0-9;]*m/, with: "")
    }

    private static let locale: Bool = unsafe setlocale(LC_CTYPE, "C.UTF-8") != nil

    /// Glibc's header hides it from Swift.
    private static let wcwidth: (@convention(c) (Int32) -> Int32)? = unsafe dlsym(dlopen(nil, RTLD_NOW), "wcwidth").map
    {
        unsafe unsafeBitCast($0, to: (@convention(c) (Int32) -> Int32).self)
    }
}

extension Cells {
    /// Cells of one scalar; nil when the C library does not know it.
    static func known(_ scalar: Unicode.Scalar) -> Int? {
        _ = locale
        let width = wcwidth?(Int32(bitPattern: scalar.value)) ?? -1
        return width < 0 ? nil : Int(width)
    }
}
