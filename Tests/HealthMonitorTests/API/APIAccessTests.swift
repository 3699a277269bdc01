import KeepAliveKit
import KeepAlivePlatform
import Testing

@testable import KeepAliveHealthMonitor

struct APIAccessTests {
    private let start = MonotonicTime(nanoseconds: 1_000_000_000)

    private func after(_ seconds: Int) -> MonotonicTime { start.advanced(by: .seconds(seconds)) }

    private func status(
        _ access: inout APIAccess, _ credentials: String..., from network: UInt64 = 1, at time: MonotonicTime
    ) -> HTTPStatus? {
        do {
            try access.check(credentials.map { Array($0.utf8) }, from: network, at: time)
            return nil
        } catch {
            return error.status
        }
    }

    @Test func everyKeyOpens() {
        var access = APIAccess(keys: ["key-number-1", "key-number-2"], at: start)
        #expect(status(&access, "key-number-1", at: start) == nil)
        #expect(status(&access, "key-number-2", at: start) == nil)
        #expect(status(&access, "wrong", "key-number-2", at: start) == nil, "one of those shown is enough")
        for wrong in ["", "key-number-", "key-number-11", "KEY-NUMBER-1", "key-number-1key-number-2"] {
            #expect(status(&access, wrong, at: start) == .unauthorized, "\(wrong)")
        }
    }

    @Test func withoutKeysNobodyComesIn() throws {
        var access = APIAccess(keys: [], at: start)
        #expect(status(&access, "", at: start) == .unauthorized)
        let refusal = try #require(throws: Refusal.self) { try access.check([], from: 1, at: start) }
        #expect(refusal.reason.contains("no API key is configured"))
    }

    @Test func theTimelineNamesTheKeyOrTheLogin() {
        var access = APIAccess(keys: ["key-number-1", "key-number-2"], at: start)
        func holder(_ credentials: String..., sessions: [String] = [], at time: MonotonicTime) -> String {
            access.holder(of: credentials.map { Array($0.utf8) }, sessions: sessions, at: time)
        }
        #expect(holder("key-number-1", at: start) == "API key 1")
        #expect(holder("wrong", "key-number-2", at: start) == "API key 2")
        #expect(holder("wrong", at: start) == "local user")
        let session = access.sessions.begin(at: start)
        #expect(holder("key-number-1", sessions: ["other", session], at: start) == "page login")
        #expect(holder("key-number-1", sessions: [session], at: after(12 * 3600)) == "API key 1")
        let only = APIAccess(keys: ["key-number-1"], at: start)
        #expect(only.holder(of: [Array("key-number-1".utf8)], sessions: [], at: start) == "API key")
    }

