-- Files: whether one is there, its text, and a folder of our own for what Resolve writes.

local files = {}

local has_ffi, ffi = pcall(require, "ffi")

files.is_windows = package.config:sub(1, 1) == "\\"

if has_ffi and files.is_windows then
  ffi.cdef([[
    int MultiByteToWideChar(unsigned int, unsigned long, const char *, int, wchar_t *, int);
    unsigned long GetFileAttributesW(const wchar_t *);
    void *_wfopen(const wchar_t *, const wchar_t *);
    size_t fread(void *, size_t, size_t, void *);
    int fclose(void *);
    int _wremove(const wchar_t *);
  ]])
elseif has_ffi then
  ffi.cdef("char *mkdtemp(char *); int rmdir(const char *);")
end

local utf8_page = 65001

-- A UTF-8 text as Windows wants it; paths there are not in UTF-8 otherwise.
function files.wide(text)
  local count = ffi.C.MultiByteToWideChar(utf8_page, 0, text, -1, nil, 0)
  local buffer = ffi.new("wchar_t[?]", math.max(1, count))
  ffi.C.MultiByteToWideChar(utf8_page, 0, text, -1, buffer, count)
  return buffer
end

function files.is_file(path)
  if has_ffi and files.is_windows then
    local attributes = ffi.C.GetFileAttributesW(files.wide(path))
    return attributes ~= 0xffffffff and math.floor(attributes / 16) % 2 == 0
  end
  local file = io.open(path, "rb")
  if not file then return false end
  local is_readable = file:read(0) ~= nil or file:seek("end") == 0
  file:close()
  return is_readable
end

local function read_wide(path)
  local file = ffi.C._wfopen(files.wide(path), files.wide("rb"))
  if file == nil then return nil end
  local parts, buffer = {}, ffi.new("char[65536]")
  while true do
    local count = tonumber(ffi.C.fread(buffer, 1, 65536, file))
    if count == 0 then break end
    parts[#parts + 1] = ffi.string(buffer, count)
  end
  ffi.C.fclose(file)
  return table.concat(parts)
end

-- The whole of a file; nil where it cannot be read.
function files.read(path)
  if has_ffi and files.is_windows then return read_wide(path) end
  local file = io.open(path, "rb")
  if not file then return nil end
  local text = file:read("*a")
  file:close()
  return text
end

function files.remove(path)
  if has_ffi and files.is_windows then
    ffi.C._wremove(files.wide(path))
  else
    os.remove(path)
  end
end

local function unlikely_name()
  math.randomseed(os.time() + math.floor(os.clock() * 1e6))
  return string.format("foleyline-%d-%08x", os.time(), math.random(0, 2 ^ 31 - 1))
end

-- A path that nothing lies at, in a folder that only this user can read where the system has such; and its folder.
function files.fresh_path(name)
  if files.is_windows then
    local folder = os.getenv("TEMP") or "."
    return folder .. "\\" .. unlikely_name() .. "-" .. name, nil
  end
  local parent = os.getenv("TMPDIR") or "/tmp"
  if not has_ffi then return os.tmpname() .. "-" .. name, nil end
  local template = ffi.new("char[?]", #parent + 32, parent .. "/foleyline-XXXXXX")
  if ffi.C.mkdtemp(template) == nil then return os.tmpname() .. "-" .. name, nil end
  local folder = ffi.string(template)
  return folder .. "/" .. name, folder
end

function files.remove_folder(folder)
  if folder then os.remove(folder) end
end

return files
