-- What the menu entry does: finds Resolve, starts the panel, answers it until one of the two ends.

local files = require("foleyline.files")
local json = require("foleyline.json")
local problems = require("foleyline.problems")
local seat = require("foleyline.seat")
local service = require("foleyline.service")
local single = require("foleyline.single")

local menu = {}

local usual_command = { "foleyline", "panel", "--bridge" }

-- The words of the command that starts the panel, as the installer wrote them.
local function command_of(folder)
  local text = files.read(folder .. "/foleyline.json")
  local is_json, told = pcall(json.decode, text or "")
  local command = is_json and type(told) == "table" and told.command
  if not json.is_array(command) or #command == 0 then return usual_command end
  for _, word in ipairs(command) do
    if type(word) ~= "string" then return usual_command end
  end
  return command
end

local function pause_with(bmd)
  return function(seconds)
    if bmd and bmd.wait then
      bmd.wait(seconds)
    else
      os.execute(files.is_windows and "ping -n 2 127.0.0.1 >nul" or "sleep " .. seconds)
    end
  end
end

-- A pipe where LuaJIT's FFI is there, else a mailbox of files.
local function started(command, bmd)
  local has_ffi = pcall(require, "ffi")
  if has_ffi then
    return require(files.is_windows and "foleyline.child_windows" or "foleyline.child_posix").start(command)
  end
  return require("foleyline.mailbox").start(command, pause_with(bmd))
end

-- Until the panel has closed or Resolve is gone.
local function serve(serving, child, only)
  while true do
    local line = child:next(service.look_s)
    if line then
      if not serving:take(line) then return end
    elseif not serving:look() then
      serving:notify("bye", {})
      return
    end
    if only:is_asked() then serving:notify("ask", { what = "panel" }) end
  end
end

-- Starts the panel and answers it.
local function attend(resolve, command, bmd, only)
  local child = started(command, bmd)
  if not child then
    print("Foleyline: the panel (" .. command[1] .. ") could not be started. Install it again: foleyline install resolve")
    return
  end
  local serving = service.new(seat.of(resolve), function(line) child:send(line) end, function() child:check() end)
  local is_done, problem = pcall(serve, serving, child, only)
  local has_ended_well = child:close()
  if not is_done and not problems.is_gone(problem) then error(problem, 0) end
  if not has_ended_well then
    print("Foleyline: the panel (" .. command[1] .. ") ended by itself. “foleyline doctor” says what it lacks.")
  end
end

-- known: the names that Resolve gives a menu script. folder: where foleyline.json lies.
-- What cannot be done is printed, which Resolve shows in Workspace > Console.
function menu.run(known, folder)
  local resolve = seat.acquire(known)
  if not resolve then
    print("Foleyline: Resolve does not let this script in. Start it from Workspace > Scripts.")
    return
  end
  local only = single.new(folder)
  if not only:is_first() then
    only:ask()
    return
  end
  local is_done, problem = pcall(attend, resolve, command_of(folder), known.bmd, only)
  only:release()
  if not is_done then error(problem, 0) end
end

return menu
