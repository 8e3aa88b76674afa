-- The panel as a child of this script, by pipes, on Windows.

local ffi = require("ffi")
local files = require("foleyline.files")
local problems = require("foleyline.problems")

ffi.cdef([[
  typedef void *foleyline_handle;
  typedef struct { unsigned long size; void *descriptor; int inherits; } foleyline_security;
  typedef struct {
    unsigned long cb; wchar_t *reserved; wchar_t *desktop; wchar_t *title;
    unsigned long x, y, width, height, columns, rows, fill, flags;
    unsigned short show, reserved2_size; unsigned char *reserved2;
    foleyline_handle input, output, problems;
  } foleyline_startup;
  typedef struct { foleyline_handle process, thread; unsigned long process_id, thread_id; } foleyline_process;
  int CreatePipe(foleyline_handle *, foleyline_handle *, foleyline_security *, unsigned long);
  int SetHandleInformation(foleyline_handle, unsigned long, unsigned long);
  int CreateProcessW(const wchar_t *, wchar_t *, void *, void *, int, unsigned long, void *, const wchar_t *,
    foleyline_startup *, foleyline_process *);
  int SetEnvironmentVariableW(const wchar_t *, const wchar_t *);
  int PeekNamedPipe(foleyline_handle, void *, unsigned long, unsigned long *, unsigned long *, unsigned long *);
  int ReadFile(foleyline_handle, void *, unsigned long, unsigned long *, void *);
  int WriteFile(foleyline_handle, const void *, unsigned long, unsigned long *, void *);
  int CloseHandle(foleyline_handle);
  void Sleep(unsigned long);
  unsigned long WaitForSingleObject(foleyline_handle, unsigned long);
  int GetExitCodeProcess(foleyline_handle, unsigned long *);
  int TerminateProcess(foleyline_handle, unsigned int);
]])

local no_window, own_group, uses_handles, inherits = 0x08000000, 0x00000200, 0x00000100, 1
local chunk, longest_line, look_ms, patience_ms = 65536, 256 * 2 ^ 20, 20, 5000
local still_active = 259

local cleared = { "PYTHONHOME", "PYTHONPATH", "PYTHONNOUSERSITE", "QT_PLUGIN_PATH", "QT_QPA_PLATFORM_PLUGIN_PATH" }

local child = {}
child.__index = child

-- One word as the C runtime of Windows reads it back out of a command line.
function child.quoted(word)
  if word ~= "" and not word:find('[ \t"]') then return word end
  local escaped = word:gsub('(\\*)"', function(slashes) return slashes .. slashes .. '\\"' end)
  escaped = escaped:gsub("(\\+)$", "%1%1")
  return '"' .. escaped .. '"'
end

function child.command_line(command)
  local words = {}
  for position, word in ipairs(command) do words[position] = child.quoted(word) end
  return table.concat(words, " ")
end

-- A pipe whose one end the child gets and the other it does not.
local function piped(is_input)
  local reading, writing = ffi.new("foleyline_handle[1]"), ffi.new("foleyline_handle[1]")
  local security = ffi.new("foleyline_security", { ffi.sizeof("foleyline_security"), nil, 1 })
  if ffi.C.CreatePipe(reading, writing, security, chunk) == 0 then return nil end
  ffi.C.SetHandleInformation(is_input and writing[0] or reading[0], inherits, 0)
  return reading[0], writing[0]
end

-- The child, or nil where it could not be started.
function child.start(command)
  local its_input, our_output = piped(true)
  local our_input, its_output = piped(false)
  if not its_input or not our_input then return nil end
  for _, name in ipairs(cleared) do ffi.C.SetEnvironmentVariableW(files.wide(name), nil) end
  local startup, process = ffi.new("foleyline_startup"), ffi.new("foleyline_process")
  startup.cb, startup.flags = ffi.sizeof("foleyline_startup"), uses_handles
  startup.input, startup.output = its_input, its_output
  local line = files.wide(child.command_line(command))
  local flags = no_window + own_group
  local is_started = ffi.C.CreateProcessW(nil, line, nil, nil, 1, flags, nil, nil, startup, process) ~= 0
  ffi.C.CloseHandle(its_input)
  ffi.C.CloseHandle(its_output)
  if not is_started then return nil end
  ffi.C.CloseHandle(process.thread)
  return setmetatable({ process = process.process, output = our_output, input = our_input, parts = {}, size = 0 }, child)
end

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

-- Bytes that can be read at once. Raises at the end.
function child:waiting()
  local count = ffi.new("unsigned long[1]")
  if ffi.C.PeekNamedPipe(self.input, nil, 0, nil, count, nil) == 0 then error(problems.gone, 0) end
  return tonumber(count[0])
end

function child:read(count)
  local buffer, done = ffi.new("char[?]", count), ffi.new("unsigned long[1]")
  if ffi.C.ReadFile(self.input, buffer, count, done, nil) == 0 or done[0] == 0 then error(problems.gone, 0) end
  return ffi.string(buffer, done[0])
end

-- The next line, or nil when none came in time. Raises at the end.
function child:next(timeout_s)
  local text, waited_ms = self.rest, 0
  self.rest = nil
  while true do
    local line = text and self:line_of(text)
    if line then return line end
    if self.size > longest_line then error(problems.gone, 0) end
    local count = self:waiting()
    text = count > 0 and self:read(math.min(count, chunk)) or nil
    if not text then
      if waited_ms >= timeout_s * 1000 then return nil end
      ffi.C.Sleep(look_ms)
      waited_ms = waited_ms + look_ms
    end
  end
end

-- Raises where the panel has ended.
function child:check()
  if ffi.C.WaitForSingleObject(self.process, 0) == 0 then error(problems.gone, 0) end
end

function child:send(line)
  local bytes, sent, done = ffi.cast("const char *", line), 0, ffi.new("unsigned long[1]")
  while sent < #line do
    if ffi.C.WriteFile(self.output, bytes + sent, #line - sent, done, nil) == 0 then error(problems.gone, 0) end
    sent = sent + tonumber(done[0])
  end
end

-- Closes its standard input, waits a little, then ends it; whether it ended well.
function child:close()
  ffi.C.CloseHandle(self.output)
  local code = ffi.new("unsigned long[1]", still_active)
  if ffi.C.WaitForSingleObject(self.process, patience_ms) ~= 0 then ffi.C.TerminateProcess(self.process, 1) end
  ffi.C.GetExitCodeProcess(self.process, code)
  ffi.C.CloseHandle(self.input)
  ffi.C.CloseHandle(self.process)
  return code[0] == 0
end

return child
