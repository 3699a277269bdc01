import Foundation

/// A text's width on a terminal, by the C library's wcwidth, which terminal programs use too.
enum Cells {
    /// The cells; nil if the text has a scalar that must not be shown.
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

    /// The text without colour sequences; any other sequence stays.
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
    /// The cells of one scalar; nil if the C library does not know it.
    static func known(_ scalar: Unicode.Scalar) -> Int? {
        _ = locale
        let width = wcwidth?(Int32(bitPattern: scalar.value)) ?? -1
        return width < 0 ? nil : Int(width)
    }
}
