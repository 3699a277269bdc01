import CKeepAliveCurl

/// What libcurl reads a message from, and what it is told of its envelope.
///
/// Not Sendable: it lives and dies on the transfer thread, and must outlive its easy handle's transfer.
final class MailUpload {
    private let mail: MailMessage
    private var sent = 0
    private var recipients: UnsafeMutablePointer<curl_slist>?

    init(_ mail: MailMessage) {
        self.mail = mail
    }

    deinit {
        curl_slist_free_all(recipients)
    }

    /// Sets what makes a transfer the sending of this message.
    func prepare(_ options: inout EasyOptions) {
        options.allowOnlySMTP()
        options.set(
            CURLOPT_USE_SSL, Int(mail.encryption == .required ? CURLUSESSL_ALL.rawValue : CURLUSESSL_TRY.rawValue))
        options.set(CURLOPT_MAIL_FROM, "<\(mail.sender)>")
        for recipient in mail.recipients {
            guard let list = curl_slist_append(recipients, "<\(recipient)>") else {
                options.fail(CURLE_OUT_OF_MEMORY)
                return
            }
            recipients = list
        }
        if let recipients { options.set(CURLOPT_MAIL_RCPT, recipients) }
        // One address that is gone must not keep the message from all others.
        options.allowSomeRecipientsToFail()
        if let username = mail.username {
            options.set(CURLOPT_USERNAME, username)
            options.set(CURLOPT_PASSWORD, mail.password ?? "")
        }
        if let caFile = mail.caFile { options.set(CURLOPT_CAINFO, caFile) }
        // Else one dead connection, kept from the last message, would cost the next one a try.
        options.set(CURLOPT_FORBID_REUSE, 1)
        options.set(CURLOPT_UPLOAD, 1)
        options.set(CURLOPT_READDATA, Unmanaged.passUnretained(self).toOpaque())
        options.set(CURLOPT_READFUNCTION) { buffer, size, count, me in
            let (total, overflow) = size.multipliedReportingOverflow(by: count)
            guard let buffer, let me, !overflow else { return Int(CURL_READFUNC_ABORT) }
            return Unmanaged<MailUpload>.fromOpaque(me).takeUnretainedValue()
                .read(into: UnsafeMutableRawBufferPointer(start: buffer, count: total))
        }
    }

    private func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let part = mail.content[sent...].prefix(buffer.count)
        buffer.copyBytes(from: part)
        sent += part.count
        return part.count
    }
}
