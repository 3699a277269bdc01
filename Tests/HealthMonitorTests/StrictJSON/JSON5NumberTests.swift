import Testing

@testable import KeepAliveHealthMonitor

struct JSON5NumberTests {
    /// Whole numbers stay exact up to 64 bits; ECMAScript has no number with a zero before its other digits.
    @Test(arguments: [
        ("0x10", "16"), ("-0xFF", "-255"), ("0xFFFFFFFFFFFFFFFF", "18446744073709551615"),
        ("0x10000000000000000", "1.8446744073709552e+19"), ("0x", nil), ("0xg", nil),
        ("0", "0"), ("00", nil), ("01", nil), ("10", "10"), ("007", nil), ("0.5", "0.5"), ("-01", nil),
    ])
    func numbers(text: String, json: String?) {
        #expect(JSON5Number.json(text) == json)
    }
}
