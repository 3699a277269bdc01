import KeepAliveLease
import KeepAliveLeaseStore
import KeepAlivePlatform
import KeepAlivePostgreSQL
import KeepAliveTestSupport
import Testing

/// The store of lease-keeper and of several monitors, in this process, beside a real PostgreSQL.
@Suite(.timeLimit(.minutes(3)))
struct LeaseStoreTests {
    private let server: PostgreSQLServer
    private let url: String

    init() async throws {
        server = try await PostgreSQLServer.shared()
        url = try await server.makeDatabase()
    }

    @Test func aResourceHasOneLease() async throws {
        try await BlockingWork.run { [url] in
            var first = try StoreDriver(url)
            guard case .row = try first.ask(.observe) else {
                Issue.record("there is no row")
                return
            }
            var second = try StoreDriver(url, name: "other")
            guard case .refused(78, let words) = try second.ask(.observe) else {
                Issue.record("it was not refused")
                return
            }
            #expect(words.contains("the lease bot already protects this bot (telegram:1), but LEASE_NAME is other"))
            // Nor is it asked again.
            #expect(second.store.deadline == nil)
        }
    }

    /// Also a renewal whose answer is lost may stand in the row: a release goes over its beat too.
    @Test func whatIsHeldIsNotedBeforeTheAnswer() async throws {
        try await BlockingWork.run { [url] in
            var driver = try StoreDriver(url)
            guard case .row(let row) = try driver.ask(.observe) else {
                Issue.record("there is no row")
                return
            }
            let (first, second, last) = (Beat(), Beat(), Beat())
            guard case .granted(let epoch, _) = try driver.ask(.acquire(watched: row.beat, new: first)) else {
                Issue.record("it was not granted")
                return
            }
            let renewed = try driver.ask(.renew(epoch: epoch, new: second, over: [first], info: nil))
            #expect(renewed == .renewed(heir: nil))
            let release = try #require(driver.store.held.release(last))
            #expect(
                release
                    == KeeperRequest.release(epoch: epoch, new: last, over: [first, second], heir: nil, info: nil))
            let released = try driver.ask(release)
            #expect(released == .done)
            #expect(driver.store.held.epoch == nil)
        }
    }

    /// Each connection finds the same setting.
    @Test func aServerThatMayForgetIsWarnedOfOnce() async throws {
        try await server.psql("ALTER DATABASE \(url.split(separator: "/").last ?? "") SET synchronous_commit = off")
        let warnings = try await BlockingWork.run { [url] in
            var driver = try StoreDriver(url)
            for _ in 1...3 {
                _ = try driver.ask(.observe)
                driver.store.drop()
            }
            return driver.warnings
        }
        #expect(warnings.count == 1)
        #expect(warnings.first?.contains("synchronous_commit=off") == true)
    }

    /// Sessions that wait for a lock would remain after their client, until the server had none left for others.
    @Test(arguments: ["SELECT FROM keepalive_leases FOR UPDATE", "LOCK TABLE keepalive_leases"])
    func aLockOfAnotherSessionIsNamed(statement: String) async throws {
        try await BlockingWork.run { [url] in
            var driver = try StoreDriver(url)
            guard case .row(let row) = try driver.ask(.observe) else {
                Issue.record("there is no row")
                return
            }
            let other = try PostgreSQLConnection.connect(
                to: PostgreSQLAddress(url), application: "psql", within: .seconds(60))
            _ = try other.run(["BEGIN", PostgreSQLQuery(statement)], within: .seconds(60))
            var second = try StoreDriver(url, limit: .seconds(1))
            // On a busy machine the login alone may take the time of an attempt.
            for _ in 1...30 {
                guard case .unknown("55P03", let words) = try second.ask(.acquire(watched: row.beat, new: Beat()))
                else { continue }
                #expect(words.hasPrefix("another session locks keepalive_leases"))
                _ = try other.query("ROLLBACK", within: .seconds(60))
                guard case .granted = try driver.ask(.acquire(watched: row.beat, new: Beat())) else {
                    Issue.record("nothing holds it any more")
                    return
                }
                return
            }
            Issue.record("the server never gave up")
        }
    }

    /// Whatever takes each new row away, the keeper stops trying.
    @Test func aRowThatIsNeverThereIsNone() async throws {
        try await server.psql(
            """
            \(LeaseTable.create);
            CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
            CREATE TRIGGER swallow BEFORE INSERT ON keepalive_leases FOR EACH ROW EXECUTE FUNCTION swallow();
            """, url: url)
        let answers = try await BlockingWork.run { [url] in
            var driver = try StoreDriver(url)
            return try (1...2).map { _ in try driver.ask(.observe) }
        }
        #expect(answers == [KeeperAnswer](repeating: .none, count: 2))
        try await server.psql("DROP TRIGGER swallow ON keepalive_leases", url: url)
        try await BlockingWork.run { [url] in
            var driver = try StoreDriver(url)
            guard case .row = try driver.ask(.observe) else {
                Issue.record("there is no row")
                return
            }
        }
    }

    /// The next request waits for a moment, not for its whole time.
    @Test func aServerThatRefusesIsSoonAskedAgain() async throws {
        let port = try PortRow.one()
        let answers = try await BlockingWork.run {
            var driver = try StoreDriver("postgres://user@127.0.0.1:\(port)/x")
            let start = MonotonicTime.now()
            let answers = try (1...2).map { _ in try driver.ask(.observe) }
            driver.store.take(3, .observe)
            // Without a rest after each attempt a processor would be busy with them.
            #expect(try #require(driver.store.deadline) >= start.advanced(by: .milliseconds(200)))
            return answers
        }
        for answer in answers {
            guard case .unknown(nil, let words) = answer else {
                Issue.record("\(answer)")
                continue
            }
            #expect(words.contains("refused"))
        }
    }
}
