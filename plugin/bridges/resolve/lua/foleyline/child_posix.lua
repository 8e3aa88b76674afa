-- The panel as a child of this script, by pipes, on Linux and macOS.

local ffi = require("ffi")
local problems = require("foleyline.problems")

ffi.cdef([[
  int pipe(int *);
  int fork(void);
  int dup2(int, int);
  int close(int);
  int setsid(void);
  int execvp(const char *, char *const *);
  void _exit(int);
  long read(int, void *, size_t);
  long write(int, const void *, size_t);
  int waitpid(int, int *, int);
  int kill(int, int);
  int unsetenv(const char *);
  int fcntl(int, int, ...);
  void (*signal(int, void (*)(int)))(int);
  struct foleyline_pollfd { int fd; short events; short revents; };
  int poll(struct foleyline_pollfd *, unsigned long, int);
  int usleep(unsigned int);
]])

local C = ffi.C
local sigpipe, sigkill, hangs_not, for_reading, close_on_exec = 13, 9, 1, 1, 1
local interrupted = 4
local chunk, longest_line = 65536, 256 * 2 ^ 20
local patience_s = 5

local cleared = {
  "PYTHONHOME",
  "PYTHONPATH",
  "PYTHONNOUSERSITE",
  "LD_LIBRARY_PATH",
  "DYLD_LIBRARY_PATH",
  "QT_PLUGIN_PATH",
  "QT_QPA_PLATFORM_PLUGIN_PATH",
}

local child = {}
child.__index = child

local function piped()
  local ends = ffi.new("int[2]")
  if C.pipe(ends) ~= 0 then return nil end
  return ends[0], ends[1]
end

-- The words as C wants them; both are kept as long as they are used.
local function words_of(command)
  local kept, words = {}, ffi.new("char *[?]", #command + 1)
  for position, word in ipairs(command) do
    kept[position] = ffi.new("char[?]", #word + 1, word)
    words[position - 1] = kept[position]
  end
  return words, kept
end

-- In the new process, which becomes the panel.
local function become(words, from, to)
  C.setsid()
  C.dup2(from, 0)
  C.dup2(to, 1)
  for _, name in ipairs(cleared) do C.unsetenv(name) end
  C.signal(sigpipe, ffi.cast("void (*)(int)", 0))
  C.execvp(words[0], words)
  C._exit(127)
end

-- The child, or nil where it could not be started.
function child.start(command)
  local its_input, our_output = piped()
  local our_input, its_output = piped()
  if not its_input or not our_input then return nil end
  C.fcntl(our_output, 2, ffi.cast("int", close_on_exec))
  C.fcntl(our_input, 2, ffi.cast("int", close_on_exec))
  C.signal(sigpipe, ffi.cast("void (*)(int)", 1))
  local words, kept = words_of(command)
  local number = C.fork()
  if number == 0 then become(words, its_input, its_output) end
  C.close(its_input)
  C.close(its_output)
  if number < 0 or #kept == 0 then return nil end
  return setmetatable({ number = number, output = our_output, input = our_input, parts = {}, size = 0 }, child)
end

-- A line out of what has come, if there is one.
function child:line_of(text)
  local stop = text:find("\n", 1, true)
  if not stop then
    self.parts[#self.parts + 1], self.size = text, self.size + #text
    return nil
  end
  local line = table.concat(self.parts) .. text:sub(1, stop)
  self.parts, self.size = {}, 0
  self.rest = stop < #text and text:sub(stop + 1) or nil
  return line
end

function child:has_input(timeout_s)
  local waiting = ffi.new("struct foleyline_pollfd[1]")
  waiting[0].fd, waiting[0].events = self.input, for_reading
  return C.poll(waiting, 1, math.floor(timeout_s * 1000)) > 0
end

-- The next line, or nil when none came in time. Raises at the end.
function child:next(timeout_s)
  if self.rest then
    local text = self.rest
    self.rest = nil
    local line = self:line_of(text)
    if line then return line end
  end
  local buffer = ffi.new("char[?]", chunk)
  while self:has_input(timeout_s) do
    local count = tonumber(C.read(self.input, buffer, chunk))
    if count == 0 or (count < 0 and ffi.errno() ~= interrupted) then error(problems.gone, 0) end
    local line = count > 0 and self:line_of(ffi.string(buffer, count))
    if line then return line end
    if self.size > longest_line then error(problems.gone, 0) end
  end
  return nil
end

-- Raises where the panel has ended.
function child:check()
  if self:status() then error(problems.gone, 0) end
end

-- What it ended with, or nil while it runs.
function child:status()
  if self.ended then return self.ended end
  local status = ffi.new("int[1]")
  if C.waitpid(self.number, status, hangs_not) == self.number then self.ended = status[0] end
  return self.ended
end

function child:send(line)
  local bytes, sent = ffi.cast("const char *", line), 0
  while sent < #line do
    local count = tonumber(C.write(self.output, bytes + sent, #line - sent))
    if count < 0 and ffi.errno() ~= interrupted then error(problems.gone, 0) end
    sent = sent + math.max(0, count)
  end
end

-- Closes its standard input, waits a little, then ends it; whether it ended well.
function child:close()
  C.close(self.output)
  for _ = 1, patience_s * 50 do
    if self:status() then break end
    C.usleep(20000)
  end
  if not self:status() then
    C.kill(self.number, sigkill)
    C.waitpid(self.number, nil, 0)
  end
  C.close(self.input)
  return self.ended == 0
end

return child
