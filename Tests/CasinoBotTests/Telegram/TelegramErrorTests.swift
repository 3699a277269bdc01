import KeepAliveCurl
import KeepAliveKit
import Testing

@testable import KeepAliveCasinoBot

struct TelegramErrorTests {
    private static let table: [(TelegramError, ErrorClass, String)] = [
        (.badToken(method: "getMe", words: "401 Unauthorized"), .critical, "BOT_TOKEN"),
        (.conflict(words: "Conflict"), .network(), "another process uses this BOT_TOKEN"),
        (
            .tooManyRequests(retryAfter: .seconds(7)), .network(retryAfter: .seconds(7)),
            "(429); it accepts requests again in 7 s"
        ),
        (.tooManyRequests(retryAfter: nil), .network(), "(429)"),
        (.server(status: 502, words: "Bad Gateway"), .network(), "502 Bad Gateway"),
        (.unreachable(HTTPClientError(kind: .timedOut, message: "http://x: slow")), .network(), "http://x: slow"),
        (.unreadable(method: "getUpdates", status: 200), .network(), "getUpdates"),
        (
            .unreadable(method: "getUpdates", status: 401), .network(),
            "HTTP 401 from a proxy, not from Telegram: check the network"
        ),
        (.refused(method: "sendMessage", status: 403, words: "blocked", migratedTo: nil), .failure, "403 blocked"),
    ]

    @Test(arguments: table)
    func hasItsClassAndItsWords(error: TelegramError, errorClass: ErrorClass, words: String) {
        #expect(error.errorClass == errorClass)
        #expect(error.description.contains(words))
    }
}
