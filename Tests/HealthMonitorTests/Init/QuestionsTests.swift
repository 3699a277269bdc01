import KeepAliveTestSupport
import Synchronization
import Testing

@testable import KeepAliveHealthMonitor

struct QuestionsTests {
    /// A person's answers, the questions and the messages.
    private final class Person: Sendable {
        private let state: Mutex<(answers: [String], heard: [String])>

        init(_ answers: [String]) { state = Mutex((answers, [])) }

        var heard: [String] { state.withLock { $0.heard } }
        var left: [String] { state.withLock { $0.answers } }

        var questions: Questions {
            Questions(
                ask: { question in
                    self.state.withLock { state in
                        state.heard.append(question)
                        return state.answers.isEmpty ? nil : state.answers.removeFirst()
                    }
                }, say: { text in self.state.withLock { $0.heard.append(text) } },
                variable: { $0 == "HOOK" ? "https://example.org/x" : nil })
        }
    }

    @Test(
        arguments: [
            ([""], 8001...8003), ([], 8001...8003), (["9000"], 9000...9000), (["9000-9002"], 9000...9002),
            (["1-100"], 1...100), (["65535"], 65_535...65_535),
            (["x", "0", "2-1", "1-101", "1-2-3", "-", "70000", "5-6"], 5...6), (["x"], 8001...8003),
        ] as [([String], ClosedRange<Int>)])
    func ports(answers: [String], range: ClosedRange<Int>) {
        let person = Person(answers)
        #expect(person.questions.ports(usual: 8001...8003) == range)
        #expect(person.left.isEmpty)
        let refusals = person.heard.filter { $0.contains("is not allowed: give a port") }
        #expect(refusals.count == max(0, answers.count - (range == 8001...8003 && answers == ["x"] ? 0 : 1)))
    }

    @Test func theAPIsPort() {
        #expect(Person([""]).questions.apiPort(usual: 8090) == 8090)
        #expect(Person(["65536", "0"]).questions.apiPort(usual: 8090) == 0)
    }

    private func channel(_ answers: [String]) -> (keys: [String], person: Person) {
        let person = Person(answers)
        return (person.questions.channel().map { "\($0.key)=\($0.value)" }, person)
    }

    @Test func channels() {
        #expect(channel([""]).keys == [])
        #expect(channel(["none"]).keys == [])
        #expect(channel(["Slack", "https://h/x"]).keys == ["type=slack", "url=https://h/x"])
        #expect(channel(["discord", "$HOOK"]).keys == ["type=discord-webhook", "url=$HOOK"])
        #expect(
            channel(["telegram", "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1", "-100"]).keys
                == ["type=telegram", "token=110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1", "chatId=-100"])
        #expect(
            channel(["email", "a@b.org", "c@d.org", "", ""]).keys
                == ["type=email", "to=a@b.org", "from=c@d.org", "url=smtp://localhost:25", "tls=opportunistic"])
        #expect(
            channel(["email", "a@b.org", "c@d.org", "smtps://mail.d.org", "me", "word"]).keys
                == [
                    "type=email", "to=a@b.org", "from=c@d.org", "url=smtps://mail.d.org", "username=me",
                    "password=word",
                ])
    }

    @Test func whatCannotBeUsedIsAskedAgain() {
        let (keys, person) = channel(["pigeon", "webhook", "example.org", "", "$NONE", "https://example.org/"])
        #expect(keys == ["type=webhook", "url=https://example.org/"])
        for words in ["\"pigeon\" is not allowed", "it is not a web address", "url: ", "the environment has no NONE"] {
            #expect(person.heard.contains { $0.contains(words) }, "\(person.heard)")
        }
        // The end of the input skips the channel.
        #expect(channel(["webhook", "example.org"]).keys == [])
    }

    /// Only mail that stays on this machine may go in the open, and no password does.
    @Test func mailLeavesThisMachineEncrypted() {
        let away = "smtp://mail.d.org:587"
        #expect(channel(["email", "a@b.org", "c@d.org", away, ""]).keys.last == "url=\(away)")
        let keys = channel(["email", "a@b.org", "c@d.org", "smtp://localhost:25", "me", "word"]).keys
        #expect(keys.last == "password=word")
    }
}
