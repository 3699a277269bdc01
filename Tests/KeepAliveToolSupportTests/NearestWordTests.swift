import KeepAliveToolSupport
import Testing

struct NearestWordTests {
    private static let words = ["status", "handover", "drill", "run"]

    /// A short word may have one slip, a long one two: a letter more, a missing, another, or two that are swapped.
    @Test(
        arguments: [
            ("statu", "status"), ("statuss", "status"), ("stqtus", "status"), ("sttaus", "status"), ("DRILL", "drill"),
            ("statxx", "status"), ("staxxx", nil), ("ruun", "run"), ("rn", "run"), ("rxx", nil), ("dirll", "drill"),
            ("drol", nil), ("hadnovre", "handover"), ("xandovxx", nil), ("", nil),
        ] as [(String, String?)])
    func slips(word: String, nearest: String?) {
        let question = nearest.map { "; did you mean \($0)?" } ?? ""
        #expect(NearestWord.question(word, among: Self.words) == question)
    }

    @Test func theNearestComesFirstAndThenTheFirstByName() {
        #expect(NearestWord.question("aat", among: ["cat", "bat"]) == "; did you mean bat?")
        #expect(NearestWord.question("statuz", among: ["states", "status"]) == "; did you mean status?")
    }

    /// The work grows with the square of a word's length.
    @Test func aVeryLongWordIsNearToNone() {
        let known = String(repeating: "a", count: 63)
        #expect(NearestWord.question(known + "a", among: [known]) == "; did you mean \(known)?")
        #expect(NearestWord.question(known + "aa", among: [known]) == "")
    }

    /// Short names and names that differ more may be a program's own.
    @Test(
        arguments: [
            ("MAX_RESTART", "MAX_RESTARTS"), ("MAX_RESTRATS", "MAX_RESTARTS"), ("max_restarts", "MAX_RESTARTS"),
            ("MAX_RESTS", nil), ("LOG_FROMAT", "LOG_FORMAT"), ("LOG_FILES", nil), ("PORTS", nil),
            ("DATABASE_PASS", nil), ("DATABASE_PATHS", "DATABASE_PATH"), ("HEALTH_GRACE_SC", "HEALTH_GRACE_SEC"),
            ("HEALTH_GRCE_SECS", "HEALTH_GRACE_SEC"), ("HEALTH_GRCE_SC", nil), ("MAX_RETRIES", nil),
        ] as [(String, String?)])
    func aLongNameIsTakenForItsNeighbour(name: String, intended: String?) {
        let names = ["MAX_RESTARTS", "LOG_FORMAT", "LOG_FILE", "PORT", "DATABASE_PATH", "HEALTH_GRACE_SEC"]
        #expect(NearestWord.intended(by: name, among: names) == intended)
    }
}
