import KeepAliveCurl
import Testing

@testable import KeepAliveCasinoBot

struct BotAPIResultTests {
    private static let page = "<html>\r\n<head><title>502 Bad Gateway</title></head></html>"

    private func result(
        of method: String, _ status: Int, _ body: String, _ headers: [(name: String, value: String)] = []
    ) -> Result<TelegramUser, TelegramError> {
        let response = HTTPClientResponse(status: status, headers: headers, body: Array(body.utf8), elapsed: .zero)
        do {
            return .success(try BotAPI.result(of: method, response))
        } catch let error as TelegramError {
            return .failure(error)
        } catch {
            Issue.record("\(error)")
            return .failure(.unreachable(.init(kind: .closed, message: "\(error)")))
        }
    }

    private static func failing(_ code: Int, _ words: String, _ parameters: String = "") -> String {
        #"{"ok":false,"error_code":\#(code),"description":"\#(words)"\#(parameters)}"#
    }

    @Test(arguments: [
        #"{"ok":true,"result":{"id":7,"username":"bot"}}"#,
        #"{"result":{"username":"bot","is_bot":true,"id":7,"new":[{}]},"ok":true,"more":null}"#,
        #"{"ok":true,"result":{"id":7,"username":"bot"},"description":"webhook was already deleted"}"#,
    ])
    func readsResults(body: String) {
        #expect(result(of: "getMe", 200, body) == .success(TelegramUser(id: 7, username: "bot")))
    }

