import Foundation
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveKit

@Suite(.timeLimit(.minutes(1)))
struct RestartEndpointTests {
    let restarts = EventLog<Void>()

    /// Requests a restart, and optionally another, on its own server.
    private func statuses(
        _ requests: [(method: String, headers: KeyValuePairs<String, String>)], token: String? = nil,
        environment: String = "dev", accepts: Bool = true
    ) throws -> [Int] {
        var configuration = ServedBot.configuration
        configuration.restartToken = token
        configuration.environment = environment
        let restarts = self.restarts
        let onRestart: @Sendable () -> Bool = {
            if accepts { restarts.append(()) }
            return accepts
        }
        return try ServedBot.serve(configuration: configuration, onRestart: onRestart) { port in
            try requests.map { try ServedBot.ask($0.method, "/restart", port: port, headers: $0.headers).status }
        }
    }

    @Test(arguments: ["GET", "POST"])
    func isAccepted(method: String) throws {
        let restarts = self.restarts
        let onRestart: @Sendable () -> Bool = {
            restarts.append(())
            return true
        }
        try ServedBot.serve(onRestart: onRestart) { port in
            let answer = try ServedBot.ask(method, "/restart", port: port)
            #expect(answer.status == 202)
            #expect(try answer.json()["message"] == "Restart signal received")
            #expect(try answer.json().object?.count == 2)
        }
        #expect(restarts.count == 1)
    }

    @Test func oneIn5Seconds() throws {
        #expect(try statuses([("POST", [:]), ("POST", [:]), ("GET", [:]), ("HEAD", [:])]) == [202, 429, 429, 429])
        #expect(restarts.count == 1)
    }

    @Test func whoComesTooSoonIsToldWhenToComeAgain() throws {
        try ServedBot.serve { port in
            #expect(try ServedBot.ask("POST", "/restart", port: port).status == 202)
            let answer = try ServedBot.ask("POST", "/restart", port: port)
            #expect(answer.status == 429)
            #expect(answer.headers["Retry-After"] == "5")
        }
    }

    @Test func after5SecondsTheNextIsAccepted() throws {
        try ServedBot.serve { port in
            let start = MonotonicTime.now()
            #expect(try ServedBot.ask("POST", "/restart", port: port).status == 202)
            var status = 429
            for _ in 0..<600 where status == 429 {
                usleep(100_000)
                status = try ServedBot.ask("POST", "/restart", port: port).status
            }
            #expect(status == 202)
            #expect(MonotonicTime.now().since(start) >= .seconds(5))
        }
    }

