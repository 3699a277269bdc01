import KeepAliveTestSupport
import Testing

@testable import KeepAlivePostgreSQL

@Suite struct AddressTests {
    @Test(arguments: [
        ("postgres://db.example/bot", "postgres://db.example:5432/bot"),
        ("postgresql://u:p%40ss@db.example:6000/bot", "postgres://db.example:6000/bot"),
        ("postgres://u:p@a:1,b,[::1]:3/bot?sslmode=require", ""),
        ("postgres://u@a,b:7/bot", "postgres://a:5432,b:7/bot"),
        ("postgres://u@[::1]:3/bot", "postgres://[::1]:3/bot"),
        ("postgres:///bot?host=/run/postgresql&port=5433", "postgres:///run/postgresql/.s.PGSQL.5433/bot"),
        ("postgres://u:p?ss@db/bot", "postgres://db:5432/bot"),
        ("postgres://u%40server@db/bot?options=-c%20geqo%3Doff", "postgres://db:5432/bot"),
    ])
    func goodAddresses(_ url: String, _ description: String) throws {
        let address = try PostgreSQLAddress(url)
        if !description.isEmpty { #expect("\(address)" == description) }
        #expect(!"\(address)".contains("p@ss"))
        #expect("\(address.with(database: "other"))".hasSuffix("/other"))
    }

    @Test(arguments: [
        "", "mysql://x", "postgres:/x", "host=db dbname=bot", "postgres://u:geheim@db:port/bot", "postgres://db:0/bot",
        "postgres://db:65536/bot", "postgres://db/bot?sslmode=maybe", "postgres://db/bot?target_session_attrs=x",
        "postgres://db/bot?geheim=1", "postgres://db/bot?geheim", "postgres://u:ge@heim@db/bot",
        "postgres://u:ge/heim@db/bot", "postgres://u:ge?he@im@db/bot", "postgres://u:%zzgeheim@db/bot",
        "postgres://u:geheim@[::1/bot", "postgres://u:geheim@a:1,b:2,c/bot?port=1,2", "postgres://a\0b/bot",
        "postgres://db/bot?host=a,b&hostaddr=1.2.3.4",
    ])
    func badAddresses(_ url: String) {
        do throws(PostgreSQLError) {
            _ = try PostgreSQLAddress(url)
            Issue.record("accepted")
        } catch {
            #expect(error.kind == .address)
            #expect(!error.mayPass)
            #expect(!"\(error)".contains("heim"), "\(error)")
        }
    }

    @Test func messagesOfRefusals() {
        let text = """
            connection to server at "::1", port 5432 failed: Connection refused
            \tIs the server running on that host and accepting TCP/IP connections?
            connection to server at "127.0.0.1", port 5432 failed: FATAL:  57P03: the database system is starting up
            LOCATION:  ProcessStartupPacket, postmaster.c:2398

            """
        let (words, state) = ConnectMessage.read(text)
        #expect(state == "57P03")
        #expect(
            words == """
                connection to server at "::1", port 5432 failed: Connection refused; Is the server running on that host and \
                accepting TCP/IP connections?; connection to server at "127.0.0.1", port 5432 failed: FATAL: the database \
                system is starting up
                """)
        #expect(ConnectMessage.read("").words == "the connection failed")
        #expect(ConnectMessage.read("FATAL:  ").sqlState == nil)
        #expect(ConnectMessage.read("x:  12").sqlState == nil)
    }

    /// One port may be for all hosts, and an address needs no name.
    @Test(arguments: [
        ("postgres:///bot?hostaddr=192.0.2.7", "postgres://192.0.2.7:5432/bot"),
        ("postgres:///bot", "postgres://localhost:5432/bot"),
        ("postgres://db/bot?hostaddr=192.0.2.7", "postgres://db:5432/bot"),
        ("postgres://a,b/bot?port=7", "postgres://a:7,b:7/bot"),
        ("postgres://a,b/bot?port=7,8", "postgres://a:7,b:8/bot"), ("postgres://db", "postgres://db:5432/"),
    ])
    func hostsAndTheirPorts(_ url: String, _ description: String) throws {
        #expect(try PostgreSQLAddress(url).description == description)
    }

    /// Five letters before a colon are no code, and what two hosts say alike is said once.
    @Test func wordsOfRefusals() {
        let plain = ConnectMessage.read("FATAL:  hello: no")
        #expect(plain.words == "FATAL:  hello: no")
        #expect(plain.sqlState == nil)
        #expect(ConnectMessage.read("a\n\n  a\nb").words == "a; b")
        let both = ConnectMessage.read("FATAL:  53300: full\nFATAL:  57P03: starting")
        #expect(both.words == "FATAL: full; FATAL: starting")
        #expect(both.sqlState == "57P03")
    }
}
