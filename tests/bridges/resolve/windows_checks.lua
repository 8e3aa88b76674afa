-- What of the Windows child can be tried anywhere: its declarations and its quoting. arg: folder of the modules.

package.path = arg[1] .. "/?.lua;" .. package.path
local child = require("foleyline.child_windows")
local function is(words, line) assert(child.command_line(words) == line, child.command_line(words)) end
is({ "C:\\Program Files\\f.exe", "panel", "--bridge" }, '"C:\\Program Files\\f.exe" panel --bridge')
is({ "a", "", 'say "hi"', "ends in \\" }, [[a "" "say \"hi\"" "ends in \\"]])
is({ [[a\"b]] }, [["a\\\"b"]])
