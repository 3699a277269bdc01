// A Swift program that only sleeps: what kit-bot is without the kit.

while !Task.isCancelled {
    try await Task.sleep(for: .seconds(3600))
}
