import CKeepAliveCurl

/// One e-mail in transfer to a server; its outcome is the server's reply.
final class MailTransfer: Transfer {
    let easy: EasyHandle
    private let mail: MailMessage
    private let url: RequestURL
    private let ticket: Ticket<MailReply>
    private static let connectTimeout = Duration.seconds(10)

    init(_ mail: MailMessage, to url: RequestURL, _ easy: EasyHandle, for ticket: Ticket<MailReply>) {
        (self.mail, self.url, self.easy, self.ticket) = (mail, url, easy, ticket)
    }

    var waiter: any Waiter { ticket }

    func prepare(_ settings: ClientSettings) throws(HTTPClientError) {
        easy.prepare(
            url.text, timeout: mail.timeout, connectTimeout: Self.connectTimeout,
            caFile: mail.caFile ?? settings.caFile)
        easy.allowOnlySMTP()
        easy.set(
            CURLOPT_USE_SSL, Int(mail.encryption == .required ? CURLUSESSL_ALL.rawValue : CURLUSESSL_TRY.rawValue))
        if url.endpoint.isLoopback { easy.set(CURLOPT_PROXY, "") }
        easy.set(CURLOPT_MAIL_FROM, "<\(mail.sender)>")
        easy.set(CURLOPT_MAIL_RCPT, list: mail.recipients.map { "<\($0)>" })
        // One invalid address must not keep the message from all others.
        easy.allowSomeRecipientsToFail()
        if let username = mail.username {
            easy.set(CURLOPT_USERNAME, username)
            easy.set(CURLOPT_PASSWORD, mail.password ?? "")
        }
        // A kept connection would be ended with the multi handle, where nothing limits the wait for the answer to QUIT.
        easy.set(CURLOPT_FORBID_REUSE, 1)
        easy.giveUpWaiting { [ticket] in ticket.isFinished }
        easy.setUpload(mail.content)
        easy.receiveReplies(atMost: 1 << 20)
        try easy.check(url.endpoint)
    }

    func isOver(_ code: CURLcode) -> Bool {
        let status = easy.number(CURLINFO_RESPONSE_CODE)
        // A refusal ends the transfer with an error. So does an acceptance with another code than 250, although any 2xx
        // is valid (RFC 5321, section 4.2.1). Before the whole message was sent, a 2xx accepts only a command.
        let isTaken = easy.isUploaded && (200..<300).contains(status)
        let isReply = (400..<600).contains(status) || (code == CURLE_WEIRD_SERVER_REPLY && isTaken)
        if easy.isTooLarge {
            waiter.fail(.tooLarge(url.endpoint))
        } else if code == CURLE_OK || isReply {
            ticket.finish(
                .success(MailReply(code: status, recipients: mail.recipients, replies: easy.replies)))
        } else {
            let failure = TransferFailure(
                code, of: easy, timeout: mail.timeout, connectTimeout: Self.connectTimeout)
            waiter.fail(failure.error(url.endpoint))
        }
        return true
    }
}
