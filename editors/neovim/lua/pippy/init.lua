--- What other configurations may call.
local M = {}

--- Take the ghost text. All of these say whether there was some: what a key mapping needs to know.
---@return boolean
function M.accept()
  return require('pippy.ghost').accept()
end

--- Take its next word.
---@return boolean
function M.accept_word()
  return require('pippy.ghost').accept(require('pippy.text').word)
end

--- Take its next line.
---@return boolean
function M.accept_line()
  return require('pippy.ghost').accept(require('pippy.text').line)
end

---@return boolean
function M.dismiss()
  return require('pippy.ghost').dismiss()
end

--- Show another version of it: 1 for the next one, -1 for the one before.
---@param step integer
---@return boolean
function M.select(step)
  return require('pippy.ghost').select(step)
end

--- Whether there is ghost text in the buffer (default: this one).
---@param buf? integer
---@return boolean
function M.visible(buf)
  return require('pippy.ghost').visible(buf)
end

--- For a status line: `%{v:lua.require'pippy'.statusline()}`.
---@return string
function M.statusline()
  return require('pippy.status').line()
end

return M
