-- One panel for one user of Resolve: a second press of the menu entry shows the panel that is open already.

local files = require("foleyline.files")

local single = {}
single.__index = single

local has_ffi, ffi = pcall(require, "ffi")
local exclusive_now, writes, creates, private_file, close_on_exec = 2 + 4, 1, 64, 384, 1
local generic_write, open_always, hidden = 0x40000000, 4, 2

if has_ffi and files.is_windows then
  ffi.cdef([[
    void *CreateFileW(const wchar_t *, unsigned long, unsigned long, void *, unsigned long, unsigned long, void *);
    int CloseHandle(void *);
  ]])
elseif has_ffi then
  ffi.cdef("int open(const char *, int, ...); int flock(int, int); int fcntl(int, int, ...); int close(int);")
  if ffi.os == "OSX" then creates = 512 end
end

-- Holds a lock while this script lives. Python's and Lua's entries share it.
function single.new(folder)
  return setmetatable({ lock_path = folder .. "/running", wish_path = folder .. "/show" }, single)
end

-- Whether the lock is ours, and what holds it.
local function locked_on_windows(path)
  local handle = ffi.C.CreateFileW(files.wide(path), generic_write, 0, nil, open_always, hidden, nil)
  return handle ~= ffi.cast("void *", -1), handle
end

local function locked_on_posix(path)
  local mode = ffi.cast("int", private_file)
  local number = ffi.C.open(path, writes + creates, mode)
  if number < 0 then return true, nil end
  ffi.C.fcntl(number, 2, ffi.cast("int", close_on_exec))
  if ffi.C.flock(number, exclusive_now) == 0 then return true, number end
  ffi.C.close(number)
  return false, nil
end

-- True as well where nobody can tell.
function single:is_first()
  if not has_ffi then return true end
  local locked = files.is_windows and locked_on_windows or locked_on_posix
  local is_ours, held = locked(self.lock_path)
  if not is_ours then return false end
  self.held = held
  self:is_asked()
  return true
end

function single:release()
  if not self.held then return end
  if files.is_windows then ffi.C.CloseHandle(self.held) else ffi.C.close(self.held) end
  self.held = nil
end

-- Asks the script that was first to show its panel.
function single:ask()
  local file = io.open(self.wish_path, "w")
  if file then file:close() else print("Foleyline: the panel is open already, and could not be asked to show itself.") end
end

-- Whether somebody has asked since this was last asked.
function single:is_asked()
  return os.remove(self.wish_path) == true
end

return single
