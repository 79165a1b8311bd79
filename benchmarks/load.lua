-- Plays prepared requests to the server. Arguments after "--": REQUESTS FILLER SECONDS once|again
-- REQUESTS holds, again and again: a line "HEAD TAIL", then HEAD bytes, then TAIL bytes. With a TAIL the
-- request is head .. filler .. tail (the filler is a photo, kept once), without one it is the head alone.
-- After SECONDS, or with "once" after the last request, nothing new is sent, and what is on its way is
-- waited for, so that every row the server committed has its answer counted here.

local ffi = require("ffi")
ffi.cdef [[
typedef struct { long seconds; long nanoseconds; } mashang_moment;
int clock_gettime(int clock, mashang_moment *moment);
]]

local MONOTONIC, FOREVER = 1, 3600000
local moment = ffi.new("mashang_moment")
local requests, filler, seconds, once
local verified, reserved, sent = false, 0, 0
local threads = {}

statuses, began, ended = {}, 0, 0

local function now()
  ffi.C.clock_gettime(MONOTONIC, moment)
  return tonumber(moment.seconds) + tonumber(moment.nanoseconds) / 1e9
end

local function read_all(path)
  if path == "-" then return "" end
  local file = assert(io.open(path, "rb"))
  local bytes = file:read("*a")
  file:close()
  return bytes
end

local function read_requests(path)
  local bytes, place, found = read_all(path), 1, {}
  while place <= #bytes do
    local stop = bytes:find("\n", place, true)
    local head, tail = bytes:sub(place, stop):match("(%d+) (%d+)")
    local middle = stop + tonumber(head)
    local last = middle + tonumber(tail)
    found[#found + 1] = { bytes:sub(stop + 1, middle), bytes:sub(middle + 1, last) }
    place = last + 1
  end
  return found
end

function setup(thread)
  threads[#threads + 1] = thread
end

function init(args)
  requests = read_requests(args[1])
  filler = read_all(args[2])
  seconds = tonumber(args[3])
  once = args[4] == "once"
end

function delay()
  if began == 0 then began = now() end
  if now() - began >= seconds or (once and reserved >= #requests) then return FOREVER end
  reserved = reserved + 1
  return 0
end

function request()
  -- wrk asks once before the start, only to look at the request
  if verified then sent = sent + 1 else verified = true end
  local parts = requests[(math.max(sent, 1) - 1) % #requests + 1]
  if #parts[2] == 0 then return parts[1] end
  return parts[1] .. filler .. parts[2]
end

function response(status)
  statuses[status] = (statuses[status] or 0) + 1
  ended = now()
end

function done(summary, latency)
  local thread = threads[1]
  for status, count in pairs(thread:get("statuses")) do
    io.write(string.format("answered.%d=%d\n", status, count))
  end
  io.write(string.format("elapsed=%.6f\n", thread:get("ended") - thread:get("began")))
  io.write(string.format("p50_us=%d\np99_us=%d\nmax_us=%d\n",
    latency:percentile(50), latency:percentile(99), latency.max))
  local failed = summary.errors
  io.write(string.format("broken=%d\n", failed.connect + failed.read + failed.write + failed.timeout))
end
