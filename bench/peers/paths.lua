-- wrk's side of the HTTP/1.1 cases: 10,000 paths in turn, and the result as one line of JSON.
-- Arguments: "keep" or "close" (the connection, after each answer), then patterns of paths with one %d each.
local requests, at = {}, 0

function init(args)
  local headers = { Host = "catalog", Accept = "*/*", ["User-Agent"] = "bench" }
  if args[1] == "close" then headers.Connection = "close" end
  for n = 0, 9999 do
    local pattern = args[2 + n % (#args - 1)]
    requests[n] = wrk.format("GET", pattern:format(n), headers)
  end
end

function request()
  at = (at + 1) % 10000
  return requests[at]
end

function done(summary)
  local e = summary.errors
  io.write(string.format(
    '{"requests":%d,"bytes":%.0f,"connect":%d,"read":%d,"write":%d,"status":%d,"timeout":%d}\n',
    summary.requests, summary.bytes, e.connect, e.read, e.write, e.status, e.timeout))
end
