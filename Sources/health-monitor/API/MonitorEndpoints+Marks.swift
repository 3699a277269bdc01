import KeepAliveKit
import KeepAlivePlatform

/// Acknowledgements, silences and notes: what people say about a service.
extension MonitorEndpoints {
    /// The limit for keeping a mark. A disk that hangs longer answers 503, and the mark still counts.
    private static let patience = Duration.seconds(15)

    /// `/api/health/alerts/ID/ack`
    ///
    /// - Parameter who: the key or session of the request, in words.
    func acknowledge(
        _ id: Substring, _ request: HTTPRequest, _ bytes: Span<UInt8>, _ call: APICall, by who: String
    ) throws(Refusal) -> Answer {
        guard id.isDigits, let id = Int64(id), id > 0 else {
            throw Refusal(
                .notFound, "unknown alert: give the id of an open alert (GET /api/health/alerts?status=active)")
        }
        let fields = try MarkFields(
            [UInt8](bytes, request.body), allowed: request.method == .post ? ["note", "by"] : ["by"])
        let change = request.method == .post ? ServiceMarks.Change.acknowledge(note: try fields.note()) : .unacknowledge
        let author = try author(fields, who)
        let sources = sources
        let isTaken = reader.add {
            do throws(Refusal) {
                let row = try sources.history.alert(id: id)
                Task {
                    let outcome = await sources.mark(row.service, change, by: author, of: row)
                    call.answer { () throws(Refusal) in try outcome.get() }
                }
            } catch {
                call.answer { () throws(Refusal) in throw error }
            }
        }
        guard isTaken else { throw .tooManyReads }
        return .later(Self.patience)
    }

    /// `/api/health/silence/SERVICE`
    func silence(
        _ name: Substring, _ request: HTTPRequest, _ bytes: Span<UInt8>, _ call: APICall, by who: String
    ) throws(Refusal) -> Answer {
        let isNew = request.method == .post
        let fields = try MarkFields(
            [UInt8](bytes, request.body), allowed: isNew ? ["until", "minutes", "note", "by"] : ["by"])
        let change =
            isNew
            ? ServiceMarks.Change.silence(until: try fields.end(after: .now()), note: try fields.note()) : .unsilence
        return try keep(change, of: name, by: author(fields, who), call)
    }

    /// `/api/health/services/SERVICE/note`
    func note(
        _ name: Substring, _ request: HTTPRequest, _ bytes: Span<UInt8>, _ call: APICall, by who: String
    ) throws(Refusal) -> Answer {
        let isNew = request.method == .post
        let fields = try MarkFields([UInt8](bytes, request.body), allowed: isNew ? ["note", "by"] : ["by"])
        let note = isNew ? try fields.note() : nil
        if isNew, note == nil {
            throw Refusal(.badRequest, "note is missing: give a text, or remove the note with DELETE")
        }
        return try keep(.note(note), of: name, by: author(fields, who), call)
    }

    /// A key may belong to several people, so a request may name one of them beside it.
    private func author(_ fields: MarkFields, _ who: String) throws(Refusal) -> String {
        try fields.name().map { "\($0) (\(who))" } ?? who
    }

    private func keep(
        _ change: ServiceMarks.Change, of name: Substring, by who: String, _ call: APICall
    ) throws(Refusal) -> Answer {
        let service = try Parameters.decode(name.utf8, "SERVICE", inQuery: false)
        guard sources.board[service] != nil else { throw .noService(service, among: sources.board.names) }
        let sources = sources
        Task {
            let outcome = await sources.mark(service, change, by: who)
            call.answer { () throws(Refusal) in try outcome.get() }
        }
        return .later(Self.patience)
    }
}

extension MonitorEndpoints.Sources {
    /// Applies a change and keeps it.
    ///
    /// - Parameter row: of an acknowledgement: its alert.
    func mark(
        _ service: String, _ change: ServiceMarks.Change, by who: String, of row: AlertRow? = nil
    ) async -> Result<APIContent, Refusal> {
        let now = WallTime.now()
        let applied = board.update(service) { status -> (marks: ServiceMarks, event: AlertEvent?) in
            let alert = status.state.alert
            if let row, alert.map({ WallTime(microseconds: $0.openedAt).iso8601 }) != row.triggeredAt {
                return (status.marks, nil)
            }
            let event = status.marks.apply(
                change, to: service, by: who, at: now.microseconds, alert: alert?.openedAt,
                severity: alert?.severity ?? .warning)
            return (status.marks, event)
        }
        guard let applied else { return .failure(.noService(service, among: board.names)) }
        guard let event = applied.event else { return .failure(change.refusal(of: service, row)) }
        await keepMarks(service, applied.marks, event)
        board.noteAlerts()
        return .success(
            APIContent(
                JSONWriter.document { json in
                    json.field("service", service)
                    if let row { json.field("alert_id", row.id) }
                    json.field(
                        "acknowledged", applied.marks.acknowledgement(ofAlertAt: board[service]?.state.alert?.openedAt))
                    json.field("silenced", applied.marks.silence(at: now.microseconds))
                    json.field("note", applied.marks.noted)
                    json.field("timestamp", now)
                }))
    }
}

extension ServiceMarks.Change {
    /// Why it cannot be done.
    fileprivate func refusal(of service: String, _ row: AlertRow?) -> Refusal {
        let name = service.limited(to: 60)
        switch self {
        case .acknowledge:
            return Refusal(
                .conflict, "alert \(row?.id ?? 0) of \(name) is over: only an open alert can be acknowledged")
        case .unacknowledge: return Refusal(.notFound, "alert \(row?.id ?? 0) of \(name) is not acknowledged")
        case .unsilence: return Refusal(.notFound, "\(name) is not silenced")
        case .silence, .note: return Refusal(.notFound, "\(name) has no note")
        }
    }
}
