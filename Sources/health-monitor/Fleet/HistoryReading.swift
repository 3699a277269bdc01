/// What is read of the history. Each call reads the database on the calling thread, under 50 ms with millions of rows.
protocol HistoryReading {
    /// The newest checks first; nil is every service.
    func checks(service: String?, hours: Int, limit: Int) throws -> [CheckRow]
    /// The newest alerts first; nil is every status, every service.
    func alerts(status: AlertRow.Status?, service: String?, limit: Int) throws -> [AlertRow]
    func uptime(service: String, hours: Int) throws -> Uptime
    /// Of many services at once; those without any check are left out.
    func uptimes(of services: [String], hours: Int) throws -> [String: Uptime]
    /// Each day since one (days since 1970, UTC) that has checks.
    func dailyUptime(service: String, from day: Int64) throws -> [DayUptime]
    /// Each hour since one (hours since 1970) that has response times.
    func hourlyResponses(service: String, from hour: Int64) throws -> [ResponsePoint]
    /// The oldest check since a time (seconds since 1970), and how many there are.
    func checkCount(service: String, from second: Int64) throws -> (oldest: Int64?, count: Int)
    /// The response times of the checks since a time, those of each so many seconds as one.
    func responses(service: String, from second: Int64, step: Int64) throws -> [ResponsePoint]
    /// One check of each of the last so many pieces of time, the oldest first; those that cannot be read are left out.
    func samples(of service: String, every width: Int64, most: Int) throws -> [CheckSample]
    /// The last calls of services that call in.
    func pushes() throws -> [String: PushRecord]
    /// What happened in each of these alerts, by the number of its row, the oldest first.
    func steps(of alerts: [AlertRow]) throws -> [Int64: [AlertStep]]
}