    private static let refusals: [(String, Int, String, TelegramError)] = [
        ("getMe", 401, failing(401, "Unauthorized"), .badToken(method: "getMe", words: "401 Unauthorized")),
        ("getUpdates", 401, failing(401, "Unauthorized"), .badToken(method: "getUpdates", words: "401 Unauthorized")),
        ("sendMessage", 401, "", .badToken(method: "sendMessage", words: "401 ")),
        ("getMe", 404, failing(404, "Not Found"), .badToken(method: "getMe", words: "404 Not Found")),
        ("getMe", 200, failing(404, "Not Found"), .badToken(method: "getMe", words: "404 Not Found")),
        (
            "sendMessage", 404, failing(404, "Not Found"),
            .refused(method: "sendMessage", status: 404, words: "Not Found", migratedTo: nil)
        ),
        ("getUpdates", 409, failing(409, "Conflict: other"), .conflict(words: "Conflict: other")),
        ("getUpdates", 200, failing(409, "Conflict: other"), .conflict(words: "Conflict: other")),
        (
            "sendMessage", 403, failing(403, "Forbidden: blocked"),
            .refused(method: "sendMessage", status: 403, words: "Forbidden: blocked", migratedTo: nil)
        ),
        (
            "sendMessage", 400, failing(400, "upgraded", #","parameters":{"migrate_to_chat_id":-1001234567890}"#),
            .refused(method: "sendMessage", status: 400, words: "upgraded", migratedTo: -1_001_234_567_890)
        ),
        (
            "sendMessage", 200, failing(400, "upgraded", #","parameters":{"migrate_to_chat_id":-1001234567890}"#),
            .refused(method: "sendMessage", status: 400, words: "upgraded", migratedTo: -1_001_234_567_890)
        ),
        ("getMe", 500, failing(500, "Internal Server Error"), .server(status: 500, words: "Internal Server Error")),
        ("getMe", 200, failing(502, "Bad Gateway"), .server(status: 502, words: "Bad Gateway")),
        ("getMe", 502, page, .server(status: 502, words: "")), ("getMe", 599, "", .server(status: 599, words: "")),
        ("getMe", 503, #"{"ok":true,"result":{"id":7}}"#, .server(status: 503, words: "")),
    ]

    @Test(arguments: refusals)
    func namesRefusals(method: String, status: Int, body: String, error: TelegramError) {
        #expect(result(of: method, status, body) == .failure(error))
    }

    @Test(
        arguments: [
            ("5", 5000), ("0", 0), ("-3", 0), ("1.5", 1500), ("0.001", 1), ("86400", 86_400_000), ("1e30", 86_400_000),
            ("99999999999999999999999", 86_400_000), ("-1e300", 0), ("null", nil), (#""soon""#, nil), ("[]", nil),
            (#""5""#, 5000), (#""-3""#, 0), (#""99999999999999999999999""#, 86_400_000), (#""nan""#, nil),
        ] as [(String, Int?)])
    func readsHowLongToWait(value: String, milliseconds: Int?) {
        let body = Self.failing(429, "Too Many Requests", #","parameters":{"retry_after":\#(value)}"#)
        let error = TelegramError.tooManyRequests(retryAfter: milliseconds.map { .milliseconds($0) })
        #expect(result(of: "sendMessage", 429, body) == .failure(error))
    }

    /// The page of a proxy has no JSON; the JSON of Telegram comes first (RFC 9110, section 10.2.3).
    @Test(
        arguments: [
            (page, "5", 5), ("", "5", 5), (failing(429, ""), "5", 5), (page, "99999999999", 86_400), (page, "-1", 0),
            (failing(429, "", #","parameters":{"retry_after":7}"#), "5", 7), (page, "soon", nil),
        ] as [(String, String, Int?)])
    func readsHowLongToWaitInTheHeader(body: String, field: String, seconds: Int?) {
        let error = TelegramError.tooManyRequests(retryAfter: seconds.map { .seconds($0) })
        #expect(result(of: "getUpdates", 429, body, [(name: "retry-after", value: field)]) == .failure(error))
    }

    @Test(arguments: [
        (429, ""), (429, page), (429, failing(429, "Too Many Requests")), (200, failing(429, "Too Many Requests")),
        (429, failing(429, "", #","parameters":{}"#)), (429, failing(429, "", #","parameters":null"#)), (429, "{"),
    ])
    func doesNotKnowHowLongToWait(status: Int, body: String) {
        #expect(result(of: "getUpdates", status, body) == .failure(.tooManyRequests(retryAfter: nil)))
    }

    @Test(arguments: [
        (200, ""), (200, "{"), (200, page), (200, "null"), (200, "[]"), (200, #"{"ok":true}"#), (200, #"{"ok":false}"#),
        (200, #"{"ok":true,"result":null}"#), (200, #"{"ok":true,"result":{"id":"#), (204, ""),
        (200, #"{"ok":true,"result":}}"#), (200, #"{"ok":"true","result":{"id":7}}"#), (200, #"{"result":{"id":7}}"#),
        (200, #"{"ok":true,"result":{"id":"7"}}"#), (200, #"{"ok":true,"result":{"id":99999999999999999999}}"#),
        (200, "\u{1}\u{2}"), (200, #"{"ok":true,"result":{"id":7}} trailing"#),
    ])
    func doesNotReadWhatIsNoAnswer(status: Int, body: String) {
        #expect(result(of: "getMe", status, body) == .failure(.unreadable(method: "getMe", status: status)))
    }

    /// A proxy or a captive portal answered: Telegram has refused nothing, so no reply may be dropped.
    @Test(arguments: [301, 302, 400, 403, 404, 407, 408, 413, 451], ["", page, "{}", "null"])
    func aStrangersRefusalIsNotTelegrams(status: Int, body: String) {
        #expect(
            result(of: "sendMessage", status, body) == .failure(.unreadable(method: "sendMessage", status: status)))
    }

    /// The page of a server in between says nothing of the token or of another poll.
    @Test(
        arguments: [("getMe", 401), ("getUpdates", 401), ("getMe", 404), ("getMe", 409), ("getUpdates", 409)],
        [(page, "text/html"), ("\r\n \t\(page)", ""), ("Please log in", "Text/HTML; charset=utf-8")])
    func aPageIsNotTelegrams(call: (String, Int), page: (String, String)) {
        let ((method, status), (body, type)) = (call, page)
        #expect(
            result(of: method, status, body, [(name: "Content-Type", value: type)])
                == .failure(.unreadable(method: method, status: status)))
    }

    /// A simple server refuses a token without Telegram's JSON.
    @Test(arguments: [
        ("", "text/html"), (" \r\n", "text/html"), ("Unauthorized", "text/plain"), ("Unauthorized", ""),
        (#"{"error":"no"}"#, "text/html"), ("null", "text/html"),
    ])
    func whatIsNoPageRefusesTheToken(body: String, type: String) {
        for status in [401, 404] {
            #expect(
                result(of: "getMe", status, body, [(name: "Content-Type", value: type)])
                    == .failure(.badToken(method: "getMe", words: "\(status) ")))
        }
        #expect(
            result(of: "getUpdates", 409, body, [(name: "Content-Type", value: type)])
                == .failure(.conflict(words: "")))
    }
}
