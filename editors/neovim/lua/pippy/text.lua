--- Pieces of a suggestion. Strings are bytes, UTF-8.
local M = {}

-- Letters that are not ASCII are bytes from 128.
local WORD = '^%s*[%w_\128-\255]+'
local SIGNS = '^%s*[^%w_%s\128-\255]+'

--- Its first word, or its first signs, with the space before.
---@param text string
---@return string
function M.word(text)
  return text:match(WORD) or text:match(SIGNS) or text
end

--- Its first line; where that is empty, the next one with the line end before.
---@param text string
---@return string
function M.line(text)
  return text:match('^\n*[^\n]+') or text
end

return M
