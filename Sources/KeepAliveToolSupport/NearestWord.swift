/// Finds the known word nearest to a mistyped one. Pure.
package enum NearestWord {
    /// `; did you mean WORD?`, or nothing if no word is near.
    package static func question(_ word: String, among words: some Sequence<String>) -> String {
        let most = min(2, max(1, word.count / 3))
        return nearest(to: word, among: words) { _ in most }.map { "; did you mean \($0)?" } ?? ""
    }

    /// The known name that a name is almost certainly meant to be: both are long, and they differ in one letter or two.
    package static func intended(by name: String, among names: some Sequence<String>) -> String? {
        nearest(to: name, among: names.filter { min(name.utf8.count, $0.utf8.count) >= 10 }) {
            min(name.utf8.count, $0.utf8.count) >= 16 ? 2 : 1
        }
    }

    private static func nearest(
        to word: String, among words: some Sequence<String>, within most: (String) -> Int
    ) -> String? {
        guard word.utf8.count <= 64 else { return nil }
        return words.map { (word: $0, distance: distance(word.lowercased(), $0.lowercased())) }
            .filter { $0.distance <= most($0.word) }.min { ($0.distance, $0.word) < ($1.distance, $1.word) }?.word
    }

    /// How many letters are added, missing, replaced or swapped (optimal string alignment).
    private static func distance(_ one: String, _ other: String) -> Int {
        let (one, other) = (Array(one.utf8), Array(other.utf8))
        var (before, last) = ([Int](), Array(0...other.count))
        for (row, letter) in one.enumerated() {
            var next = [row + 1]
            for (column, wanted) in other.enumerated() {
                var least = min(last[column] + (letter == wanted ? 0 : 1), last[column + 1] + 1, next[column] + 1)
                if row > 0, column > 0, letter == other[column - 1], one[row - 1] == wanted {
                    least = min(least, before[column - 1] + 1)
                }
                next.append(least)
            }
            (before, last) = (last, next)
        }
        return last[other.count]
    }
}
