-- What the menu entry does: finds Resolve, starts the panel, answers it until one of the two ends.

local files = require("foleyline.files")
local json = require("foleyline.json")
local problems = require("foleyline.problems")
local seat = require("foleyline.seat")
local service = require("foleyline.service")

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
local function serve(serving, child)
  while true do
    local line = child:next(service.look_s)
    if line then
      if not serving:take(line) then return end
    elseif not serving:look() then
      serving:notify("bye", {})
      return
    end
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
  local command = command_of(folder)
  local child = started(command, known.bmd)
  if not child then
    print("Foleyline: the panel (" .. command[1] .. ") could not be started. Install it again: foleyline install resolve")
    return
  end
  local serving = service.new(seat.of(resolve), function(line) child:send(line) end, function() child:check() end)
  local is_done, problem = pcall(serve, serving, child)
  local has_ended_well = child:close()
  if not is_done and not problems.is_gone(problem) then error(problem, 0) end
  if not has_ended_well then
    print("Foleyline: the panel (" .. command[1] .. ") ended by itself. “foleyline doctor” says what it lacks.")
  end
end

return menu
