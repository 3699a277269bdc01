/// Finds the known word nearest to a mistyped one. Pure.
package enum NearestWord {
    /// `; did you mean WORD?`, or nothing if no word is near.
    package static func question(_ word: String, among words: some Sequence<String>) -> String {
        guard word.utf8.count <= 64 else { return "" }
        let most = min(2, max(1, word.count / 3))
        let near = words.map { (word: $0, distance: distance(word.lowercased(), $0.lowercased())) }
            .filter { $0.distance <= most }.min { ($0.distance, $0.word) < ($1.distance, $1.word) }
        return near.map { "; did you mean \($0.word)?" } ?? ""
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
