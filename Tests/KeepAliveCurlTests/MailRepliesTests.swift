import Testing

@testable import KeepAliveCurl

struct MailRepliesTests {
    /// Of a reply in several lines only the last counts.
    @Test func readsTheCodes() {
        var replies = MailReplies()
        let lines = [
            "220 ready\r\n", "250-one\r\n", "250-two\r\n", "250 three\r\n", "354", "35", "", "a35 x\r\n", "2:5 x\r\n",
            "2/5 x\r\n", "999 x\r\n", "012\r\n",
        ]
        let taken = lines.map { replies.take(Array($0.utf8)) }
        #expect(!taken.contains(false))
        #expect(replies.codes == [220, 250, 354, 999, 12])
    }

    /// Those of the two recipients come right before the 354.
    @Test(
        arguments: [
            ([550, 250, 354], [550]), ([220, 250, 250, 250, 399, 400, 354, 250], [400]), ([250, 250, 354, 554], []),
            ([550, 354], []), ([220, 250, 550, 550], []), ([], []),
        ] as [([Int], [Int])])
    func whoGotNothing(replies: [Int], codes: [Int]) {
        let reply = MailReply(code: 250, recipients: ["a", "b"], replies: replies)
        #expect(reply.refusals.map(\.code) == codes)
    }

    @Test func theyMayHaveExactlyTheirLimit() {
        var replies = MailReplies()
        let taken = [ResponseHead.maximumBytes - 1, 1, 1].map { replies.take([UInt8](repeating: 0x41, count: $0)) }
        #expect(taken == [true, true, false])
    }
}
