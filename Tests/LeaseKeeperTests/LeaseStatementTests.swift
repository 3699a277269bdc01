import KeepAliveLease
import KeepAliveTestSupport
import Testing

/// The answers of the real program beside a real PostgreSQL.
struct LeaseStatementTests {
    private let folder: TemporaryDirectory
    private let server: PostgreSQLServer
    private let url: String

    init() async throws {
        folder = try TemporaryDirectory()
        server = try await PostgreSQLServer.shared()
        url = try await server.makeDatabase()
    }

    @Test func aLeaseIsTakenRenewedPassedOnAndReleased() async throws {
        let keeper = try KeeperDriver(url, folder: folder)
        let free = try await keeper.row()
        #expect(free.epoch == 0)
        #expect(free.holder == nil)
        let (epoch, first) = try await keeper.take()
        #expect(epoch > 1_700_000_000)
        var row = try await keeper.row()
        #expect(row.holder == "a")
        #expect(row.host == "machine-a")
        #expect(row.timeToLive == 30_000)
        #expect(row.since?.hasSuffix("Z") == true)

        // A renewal whose answer was lost: the next one goes over both beats.
        let (second, third) = (Beat(), Beat())
        #expect(
            try await keeper.ask(.renew(epoch: epoch, new: second, over: [first], info: nil)) == .renewed(heir: nil))
        #expect(try await keeper.ask(.renew(epoch: epoch, new: third, over: [first], info: nil)) == .zero)
        #expect(
            try await keeper.ask(.renew(epoch: epoch, new: third, over: [first, second], info: #"{"offer":true}"#))
                == .renewed(heir: nil))

        #expect(try await keeper.ask(.claim(epoch: epoch + 1, heir: "b")) == .zero)
        #expect(try await keeper.ask(.claim(epoch: epoch, heir: "b")) == .done)
        #expect(try await keeper.ask(.claim(epoch: epoch, heir: "c")) == .zero)
        let fourth = Beat()
        #expect(
            try await keeper.ask(.renew(epoch: epoch, new: fourth, over: [third], info: nil)) == .renewed(heir: "b"))
        let last = Beat()
        #expect(
            try await keeper.ask(.release(epoch: epoch - 1, new: last, over: [fourth], heir: "b", info: nil)) == .zero)
        #expect(
            try await keeper.ask(
                .release(epoch: epoch, new: last, over: [fourth], heir: "b", info: #"{"offer":true,"x":1}"#)) == .done)
        row = try await keeper.row()
        #expect(row.holder == nil)
        #expect(row.heir == "b")
        #expect(row.beat == last)
        #expect(row.info == #"{"x": 1}"#)

        // A released lease cannot be renewed, not even over the release's own beat.
        #expect(try await keeper.ask(.renew(epoch: epoch, new: Beat(), over: [last, fourth], info: nil)) == .zero)
        let (next, _) = try await keeper.take()
        #expect(next > epoch)
        #expect(try await keeper.row().heir == nil)
    }

    /// An offer that is taken back takes back its heir too: it may be dead at the next handover.
    @Test func anOfferEndsWithItsHeir() async throws {
        let keeper = try KeeperDriver(url, folder: folder)
        let (epoch, first) = try await keeper.take()
        let (second, third, fourth) = (Beat(), Beat(), Beat())
        let offer = #"{"offer":true}"#
        try await keeper.ask(.renew(epoch: epoch, new: second, over: [first], info: offer))
        #expect(try await keeper.ask(.claim(epoch: epoch, heir: "b")) == .done)
        #expect(
            try await keeper.ask(.renew(epoch: epoch, new: third, over: [second], info: "{}")) == .renewed(heir: nil))
        #expect(try await keeper.ask(.claim(epoch: epoch, heir: "b")) == .zero)
        // A leader that dies while it offers: the next epoch is not on offer.
        try await keeper.ask(.renew(epoch: epoch, new: fourth, over: [third], info: offer))
        let (next, _) = try await keeper.take()
        #expect(try await keeper.ask(.claim(epoch: next, heir: "b")) == .zero)
    }

    /// Whatever else writes to the table: an answer that does not fit into a packet would never reach the launcher.
    @Test func aRowThatIsTooLargeForAMessageIsReported() async throws {
        let keeper = try KeeperDriver(url, folder: folder)
        let (epoch, first) = try await keeper.take()
        let second = Beat()
        try await server.psql("UPDATE keepalive_leases SET heir = repeat('x', 300000)", url: url)
        #expect(
            try await keeper.ask(.renew(epoch: epoch, new: second, over: [first], info: nil)) == .renewed(heir: nil))
        try await server.psql("UPDATE keepalive_leases SET heir = NULL, host = repeat('x', 300000)", url: url)
        guard case .unknown(_, let words) = try await keeper.ask(.observe) else {
            Issue.record("the row was accepted")
            return
        }
        #expect(words.contains("correct the row"))
        // Of an error's words 2 KiB arrive.
        try await server.psql(
            """
            CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS
                'BEGIN RAISE EXCEPTION USING MESSAGE = repeat(''x'', 300000); END';
            CREATE TRIGGER fail BEFORE UPDATE ON keepalive_leases FOR EACH ROW EXECUTE FUNCTION fail();
            """, url: url)
        let renewal = KeeperRequest.renew(epoch: epoch, new: Beat(), over: [second], info: nil)
        #expect(try await keeper.ask(renewal) == .unknown(state: "P0001", words: String(repeating: "x", count: 2048)))
    }

    @Test func ofTwoKeepersOneIsGranted() async throws {
        let keepers = [
            try KeeperDriver(url, folder: folder), try KeeperDriver(url, folder: folder, label: "b"),
        ]
        for _ in 0..<5 {
            // Both make the table and the row at first, and then watch the same beat.
            async let rows = (keepers[0].row(), keepers[1].row())
            let watched = try await rows
            async let answers = (
                keepers[0].ask(.acquire(watched: watched.0.beat, new: Beat())),
                keepers[1].ask(.acquire(watched: watched.1.beat, new: Beat()))
            )
            let both = try await [answers.0, answers.1]
            #expect(both.count { if case .granted = $0 { true } else { false } } == 1)
            #expect(both.count { $0 == .zero } == 1)
        }
    }

    /// Whoever changes the row by hand must not start a second bot, nor stop the keeper.
    @Test func whatLeaseKeeperNeverWritesIsNoLease() async throws {
        let keeper = try KeeperDriver(url, folder: folder)
        let (epoch, _) = try await keeper.take()
        for (change, isRow) in [
            ("ttl_ms = 0", false), ("ttl_ms = -1", false), ("ttl_ms = 1", true), ("epoch = -1", false),
            ("epoch = 0", true), ("epoch = \(epoch)", true),
        ] {
            try await server.psql("UPDATE keepalive_leases SET \(change)", url: url)
            let answer = try await keeper.ask(.observe)
            switch answer {
            case .row: #expect(isRow, "\(change)")
            case .unknown(nil, let words): #expect(!isRow && words.contains("correct the row"), "\(change)")
            default: Issue.record("\(change): \(answer)")
            }
        }
        // A message holds 8 KiB of it.
        for (count, isKept) in [(8192, true), (8193, false)] {
            let value = String(repeating: "a", count: count - #"{"x": ""}"#.utf8.count)
            try await server.psql(#"UPDATE keepalive_leases SET info = '{"x": "\#(value)"}'"#, url: url)
            #expect(try await keeper.row().info == (isKept ? #"{"x": "\#(value)"}"# : "{}"))
        }
    }

    /// Of two standbys that watched one beat the second comes too late, and a late release changes nothing.
    @Test func aBeatThatHasPassedOnChangesNothing() async throws {
        let keeper = try KeeperDriver(url, folder: folder)
        let free = try await keeper.row()
        let (epoch, first) = try await keeper.take()
        #expect(try await keeper.ask(.acquire(watched: free.beat, new: Beat())) == .zero)
        let second = Beat()
        #expect(
            try await keeper.ask(.renew(epoch: epoch, new: second, over: [first], info: nil)) == .renewed(heir: nil))
        #expect(
            try await keeper.ask(.release(epoch: epoch, new: Beat(), over: [first], heir: nil, info: nil)) == .zero)
        #expect(try await keeper.ask(.renew(epoch: epoch - 1, new: Beat(), over: [second], info: nil)) == .zero)
        #expect(try await keeper.ask(.renew(epoch: epoch + 1, new: Beat(), over: [second], info: nil)) == .zero)
        // Nobody may claim what is not on offer.
        #expect(try await keeper.ask(.claim(epoch: epoch, heir: "b")) == .zero)
        let row = try await keeper.row()
        #expect(row.beat == second && row.holder == "a" && row.heir == nil && row.epoch == epoch)
    }

    @Test func oneTokenHasOneLease() async throws {
        let first = try KeeperDriver(url, folder: folder)
        _ = try await first.row()
        let second = try KeeperDriver(url, folder: folder, name: "other", label: "b")
        guard case .refused(let exit, let words) = try await second.ask(.observe) else {
            Issue.record("it was not refused")
            return
        }
        #expect(exit == 78)
        #expect(words.contains("Set LEASE_NAME=bot"))
        let third = try KeeperDriver(url, folder: folder, resource: "telegram:2", label: "c")
        guard case .refused(78, let other) = try await third.ask(.observe) else {
            Issue.record("it was not refused")
            return
        }
        #expect(other.contains("telegram:1") && other.contains("telegram:2"))
    }

    /// Of two keepers that make the row at once, one may fail at the resource: PostgreSQL looks for a conflict of the
    /// name alone. Here the row is hidden from the first look, and an INSERT fails.
    @Test func aRowThatAnotherKeeperMakesAtThisMomentIsNoRefusal() async throws {
        let first = try KeeperDriver(url, folder: folder)
        let row = try await first.row()
        let database = url.split(separator: "/").last.map(String.init) ?? ""
        try await server.psql(
            """
            CREATE SEQUENCE looks; GRANT USAGE ON SEQUENCE looks TO locked;
            GRANT ALL ON keepalive_leases TO locked;
            CREATE POLICY late ON keepalive_leases USING (nextval('looks') > 1);
            ALTER TABLE keepalive_leases ENABLE ROW LEVEL SECURITY;
            CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE unique_violation; END';
            CREATE TRIGGER fail BEFORE INSERT ON keepalive_leases FOR EACH ROW EXECUTE FUNCTION fail();
            """, url: url)
        let second = try KeeperDriver(
            server.url(database: database, user: "locked", password: "geheim"), folder: folder, label: "b")
        #expect(try await second.row().beat == row.beat)
    }

    @Test func withoutTheRightToMakeTheTableItPrintsTheStatement() async throws {
        try await server.psql("REVOKE CREATE ON SCHEMA public FROM PUBLIC", url: url)
        let database = url.split(separator: "/").last.map(String.init) ?? ""
        let keeper = try KeeperDriver(
            server.url(database: database, user: "locked", password: "geheim"), folder: folder)
        guard case .refused(78, let words) = try await keeper.ask(.observe) else {
            Issue.record("it was not refused")
            return
        }
        #expect(words.contains("CREATE TABLE"))
        #expect(!words.contains("geheim"))
        // What it printed is all that is needed.
        try await server.psql(
            "\(words.split(separator: "run:\n").last ?? "")".replacing("\"USER_OF_LEASE_URL\"", with: "locked"),
            url: url)
        #expect(try await keeper.row().epoch == 0)
        #expect(!keeper.process.output.contains("geheim"))
    }

    /// The launcher logs a refusal; lease-keeper does not do it too.
    @Test func whatOnlyAPersonCanMendIsRefusedWithARemedyOnce() async throws {
        let address = server.url(user: "locked", password: "verkehrt")
        let wrong = try KeeperDriver(address, folder: folder)
        try await expectRefusal(by: wrong, "Correct the user and password in LEASE_URL")
        let missing = try KeeperDriver(server.url(database: "nowhere"), folder: folder, label: "b")
        try await expectRefusal(by: missing, "the database of LEASE_URL is missing", "Create it")
        try await server.psql("CREATE TABLE keepalive_leases(name text, beat uuid)", url: url)
        let other = try KeeperDriver(url, folder: folder, label: "c")
        try await expectRefusal(by: other, "has another form", "drop it")
        let malformed = try KeeperDriver("postgres://u:verkehrt@h:port/x", folder: folder, label: "d")
        #expect(await malformed.process.wait() == .exited(78))
        guard case .refused(78, let words) = try await malformed.refusal() else { return }
        #expect(words.contains("LEASE_URL") && !words.contains("verkehrt"))
        #expect(malformed.process.output == "")
    }

    private func expectRefusal(by keeper: KeeperDriver, _ parts: String...) async throws {
        guard case .refused(78, let words) = try await keeper.ask(.observe) else {
            Issue.record("it was answered")
            return
        }
        for part in parts { #expect(words.contains(part), "\(words)") }
        #expect(!words.contains("verkehrt"))
        // A later answer shows that nothing more was to be written.
        _ = try await keeper.ask(.protect(deadline: nil, process: nil))
        #expect(keeper.process.output == "")
    }

    /// A server that takes no writes for now may take them again: the row can be seen meanwhile.
    @Test func aServerWithoutWritesIsUnknown() async throws {
        let database = url.split(separator: "/").last.map(String.init) ?? ""
        let first = try KeeperDriver(url, folder: folder)
        let (epoch, beat) = try await first.take()
        try await server.psql("ALTER DATABASE \(database) SET default_transaction_read_only = on")
        let second = try KeeperDriver(url, folder: folder, label: "b")
        #expect(try await second.row().beat == beat)
        guard case .unknown("25006", _) = try await second.ask(.acquire(watched: beat, new: Beat())) else {
            Issue.record("it was granted")
            return
        }
        #expect(try await second.row().epoch == epoch)
    }

    @Test func aServerThatMayForgetIsWarnedOfOnce() async throws {
        try await server.psql("ALTER DATABASE \(url.split(separator: "/").last ?? "") SET synchronous_commit = off")
        let keeper = try KeeperDriver(url, folder: folder)
        _ = try await keeper.row()
        try await keeper.process.waitForLine(containing: "synchronous_commit=off")
        try await server.psql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'lease-keeper' AND datname = current_database()",
            url: url)
        _ = try await keeper.row()
        #expect(keeper.process.output.split(separator: "synchronous_commit=off").count == 2)
    }
}
