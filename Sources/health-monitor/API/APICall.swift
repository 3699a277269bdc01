import KeepAliveKit

/// One request that is to be answered, now or later and from any thread.
struct APICall: Sendable {
    private let form: HTTPResponse
    private let place: AnswerPlace
    private let mailbox: Mailbox

    init(_ request: HTTPRequest, from peer: HTTPPeer, mailbox: Mailbox) {
        form = HTTPResponse(to: request)
        place = peer.place
        self.mailbox = mailbox
    }

    /// Gives the answer that was put off.
    func answer(with body: () throws(Refusal) -> [UInt8]) {
        var bytes: [UInt8] = []
        do {
            append(try body(), to: &bytes)
        } catch {
            refuse(error, to: &bytes)
        }
        mailbox.post(.answer(place, bytes))
    }

    func append(_ body: [UInt8], as type: StaticString = "application/json", to output: inout [UInt8]) {
        var stamp = Timestamper()
        var form = form
        form.contentType = type
        form.append(body: body, at: .now(), stamp: &stamp, to: &output)
    }

    /// Says why not.
    func refuse(_ refusal: Refusal, to output: inout [UInt8]) {
        var stamp = Timestamper()
        var form = form
        form.status = refusal.status
        form.extraFields = Array(refusal.fields.utf8)
        form.append(body: Self.error(refusal.reason), at: .now(), stamp: &stamp, to: &output)
    }

    /// `{"error":…,"timestamp":…}`
    static func error(_ reason: String) -> [UInt8] {
        JSONWriter.document { json in
            json.field("error", reason)
            json.field("timestamp", .now())
        }
    }
}
