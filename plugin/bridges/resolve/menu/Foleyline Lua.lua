-- Foleyline bridge: opens the panel beside DaVinci Resolve. Written by "foleyline install resolve".
local modules, folder = "MODULES", "FOLDER"
package.path = modules .. "/?.lua;" .. package.path
require("foleyline.menu").run({ resolve = resolve, bmd = bmd, app = app }, folder)
