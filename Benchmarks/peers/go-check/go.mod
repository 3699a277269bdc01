module go-check

go 1.19
