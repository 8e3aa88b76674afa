-- The panel as a process of its own and lines as files in a folder, where this script can have no pipe.

local files = require("foleyline.files")
local problems = require("foleyline.problems")

local mailbox = {}
mailbox.__index = mailbox

local look_s, beat_s, dead_s, starting_s = 0.1, 1, 10, 60

local separator = files.is_windows and "\\" or "/"

local function quoted(word)
  if files.is_windows then return '"' .. word:gsub('"', "") .. '"' end
  return "'" .. word:gsub("'", "'\\''") .. "'"
end

local function write(path, text)
  local file = io.open(path, "wb")
  if not file then return false end
  file:write(text)
  file:close()
  return true
end

local function new_folder()
  local path = files.is_windows and files.fresh_path("mail") or os.tmpname() .. ".mail"
  os.execute((files.is_windows and "mkdir " or "mkdir -m 700 ") .. quoted(path))
  return path
end

local function started(command)
  local words = {}
  for position, word in ipairs(command) do words[position] = quoted(word) end
  local line = table.concat(words, " ")
  if files.is_windows then
    os.execute('start "" /b ' .. line)
  else
    local clear = "unset PYTHONHOME PYTHONPATH PYTHONNOUSERSITE LD_LIBRARY_PATH DYLD_LIBRARY_PATH; "
    os.execute("(" .. clear .. line .. ") </dev/null >/dev/null 2>&1 &")
  end
end

-- pause: waits so many seconds.
function mailbox.start(command, pause)
  local folder = new_folder()
  local made = { folder = folder, pause = pause, sent = 0, received = 0, beat = 0, seen_s = os.time() }
  local self = setmetatable(made, mailbox)
  if not write(self:path("alive.bridge"), "0") then return nil end
  local words = { unpack(command) }
  words[#words + 1] = "--mailbox"
  words[#words + 1] = folder
  started(words)
  return self
end

function mailbox:path(name)
  return self.folder .. separator .. name
end

-- Says that we live, and sees whether the panel does: its file says something else every second.
function mailbox:breathe()
  local now_s = os.time()
  if self.breathed_s and now_s - self.breathed_s < beat_s then return end
  self.breathed_s, self.beat = now_s, self.beat + 1
  write(self:path("alive.bridge"), tostring(self.beat))
  local theirs = files.read(self:path("alive.panel"))
  if theirs ~= self.theirs then self.theirs, self.seen_s = theirs, now_s end
end

-- Raises where the panel has ended.
function mailbox:check()
  self:breathe()
  local has_closed = files.is_file(self:path("closed.panel"))
  local patience_s = self.theirs and dead_s or starting_s
  if has_closed or os.time() - self.seen_s > patience_s then error(problems.gone, 0) end
end

-- The next line, or nil when none came in time. Raises at the end.
function mailbox:next(timeout_s)
  local path = self:path(tostring(self.received + 1) .. ".panel")
  local until_s = os.time() + timeout_s
  while true do
    local line = files.read(path)
    if line then
      self.received = self.received + 1
      os.remove(path)
      return line
    end
    self:check()
    if os.time() >= until_s then return nil end
    self.pause(look_s)
  end
end

function mailbox:send(line)
  self:check()
  self.sent = self.sent + 1
  local path = self:path(tostring(self.sent) .. ".bridge")
  if not write(path .. ".part", line) or not os.rename(path .. ".part", path) then error(problems.gone, 0) end
end

-- Lets the panel see the end, waits a little for it, and takes the folder away.
function mailbox:close()
  write(self:path("closed.bridge"), "")
  for _ = 1, 30 do
    if files.is_file(self:path("closed.panel")) then break end
    self.pause(look_s)
  end
  for _, name in ipairs({ "alive.bridge", "alive.panel", "closed.bridge", "closed.panel" }) do
    os.remove(self:path(name))
  end
  for number = self.sent, 1, -1 do
    if not os.remove(self:path(number .. ".bridge")) then break end
  end
  if not os.remove(self.folder) then os.execute("rmdir " .. quoted(self.folder)) end
  return true
end

return mailbox
