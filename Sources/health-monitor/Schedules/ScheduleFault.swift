/// Why a text is no schedule, with the remedy.
struct ScheduleFault: Error, Equatable {
    let words: String
}
