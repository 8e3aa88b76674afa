-- Files into a bin of the media pool. What the editor has open there stays open.

local files = require("foleyline.files")
local problems = require("foleyline.problems")
local seat = require("foleyline.seat")

local bins = {}

local at_once = 25

-- A path as it is compared.
function bins.plain(path)
  if files.is_windows then return (path:gsub("/", "\\"):lower()) end
  return (path:gsub("//+", "/"))
end

local function by_path(folder)
  local found = {}
  for _, each in ipairs(seat.listed(folder:GetClipList())) do
    found[bins.plain(tostring(each:GetClipProperty("File Path") or ""))] = each
  end
  return found
end

local function inside(folder, name)
  for _, each in ipairs(seat.listed(folder:GetSubFolderList())) do
    if each:GetName() == name then return each end
  end
  return nil
end

local function folder_of(pool, names)
  local folder = pool:GetRootFolder()
  for _, name in ipairs(names) do
    folder = inside(folder, name) or pool:AddSubFolder(folder, name)
    if not folder then
      problems.raise("refused", "the bin " .. table.concat(names, "/") .. " could not be made", { why = "no_bin" })
    end
  end
  return folder
end

-- Into this folder or not at all: importing always goes to the one that is open.
local function import(pool, folder, paths)
  pool:SetCurrentFolder(folder)
  local now = pool:GetCurrentFolder()
  if not now or now:GetName() ~= folder:GetName() then
    problems.raise("refused", "the bin could not be opened", { why = "no_bin" })
  end
  pool:ImportMedia(paths)
  if #paths < 2 then return end
  local known = by_path(folder)
  for _, path in ipairs(paths) do -- one that Resolve does not take may keep the others out
    if not known[bins.plain(path)] then pool:ImportMedia({ path }) end
  end
end

local function missing_in(known, paths)
  local missing, seen = {}, {}
  for _, path in ipairs(paths) do
    if not known[bins.plain(path)] and not seen[path] then missing[#missing + 1], seen[path] = path, true end
  end
  return missing
end

-- Media pool items by path, of the files that could be imported or were there already.
-- Raises `refused` where the bin cannot be had; nothing is imported into any other.
function bins.imported(project, names, paths, step)
  local pool = project:GetMediaPool()
  local before = pool:GetCurrentFolder()
  local folder
  local is_done, problem = pcall(function()
    folder = folder_of(pool, names) -- which may open the new bin
    local missing = missing_in(by_path(folder), paths)
    for first = 1, #missing, at_once do
      import(pool, folder, { unpack(missing, first, math.min(#missing, first + at_once - 1)) })
      step(first)
    end
  end)
  if before then pool:SetCurrentFolder(before) end
  if not is_done then error(problem, 0) end
  local known, found = by_path(folder), {}
  for _, path in ipairs(paths) do found[path] = known[bins.plain(path)] end
  return found
end

return bins
