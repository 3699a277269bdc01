import Testing

@testable import KeepAliveCasinoBot

struct CommandTests {
    private static let flipUsage = Command.misused(usage: "/flip heads 10 or /flip tails 10")

    @Test(arguments: [
        ("/start", Command.start), ("/START", .start), ("/start deep-link_1", .start), ("  /start  ", .start),
        ("\n\t/start\n", .start), ("/help", .help), ("/help me please now", .help), ("/balance", .balance),
        ("/bonus", .bonus), ("/top", .top), ("/stats", .stats), ("/health", .health), ("/restart", .restart),
        ("/dice", .die), ("/DICE", .die), ("/dice 5", .dice(.amount(5))), ("/Dice 5", .dice(.amount(5))),
        ("/dice\t5", .dice(.amount(5))), ("/dice\n5", .dice(.amount(5))), ("/dice  \r\n 5 ", .dice(.amount(5))),
        ("/dice\u{A0}5", .dice(.amount(5))), ("/dice +5", .dice(.amount(5))), ("/dice 0", .dice(.notPositive)),
        ("/dice -5", .dice(.notPositive)), ("/dice ٣", .dice(.notANumber)), ("/dice all", .dice(.notANumber)),
        ("/dice 99999999999999999999", .dice(.tooLarge)), ("/dice 5 6", .misused(usage: "/dice 10")),
        ("/dice 5 6 7 8 9", .misused(usage: "/dice 10")), ("/slots 5", .slots(.amount(5))),
        ("/slots", .misused(usage: "/slots 10")), ("/slots 5 5", .misused(usage: "/slots 10")),
        ("/flip heads 5", .flip(.heads, .amount(5))), ("/flip TAILS 5", .flip(.tails, .amount(5))),
        ("/flip heads x", .flip(.heads, .notANumber)), ("/flip", flipUsage), ("/flip 5", flipUsage),
        ("/flip heads", flipUsage), ("/flip edge 5", flipUsage), ("/flip 5 heads", flipUsage),
        ("/flip heads 5 5", flipUsage),
    ])
    func readsCommands(text: String, command: Command) {
        #expect(Command(text, botName: "test_casino_bot") == command)
        #expect(Command(text, botName: nil) == command)
    }

    @Test(arguments: [
        "", " ", "\n", "/", "hello", "dice 5", "5", "//", "🎲", "\\dice", "⁄dice 5", "/\u{301}dice",
        String(repeating: "a", count: 4096), String(repeating: "🎰", count: 2048), String(repeating: "\n", count: 4096),
    ])
    func takesTalkForTalk(text: String) {
        // Two slashes are a command without a name, which is unknown.
        #expect(Command(text, botName: "test_casino_bot") == (text == "//" ? .unknown : .none))
    }

    @Test(arguments: [
        "/dices", "/dıce", "/DİCE", "/dice5", "/dice\u{200B}5", "/🎲", "/dïce", "/@test_casino_bot",
        "/" + String(repeating: "x", count: 4095),
    ])
    func doesNotKnowOthers(text: String) {
        #expect(Command(text, botName: "test_casino_bot") == .unknown)
    }

    @Test(arguments: [
        ("/dice@test_casino_bot 5", Command.dice(.amount(5))), ("/dice@TEST_casino_BOT 5", .dice(.amount(5))),
        ("/DICE@test_casino_bot", .die), ("/dice@other_bot 5", .none), ("/dice@ 5", .none),
        ("/dice@test_casino_bot@x 5", .none), ("/what@other_bot", .none), ("/what@test_casino_bot", .unknown),
    ])
    func hearsWhomItIsFor(text: String, command: Command) {
        #expect(Command(text, botName: "test_casino_bot") == command)
    }

    @Test func takesEveryNameForItsOwnUntilItKnowsIt() {
        #expect(Command("/dice@whoever 5", botName: nil) == .dice(.amount(5)))
    }

    @Test func readsTheLongestTextThereIs() {
        let digits = String(repeating: "9", count: 4096 - "/dice ".count)
        #expect(Command("/dice \(digits)", botName: nil) == .dice(.tooLarge))
        #expect(Command("/dice \(digits.replacing("9", with: "0"))", botName: nil) == .dice(.notPositive))
        let words = String(repeating: "1 ", count: 2045)
        #expect(Command("/dice \(words)", botName: nil) == .misused(usage: "/dice 10"))
    }
}
