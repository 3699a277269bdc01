import Testing

@testable import KeepAliveCasinoBot

struct BetTests {
    @Test(arguments: [
        ("1", 1), ("10", 10), ("007", 7), ("+5", 5), ("9223372036854775807", Int64.max),
        ("000000000000000000000000000000000001", 1),
    ])
    func readsAmounts(text: String, amount: Int64) {
        #expect(Bet(text) == .amount(amount))
    }

    @Test(arguments: ["0", "00", "+0", "-0", "-1", "-5", "-9223372036854775808", "-99999999999999999999999"])
    func refusesWhatIsNotPositive(text: String) {
        #expect(Bet(text) == .notPositive)
    }

    @Test(arguments: [
        "9223372036854775808", "99999999999999999999", "+9223372036854775808", String(repeating: "9", count: 4096),
    ])
    func refusesWhatIsBeyondInt64(text: String) {
        #expect(Bet(text) == .tooLarge)
    }

    @Test(arguments: [
        "", "+", "-", "ten", "1.5", "1,000", "1_000", "1e3", "0x10", "--5", "+-5", "-+5", "5-", "5 ", " 5", "٣", "१०",
        "１０", "²", "½", "Ⅷ", "五", "−5", "5\u{301}", "5␀", "\u{200B}5", "💰", "5️⃣", "∞", "NaN", "inf", "10coins",
        "1\u{A0}000", "1/2", "12:00",
    ])
    func refusesWhatIsNoNumber(text: String) {
        // A NUL would truncate the test case's name.
        #expect(Bet(text.replacing("␀", with: "\u{0}")) == .notANumber)
    }
}
