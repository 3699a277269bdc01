import CKeepAlivePostgreSQL
import KeepAlivePlatform

/// One connection of libpq (PGconn), finished with this object. Nothing here waits, except libpq's name lookup in `init`.
///
/// Not Sendable: it belongs to its `PostgreSQLConnection`.
@safe final class Session {
    /// How far the connecting is.
    enum Progress {
        case wantsRead, wantsWrite, connected, failed
    }

    /// What libpq has ready.
    enum Item {
        case result(PostgreSQLResult)
        case failure(PostgreSQLError)
        /// Not run, because an earlier statement of the batch failed.
        case skipped
        /// The batch is complete.
        case end
        /// Nothing (more) for this statement.
        case none
    }

    private let raw: OpaquePointer
    private let notices: Notices

    /// Begins to connect (PQconnectStartParams).
    init(_ settings: [(keyword: String, value: String)], _ notices: Notices) throws(PostgreSQLError) {
        let keywords = settings.map { Array($0.keyword.utf8) }
        let values = settings.map { Array($0.value.utf8) }
        let opened = unsafe CStrings.with(keywords, values) { keywords, values in
            unsafe PQconnectStartParams(
                keywords.map { unsafe UnsafePointer($0) }, values.map { unsafe UnsafePointer($0) }, 0)
        }
        guard let opened = unsafe opened else { throw PostgreSQLError(.connect, "libpq is out of memory") }
        unsafe raw = opened
        self.notices = notices
        unsafe _ = PQsetNoticeProcessor(
            raw,
            { context, words in
                guard let context = unsafe context, let words = unsafe words else { return }
                unsafe Unmanaged<Notices>.fromOpaque(context).takeUnretainedValue().note(String(cString: words))
            }, Unmanaged.passUnretained(notices).toOpaque())
        // Before a connection stands, a refusal's code is in this text alone.
        _ = unsafe PQsetErrorVerbosity(raw, PQERRORS_VERBOSE)
        if isBroken { throw connectFailure }
    }

    deinit {
        // Sends a farewell without waiting: the socket does not block, and neither does libpq in this mode.
        unsafe PQfinish(raw)
    }

    var isBroken: Bool { unsafe PQstatus(raw) == CONNECTION_BAD }
    /// Whether the server has accepted the login, or asks for none.
    var isAuthenticated: Bool {
        let status = unsafe PQstatus(raw)
        return status == CONNECTION_AUTH_OK || status == CONNECTION_OK
    }
    /// Whether the server asked for a password and none was given.
    var lacksPassword: Bool { unsafe PQconnectionNeedsPassword(raw) == 1 }
    var descriptor: Int32? {
        let descriptor = unsafe PQsocket(raw)
        return descriptor < 0 ? nil : descriptor
    }
    var isInTransaction: Bool {
        let status = unsafe PQtransactionStatus(raw)
        return status == PQTRANS_INTRANS || status == PQTRANS_INERROR
    }
    var serverVersion: Int32 { unsafe PQserverVersion(raw) }

    /// Takes the next step of connecting (PQconnectPoll).
    func proceed() -> Progress {
        switch unsafe PQconnectPoll(raw) {
        case PGRES_POLLING_OK:
            unsafe PQsetnonblocking(raw, 1) == 0 && PQenterPipelineMode(raw) == 1 ? .connected : .failed
        case PGRES_POLLING_READING: .wantsRead
        case PGRES_POLLING_WRITING: .wantsWrite
        default: .failed
        }
    }

    var connectFailure: PostgreSQLError {
        let (words, sqlState) = ConnectMessage.read(unsafe String(cString: PQerrorMessage(raw)))
        // libpq itself finds that there is no password; a server has the code for it.
        return PostgreSQLError(.connect, words, sqlState: sqlState ?? (lacksPassword ? "28000" : nil))
    }

    /// Why the connection broke.
    var loss: PostgreSQLError {
        let (words, sqlState) = ConnectMessage.read(unsafe String(cString: PQerrorMessage(raw)))
        return PostgreSQLError(.lost, words, sqlState: sqlState)
    }

