module benchmarks/go-record

go 1.19
