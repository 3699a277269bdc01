/// Reads a JSON5 number: hexadecimal, signed, with a leading or trailing point, `Infinity` or `NaN`. Pure.
enum JSON5Number {
    /// Represents a number that JSON cannot express; no file contains this text by chance.
    static let infinity = "\u{FFFF}Infinity"
    static let minusInfinity = "\u{FFFF}-Infinity"
    static let notANumber = "\u{FFFF}NaN"

    /// The number in JSON's form; nil if it is not a number.
    static func json(_ text: String) -> String? {
        let isNegative = text.hasPrefix("-")
        let sign = isNegative ? "-" : ""
        let digits = isNegative || text.hasPrefix("+") ? String(text.dropFirst()) : text
        switch digits {
        case "Infinity": return "\"\(isNegative ? minusInfinity : infinity)\""
        case "NaN": return "\"\(notANumber)\""
        default: break
        }
        if digits.hasPrefix("0x") || digits.hasPrefix("0X") { return hexadecimal(digits.utf8.dropFirst(2), sign) }
        guard let decimal = decimal(digits) else { return nil }
        // ECMAScript reads too large numbers as infinite.
        guard let value = Double(decimal), value.isFinite else {
            return "\"\(isNegative ? minusInfinity : infinity)\""
        }
        return sign + decimal
    }

    private static func hexadecimal(_ digits: Substring.UTF8View.SubSequence, _ sign: String) -> String? {
        var value = 0.0
        var whole: UInt64? = 0
        for byte in digits {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
            value = value * 16 + Double(digit)
            whole = whole.flatMap { $0 >> 60 == 0 ? $0 << 4 | UInt64(digit) : nil }
        }
        guard !digits.isEmpty else { return nil }
        if let whole { return "\(sign)\(whole)" }
        return value.isFinite ? "\(sign)\(value)" : "\"\(sign.isEmpty ? infinity : minusInfinity)\""
    }

    /// Digits, a point and an exponent; adds the digits that JSON requires on both sides of the point.
    private static func decimal(_ text: String) -> String? {
        var rest = Substring(text)
        func digits() -> Substring {
            let found = rest.prefix { "0"..."9" ~= $0 }
            rest = rest.dropFirst(found.count)
            return found
        }
        let whole = digits()
        guard whole.count < 2 || whole.first != "0" else { return nil }
        var fraction: Substring = ""
        if rest.first == "." {
            rest.removeFirst()
            fraction = digits()
        }
        guard !whole.isEmpty || !fraction.isEmpty else { return nil }
        var json = (whole.isEmpty ? "0" : String(whole)) + (fraction.isEmpty ? "" : ".\(fraction)")
        if rest.first == "e" || rest.first == "E" {
            rest.removeFirst()
            json += "e"
            if let sign = rest.first, sign == "+" || sign == "-" {
                rest.removeFirst()
                json.append(sign)
            }
            let exponent = digits()
            guard !exponent.isEmpty else { return nil }
            json += exponent
        }
        return rest.isEmpty ? json : nil
    }
}
