-- nginx.lua – what each worker process of nginx runs as it begins: the loop that bench_versus gives orders to
-- (scripted.h says how). The global `bench` comes from the configuration (nginx.cc).
--
-- Mode "driver" is the loop without the dictionary. Keys lie in a table made beforehand: forming one costs more than
-- looking it up. A value begins with the four bytes of its key's number, which is what a hit is checked by.
local ffi = require "ffi"
local bit = require "bit"

ffi.cdef [[
typedef struct { long seconds; long nanoseconds; } bench_time;
int clock_gettime(int clock, bench_time *now);
]]

local MONOTONIC, THREAD_CPU = 1, 3
local MIX_PERIOD, TOUCH_STEP = 20, 4
local TAIL = "@example.mail.test.larder.in"
local now = ffi.new("bench_time")
local cached = bench.mode == "nginx"
local cache = ngx.shared.cache

local function nanoseconds(clock)
  ffi.C.clock_gettime(clock, now)
  return tonumber(now.seconds) * 1e9 + tonumber(now.nanoseconds)
end

local function key_of(id)
  local mixed = math.floor((id * 2654435761) % 4294967296 / 65536)
  return (string.format("user%08d", id) .. TAIL):sub(1, 16 + mixed % 25)
end

local padding = string.rep("v", bench.value_bytes - 4)

local function value_of(id)
  return string.char(bit.band(id, 255), bit.band(bit.rshift(id, 8), 255), bit.rshift(id, 16), 0) .. padding
end

local function is_value_of(id, value)
  local low, middle, high = value:byte(1, 3)
  return low + 256 * middle + 65536 * high == id
end

local function read_trace(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("*a")
  file:close()
  local ids = ffi.new("uint32_t[?]", #text / 4)
  ffi.copy(ids, text, #text)
  return ids, #text / 4
end

local keys = {}
for id = 0, bench.keys - 1 do
  keys[id] = key_of(id)
  if cached and ngx.worker.id() == 0 then assert(cache:set(keys[id], value_of(id))) end
end

local trace, trace_size = read_trace(bench.traces[ngx.worker.id() + 1])
local place = 0
local times = {}

local function touch()
  local hits = 0
  for id = 0, bench.keys - 1, TOUCH_STEP do
    local key = keys[id]
    if cached and cache:get(key) then hits = hits + 1 end
  end
  return hits, 0
end

local function loop(puts, mixes, operations, each)
  local at, hits, wrong, begin = place, 0, 0, 0
  for i = 0, operations - 1 do
    local id = trace[at]
    local key = keys[id]
    at = at + 1
    if at == trace_size then at = 0 end
    if puts or (mixes and i % MIX_PERIOD == MIX_PERIOD - 1) then
      local value = value_of(id)
      if each then begin = nanoseconds(MONOTONIC) end
      if cached and cache:set(key, value) then hits = hits + 1 end
      if each then times[i + 1] = nanoseconds(MONOTONIC) - begin end
    else
      if each then begin = nanoseconds(MONOTONIC) end
      local value = cached and cache:get(key)
      if each then times[i + 1] = nanoseconds(MONOTONIC) - begin end
      if value then
        hits = hits + 1
        if not is_value_of(id, value) then wrong = wrong + 1 end
      end
    end
  end
  place = at
  return hits, wrong
end

local function run(task, operations, each, start)
  times = {}
  while nanoseconds(MONOTONIC) < start do end
  local wall, cpu = nanoseconds(MONOTONIC), nanoseconds(THREAD_CPU)
  local hits, wrong
  if task == "touch" then
    hits, wrong = touch()
  else
    hits, wrong = loop(task == "put", task == "mix", operations, each)
  end
  cpu, wall = nanoseconds(THREAD_CPU) - cpu, nanoseconds(MONOTONIC) - wall
  table.sort(times)
  local function share(part)
    return times[math.min(#times, math.floor(#times * part) + 1)] or 0
  end
  return string.format("%.0f %.0f %d %d %.0f %.0f %.0f\n", cpu, wall, hits, wrong, share(0.5), share(0.99), share(0.999))
end

local function memory_line()
  return string.format("%.0f %d\n", cache:capacity() - cache:free_space(), #cache:get_keys(0))
end

local orders = assert(io.open(bench.directory .. "/orders-" .. ngx.worker.id(), "r"))
local reports = assert(io.open(bench.directory .. "/reports-" .. ngx.worker.id(), "w"))
reports:setvbuf("line")
reports:write("ready ", ngx.worker.pid(), "\n")
for line in orders:lines() do
  local task, _, operations, each, start = line:match("^(%a+) ?(%d*) ?(%d*) ?(%d*) ?(%d*)")
  if task == "memory" then
    reports:write(memory_line())
  else
    reports:write(run(task, tonumber(operations), each == "1", tonumber(start)))
  end
end
os.exit(0)