    /// Queues a statement (PQsendQueryParams).
    func send(_ query: PostgreSQLQuery) throws(PostgreSQLError) {
        var values = unsafe query.parameters.map { text in
            unsafe text.flatMap { unsafe strdup($0) }.map { unsafe UnsafePointer($0) }
        }
        defer { for index in unsafe values.indices { unsafe free(UnsafeMutablePointer(mutating: values[index])) } }
        for (index, text) in query.parameters.enumerated() where text != nil {
            if unsafe values[index] == nil { throw PostgreSQLError(.lost, Errno("strdup", code: ENOMEM).message) }
        }
        let isSent = unsafe values.withUnsafeMutableBufferPointer { values in
            unsafe PQsendQueryParams(
                raw, query.sql, Int32(clamping: values.count), nil, values.baseAddress.map { unsafe UnsafePointer($0) },
                nil, nil, 0)
        }
        if isSent != 1 { throw loss }
    }

    /// Ends a batch of statements (PQpipelineSync).
    func endBatch() throws(PostgreSQLError) {
        if unsafe PQpipelineSync(raw) != 1 { throw loss }
    }

    /// Sends what the socket takes (PQflush); true if there is more.
    func flush() throws(PostgreSQLError) -> Bool {
        let result = unsafe PQflush(raw)
        if result < 0 { throw loss }
        return result == 1
    }

    /// Reads what is there (PQconsumeInput).
    func readAvailable() throws(PostgreSQLError) {
        if unsafe PQconsumeInput(raw) != 1 { throw loss }
    }

    /// Whether the next item has not arrived yet.
    var isWaiting: Bool { unsafe PQisBusy(raw) == 1 }

    /// Takes the next item; only while not `isWaiting`, else it would wait.
    func take() -> Item {
        guard let result = unsafe PQgetResult(raw) else { return .none }
        defer { unsafe PQclear(result) }
        switch unsafe PQresultStatus(result) {
        case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: return unsafe .result(Self.copy(result))
        case PGRES_PIPELINE_SYNC: return .end
        case PGRES_PIPELINE_ABORTED: return .skipped
        case PGRES_FATAL_ERROR:
            let sqlState = unsafe PQresultErrorField(result, cpostgresql_sqlstate).map { unsafe String(cString: $0) }
            let words = unsafe PQresultErrorField(result, cpostgresql_primary).map { unsafe String(cString: $0) }
            let message = unsafe words ?? ConnectMessage.read(String(cString: PQresultErrorMessage(result))).words
            // FATAL and PANIC end the session, even if its end has not been read yet.
            let severity = unsafe PQresultErrorField(result, cpostgresql_severity).map { unsafe String(cString: $0) }
            let isEnd = isBroken || severity == "FATAL" || severity == "PANIC"
            return .failure(PostgreSQLError(isEnd ? .lost : .server, message, sqlState: sqlState))
        default:
            return .failure(
                PostgreSQLError(.misuse, "the statement is of a kind that is not supported here, such as COPY"))
        }
    }

    private static func copy(_ result: OpaquePointer) -> PostgreSQLResult {
        let columns = unsafe (0..<max(0, PQnfields(result))).map { column in
            unsafe PQfname(result, column).map { unsafe String(cString: $0) } ?? ""
        }
        let rows = unsafe (0..<max(0, PQntuples(result))).map { row in
            PostgreSQLRow(
                columns: columns,
                values: columns.indices.map { unsafe value(of: result, row, Int32(clamping: $0)) })
        }
        let affected = unsafe PQcmdTuples(result).flatMap { unsafe Int(String(cString: $0)) }
        return PostgreSQLResult(columns: columns, rows: rows, affectedRows: affected ?? 0)
    }

    private static func value(of result: OpaquePointer, _ row: Int32, _ column: Int32) -> String? {
        guard unsafe PQgetisnull(result, row, column) == 0 else { return nil }
        let count = unsafe Int(PQgetlength(result, row, column))
        let bytes = unsafe UnsafeRawBufferPointer(start: PQgetvalue(result, row, column), count: count)
        return unsafe String(decoding: bytes, as: UTF8.self)
    }
}