    /// Pages that were left open ask again and again.
    @Test func anExpiredSessionIsNoWrongTry() throws {
        var access = APIAccess(keys: ["key-number-1"], at: start)
        let session = access.sessions.begin(at: start)
        try access.check([], sessions: ["other", session], from: 1, at: after(12 * 3600 - 1))
        for _ in 0..<30 {
            let refusal = try #require(throws: Refusal.self) {
                try access.check([], sessions: [session], from: 1, at: after(12 * 3600))
            }
            #expect(refusal.reason.hasPrefix("an API key is needed: "))
        }
        let refusal = try #require(throws: Refusal.self) {
            try access.check([[]], sessions: [session], from: 1, at: after(12 * 3600))
        }
        #expect(refusal.reason.hasPrefix("the API key is wrong: "))
    }

    /// Twenty at once, then one a second; clients with a right key or without any are not delayed.
    @Test func wrongTriesAreSlowedDown() throws {
        var access = APIAccess(keys: ["key-number-1"], at: start)
        for _ in 0..<20 { #expect(status(&access, "wrong", at: start) == .unauthorized) }
        let refusal = try #require(throws: Refusal.self) { try access.check([[1]], from: 1, at: start) }
        #expect(refusal.status == .tooManyRequests)
        #expect(refusal.fields == "Retry-After: 1\r\n")
        #expect(status(&access, "key-number-1", at: start) == nil)
        #expect(status(&access, at: start) == .unauthorized)
        #expect(status(&access, "wrong", at: after(1)) == .unauthorized)
        #expect(status(&access, "wrong", at: after(1)) == .tooManyRequests)
        for _ in 0..<20 { #expect(status(&access, "wrong", at: after(1000)) == .unauthorized) }
        #expect(status(&access, "wrong", at: after(1000)) == .tooManyRequests, "no more than twenty are saved up")
    }
}

struct WrongTokensTests {
    @Test func twentyWrongTokensAreTaken() throws {
        let start = MonotonicTime(nanoseconds: 1_000_000_000)
        var access = APIAccess(keys: [], at: start)
        for _ in 0..<20 { try access.noteWrongToken(at: start) }
        let refusal = try #require(throws: Refusal.self) { try access.noteWrongToken(at: start) }
        #expect(refusal.reason == "too many wrong tokens: try again in 1 s")
        let later = start.advanced(by: .seconds(1))
        try access.noteWrongToken(at: later)
        #expect(throws: Refusal.self) { try access.noteWrongToken(at: later) }
    }
}

struct WrongTriesTests {
    private let start = MonotonicTime(nanoseconds: 1_000_000_000)

    /// A persistent guesser gets one try a second; a right key always passes.
    @Test func whoGuessesIsSlowedDown() throws {
        var access = APIAccess(keys: ["key-number-1"], at: start)
        func status(_ key: String, from network: UInt64, after seconds: Int = 0) -> HTTPStatus? {
            do {
                try access.check([Array(key.utf8)], from: network, at: start.advanced(by: .seconds(seconds)))
                return nil
            } catch {
                return error.status
            }
        }
        for _ in 1..<WrongTries.mostOfOne { _ = status("wrong", from: 1) }
        #expect(status("key-number-1", from: 1) == nil)
        #expect(status("wrong", from: 1) == .tooManyRequests)
        #expect(status("key-number-1", from: 1) == nil)
        #expect(status("key-number-1", from: 2) == nil)
        let session = access.sessions.begin(at: start)
        try access.check([], sessions: [session], from: 1, at: start)
        // A client without a key gets no message about a wrong one.
        let refusal = try #require(throws: Refusal.self) { try access.check([], from: 1, at: start) }
        #expect(refusal.status == .unauthorized)
        #expect(status("wrong", from: 1, after: 1) == .unauthorized)
        #expect(status("wrong", from: 1, after: 1) == .tooManyRequests)
        #expect(status("key-number-1", from: 1, after: 1) == nil)
    }

    @Test func aNetworkWithAThousandWrongTriesCountsOnceASecond() {
        var tries = WrongTries(at: start)
        for _ in 1..<1000 { _ = tries.note(from: 7, at: start) }
        #expect(tries.wait(for: 7, at: start) == nil)
        _ = tries.note(from: 7, at: start)
        #expect(tries.wait(for: 7, at: start) == 1)
        #expect(tries.wait(for: 7, at: start.advanced(by: .milliseconds(999))) == 1)
        let later = start.advanced(by: .seconds(1))
        #expect(tries.wait(for: 7, at: later) == nil)
        _ = tries.note(from: 7, at: later)
        #expect(tries.wait(for: 7, at: later) == 1)
        #expect(tries.wait(for: 8, at: later) == nil)
    }

    @Test func allNetworksTogetherHaveTwentyTriesAndOneASecond() {
        var tries = WrongTries(at: start)
        for network in 0..<UInt64(20) { #expect(tries.note(from: network, at: start) == nil) }
        #expect(tries.note(from: 20, at: start) == 1)
        let later = start.advanced(by: .seconds(1))
        #expect(tries.note(from: 21, at: later) == nil)
        #expect(tries.note(from: 22, at: later) == 1)
    }

    /// What a network may not use is left for the others.
    @Test func aGuesserWhoHasToWaitTakesNothingFromOthers() {
        var access = APIAccess(keys: ["key-number-1"], at: start)
        func status(from network: UInt64, after seconds: Double) -> HTTPStatus? {
            do {
                try access.check([[1]], from: network, at: start.advanced(by: .seconds(seconds)))
                return nil
            } catch {
                return error.status
            }
        }
        for _ in 0..<1000 { _ = status(from: 1, after: 0) }
        // The network saves up more than all together may.
        for _ in 0..<20 { #expect(status(from: 1, after: 20.5) == .unauthorized) }
        #expect(status(from: 1, after: 21) == .tooManyRequests)
        #expect(status(from: 1, after: 21.5) == .tooManyRequests)
        #expect(status(from: 2, after: 21.5) == .unauthorized)
    }

    @Test func whoComesFromEverywherePushesNobodyOut() {
        var tries = WrongTries(at: start)
        for _ in 0..<WrongTries.mostOfOne { _ = tries.note(from: 7, at: start) }
        for network in 100..<UInt64(100 + 2 * WrongTries.mostNetworks) { _ = tries.note(from: network, at: start) }
        #expect(tries.wait(for: 7, at: start) == 1)
        #expect(tries.wait(for: 100, at: start) == nil)
    }
}

struct TokenBucketTests {
    @Test func itSaysHowLongToWait() {
        let start = MonotonicTime(nanoseconds: 0)
        var bucket = TokenBucket(capacity: 1, perSecond: 0.1, at: start)
        #expect(bucket.take(at: start) == nil)
        #expect(bucket.take(at: start) == 10)
        #expect(bucket.take(at: start.advanced(by: .milliseconds(500))) == 10)
        #expect(bucket.take(at: start.advanced(by: .seconds(9))) == 1)
        #expect(bucket.take(at: start.advanced(by: .seconds(10))) == nil)
        #expect(bucket.take(at: start) == 10, "an earlier time gives nothing")
    }
}