    @Test func theRefusedAndTheMerelyAskedUseUpNothing() throws {
        #expect(
            try statuses([("POST", ["Via": "1.1 proxy"]), ("HEAD", [:]), ("PUT", [:]), ("POST", [:])])
                == [403, 202, 405, 202])
        #expect(restarts.count == 1)
    }

    /// nginx with defaults uses HTTP/1.0, sends its configured address as Host, and does not identify itself.
    @Test func aProxyThatTellsNothingIsRefused() throws {
        try ServedBot.serve { port in
            let request = "POST /restart HTTP/1.0\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\n\r\n"
            let answer = try ServedBot.exchange(request, port: port)
            #expect(answer.hasPrefix("HTTP/1.1 403 "))
        }
        #expect(restarts.count == 0)
    }

    @Test(arguments: [
        "Origin", "Sec-Fetch-Site", "Sec-Fetch-User", "Referer", "Cookie", "Forwarded", "X-Forwarded-For",
        "X-Forwarded-Server", "Via", "X-Real-IP", "CF-Connecting-IP", "origin", "VIA",
    ])
    func browsersAndProxiesAreRefused(field: String) throws {
        try ServedBot.serve { port in
            let client = try RawClient(port: port)
            defer { client.close() }
            try client.send("POST /restart HTTP/1.1\r\nHost: localhost\r\n\(field): x\r\n\r\n")
            let answer = try client.readResponse()
            #expect(answer.status == 403)
            #expect(try answer.json()["error"]?.string?.contains("RESTART_TOKEN") == true)
        }
    }

    /// nginx as another user, over HTTP/1.1 and without additions.
    @Test(.enabled(if: getuid() == 0, "another user's socket takes root to make"))
    func anotherUsersProgramIsRefused() async {
        // In its own process, because the user applies to the whole process.
        await #expect(processExitsWith: .success) {
            try ServedBot.serve { port in
                // A socket belongs to its creator.
                try #require(seteuid(65_534) == 0)
                let client = Result { try RawClient(port: port) }
                try #require(seteuid(0) == 0)
                try client.get().request("POST", "/restart")
                let answer = try client.get().readResponse()
                #expect(answer.status == 403)
                #expect(answer.text.contains("another user's program"))
            }
        }
    }

    @Test(arguments: [("localhost", 202), ("bot.example", 403)])
    func theHostOfAWholeAddressCounts(host: String, status: Int) throws {
        let text = try ServedBot.serve { port in
            try ServedBot.exchange(
                "POST http://\(host):\(port)/restart HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                port: port)
        }
        #expect(text.hasPrefix("HTTP/1.1 \(status) "))
    }

    @Test func guessingATokenIsSlowedDownAndTheRightOneWorks() throws {
        var configuration = ServedBot.configuration
        configuration.restartToken = "a-token-of-16-and-more"
        try ServedBot.serve(configuration: configuration) { port in
            let client = try RawClient(port: port)
            defer { client.close() }
            func status(_ token: String?) throws -> RawClient.Response {
                try client.request(
                    "POST", "/restart", headers: token.map { ["Authorization": "Bearer \($0)"] } ?? [:])
                return try client.readResponse()
            }
            var statuses: [Int] = []
            let start = MonotonicTime.now()
            for guess in 0..<100 where statuses.last != 429 { statuses.append(try status("guess-\(guess)").status) }
            #expect(statuses.count > 20)
            // A slow machine earns one more a second.
            #expect(Double(statuses.count) <= 21 + MonotonicTime.now().since(start).seconds)
            #expect(statuses.dropLast().allSatisfy { $0 == 401 })
            #expect(statuses.last == 429)
            #expect(try status(nil).status == 401, "what shows none is no try")
            #expect(try status("a-token-of-16-and-more").status == 202)
        }
    }

    @Test(arguments: [("localhost:1", 202), ("bot.example", 403), ("127.0.0.1", 202)])
    func theHostMustBeThisMachine(host: String, status: Int) throws {
        let text = try ServedBot.serve { port in
            try ServedBot.exchange("POST /restart HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n", port: port)
        }
        #expect(text.hasPrefix("HTTP/1.1 \(status) "))
    }

    @Test func theToken() throws {
        let right: KeyValuePairs = ["Authorization": "Bearer secret-token-of-16"]
        let wrong: KeyValuePairs = ["Authorization": "Bearer secret-tokem-of-16"]
        let twice: KeyValuePairs = [
            "Authorization": "Bearer secret-token-of-16", "authorization": "Bearer secret-token-of-16",
        ]
        #expect(
            try statuses(
                [("POST", [:]), ("POST", wrong), ("POST", twice), ("POST", right), ("POST", wrong)],
                token: "secret-token-of-16", environment: "prod") == [401, 401, 401, 202, 401])
        #expect(restarts.count == 1)
    }

    @Test func aRefusalNamesTheSchemeAndNotTheToken() throws {
        var configuration = ServedBot.configuration
        configuration.restartToken = "secret-token-of-16"
        let answer = try ServedBot.serve(configuration: configuration) {
            try ServedBot.ask("POST", "/restart", port: $0)
        }
        #expect(answer.headers["WWW-Authenticate"] == "Bearer")
        #expect(!answer.text.contains("secret-token-of-16"))
    }

    @Test(arguments: ["prod", "stage"])
    func withoutATokenInProdNobody(environment: String) throws {
        #expect(try statuses([("POST", [:])], environment: environment) == [environment == "prod" ? 403 : 202])
    }

    @Test func aBotThatIsStoppingSaysSo() throws {
        #expect(try statuses([("POST", [:]), ("POST", [:])], accepts: false) == [503, 503])
        let withoutALoop = try ServedBot.serve(onRestart: nil) { port in
            try ["POST", "HEAD"].map { try ServedBot.ask($0, "/restart", port: port).status }
        }
        #expect(withoutALoop == [503, 503])
    }
}
