package import KeepAliveLease
import KeepAlivePlatform
package import KeepAlivePostgreSQL

/// The statement of each request, and what its result means. Pure.
///
/// Each is a single statement behind its limits, in one round trip and one transaction, which works through a transaction
/// pooler too. No rows is a definite answer.
/// Every change compares epoch and beat, so that a late statement changes nothing that has passed on.
/// Thread-safe: a value.
package struct LeaseStatements: Sendable {
    package let name: String
    let resource: String
    let label: String
    let host: String
    let timeToLive: Int64

    /// - Parameters:
    ///   - name: the lease's name: `A-Za-z0-9._-`, at most 63.
    ///   - resource: what it protects: one resource has one lease.
    ///   - label: the candidate's label, unique among all.
    ///   - host: the candidate's machine, for people.
    ///   - timeToLive: in milliseconds.
    package init(name: String, resource: String, label: String, host: String, timeToLive: Int64) {
        self.name = name
        self.resource = resource
        self.label = label
        self.host = host
        self.timeToLive = timeToLive
    }

    /// The statements of a launcher's lease.
    package init(_ settings: KeeperSettings) {
        name = settings.name
        resource = settings.resource
        label = settings.label
        host = settings.host
        timeToLive = Int64(settings.timeToLiveMilliseconds)
    }

    /// The statement of a request; nil for a request that is not for the database.
    package func query(_ request: KeeperRequest) -> PostgreSQLQuery? {
        switch request {
        case .observe: observe
        case .acquire(let watched, let new): acquire(watched, new)
        case .renew(let epoch, let new, let over, let info): renew(epoch, new, over, info)
        case .release(let epoch, let new, let over, let heir, let info): release(epoch, new, over, heir, info)
        case .claim(let epoch, let heir): claim(epoch, heir)
        case .protect: nil
        }
    }

    /// Goes before each statement, for its transaction alone. A client that gives up leaves its session behind: without
    /// limits each would wait for the same lock, until the server has no connection left.
    ///
    /// - Parameter limit: how long the client waits; for a lock the server waits less, so that its reason arrives.
    func limits(to limit: Duration) -> PostgreSQLQuery {
        let milliseconds = max(5, limit.saturatedNanoseconds / 1_000_000)
        return PostgreSQLQuery(
            "SELECT set_config('lock_timeout', $1::text, true), set_config('statement_timeout', $2::text, true)",
            [String(milliseconds / 5 * 4), String(milliseconds)])
    }

    private var observe: PostgreSQLQuery {
        PostgreSQLQuery(
            """
            SELECT epoch, beat, holder, heir, ttl_ms, host,
                to_char(since AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), info, resource
            FROM keepalive_leases WHERE name = $1::text
            """, [name])
    }

    /// Makes the row of a lease that nobody has used yet.
    package func makeRow(_ beat: Beat) -> PostgreSQLQuery {
        PostgreSQLQuery(
            """
            INSERT INTO keepalive_leases (name, resource, beat, ttl_ms)
            VALUES ($1::text, $2::text, $3::uuid, $4::int) ON CONFLICT (name) DO NOTHING
            """, [name, resource, beat.description, String(timeToLive)])
    }

    /// The lease that has our resource.
    package var owner: PostgreSQLQuery {
        PostgreSQLQuery("SELECT name FROM keepalive_leases WHERE resource = $1::text", [resource])
    }

    private func acquire(_ watched: Beat, _ new: Beat) -> PostgreSQLQuery {
        // An offer of the earlier epoch must not be claimed in this one.
        PostgreSQLQuery(
            """
            UPDATE keepalive_leases SET
                epoch = greatest(epoch + 1, floor(extract(epoch FROM clock_timestamp()))::bigint), beat = $4::uuid,
                holder = $5::text, ttl_ms = $6::int, host = $7::text, heir = NULL, info = info - 'offer',
                since = clock_timestamp(), renewed_at = clock_timestamp(),
                expires_at = clock_timestamp() + $6::int * interval '1 ms'
            WHERE name = $1::text AND resource = $2::text AND beat = $3::uuid RETURNING epoch, info
            """, [name, resource, watched.description, new.description, label, String(timeToLive), host])
    }

    private func renew(_ epoch: Int64, _ new: Beat, _ over: [Beat], _ info: String?) -> PostgreSQLQuery {
        // A released lease may be another's the next moment: it cannot be renewed, not even over the release's own beat.
        PostgreSQLQuery(
            """
            UPDATE keepalive_leases SET
                beat = $4::uuid, ttl_ms = $5::int, info = coalesce($6::jsonb, info),
                heir = CASE WHEN $6::jsonb IS NULL OR $6::jsonb ? 'offer' THEN heir END,
                renewed_at = clock_timestamp(), expires_at = clock_timestamp() + $5::int * interval '1 ms'
            WHERE name = $1::text AND epoch = $2::bigint AND beat = ANY($3::uuid[]) AND holder IS NOT NULL
            RETURNING heir
            """, [name, String(epoch), Self.array(over), new.description, String(timeToLive), info])
    }

    private func release(
        _ epoch: Int64, _ new: Beat, _ over: [Beat], _ heir: String?, _ info: String?
    ) -> PostgreSQLQuery {
        PostgreSQLQuery(
            """
            UPDATE keepalive_leases SET
                holder = NULL, heir = $5::text, beat = $4::uuid, info = coalesce($6::jsonb, info) - 'offer'
            WHERE name = $1::text AND epoch = $2::bigint AND beat = ANY($3::uuid[]) RETURNING 1
            """, [name, String(epoch), Self.array(over), new.description, heir, info])
    }

    private func claim(_ epoch: Int64, _ heir: String) -> PostgreSQLQuery {
        PostgreSQLQuery(
            """
            UPDATE keepalive_leases SET heir = $3::text
            WHERE name = $1::text AND epoch = $2::bigint AND heir IS NULL AND info ? 'offer' RETURNING 1
            """, [name, String(epoch), heir])
    }

    private static func array(_ beats: [Beat]) -> String { PostgreSQLQuery.array(beats.map(\.description)) }

    // MARK: Results

    /// The answer to a request from its statement's result; nil for an observation without a row.
    package func answer(to request: KeeperRequest, _ result: PostgreSQLResult) -> KeeperAnswer? {
        guard let row = result.rows.first else {
            if case .observe = request { return nil }
            return .zero
        }
        switch request {
        case .observe: return Self.row(row).map { .row($0) } ?? Self.malformed
        case .acquire:
            guard let epoch = row.integer(0), epoch > 0, let info = row[1] else { return Self.malformed }
            return .granted(epoch: epoch, info: Self.bounded(info))
        case .renew: return .renewed(heir: row[0].flatMap { Self.isName($0) ? $0 : nil })
        case .release, .claim, .protect: return .done
        }
    }

    /// The resource in an observation's result.
    static func resource(_ result: PostgreSQLResult) -> String? { result.rows.first?[8] }

    private static let malformed = KeeperAnswer.unknown(
        state: nil, words: "the row in keepalive_leases holds values that lease-keeper never writes; correct the row")

    private static func row(_ row: PostgreSQLRow) -> LeaseRow? {
        guard let epoch = row.integer(0), epoch >= 0, let beat = row[1].flatMap({ Beat($0) }),
            let timeToLive = row.integer(4).flatMap({ Int32(exactly: $0) }), timeToLive > 0, let info = row[7],
            [row[2], row[3], row[5], row[6]].allSatisfy({ $0.map(isName) ?? true })
        else { return nil }
        return LeaseRow(
            epoch: epoch, beat: beat, holder: row[2], heir: row[3], timeToLive: timeToLive, host: row[5] ?? "",
            since: row[6], info: bounded(info))
    }

    /// Whether a label or the name of a machine is short enough for a message.
    private static func isName(_ text: String) -> Bool { text.utf8.count <= KeeperMessageLimits.name }

    /// What somebody else made larger than a message may be counts as empty.
    private static func bounded(_ info: String) -> String {
        info.utf8.count > KeeperMessageLimits.info ? "{}" : info
    }
}
