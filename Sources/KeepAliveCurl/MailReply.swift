/// What a mail server answered to a message.
public struct MailReply: Sendable, Equatable {
    /// A recipient that the server did not take.
    public struct Refusal: Sendable, Equatable {
        public let recipient: String
        /// 4xx for now, 5xx for good (RFC 5321, section 4.2.1).
        public let code: Int
    }

    /// The last reply code: 250 once the server has taken the message, or 4xx and 5xx if it refused it.
    public let code: Int
    /// The recipients without the message, although the server took it for the others.
    public let refusals: [Refusal]

    init(code: Int, recipients: [String], replies: [Int]) {
        self.code = code
        // The replies to the recipients come before the one that asks for the message.
        guard let start = replies.firstIndex(of: 354), start >= recipients.count else {
            refusals = []
            return
        }
        refusals = zip(recipients, replies[(start - recipients.count)..<start]).filter { $0.1 >= 400 }
            .map { Refusal(recipient: $0.0, code: $0.1) }
    }
}
