--- A suggestion at its place in a buffer, while the child types along.
---
--- Nothing of what was typed is counted: the buffer is asked, so that undo, autoindent and other
--- plugins can't get the two apart.
local api = vim.api

---@class pippy.Suggestion
---@field buf integer
---@field client vim.lsp.Client
---@field item lsp.InlineCompletionItem
---@field text string What is inserted, with "\n".
---@field row integer Where it begins, from 0; the column in bytes.
---@field col integer
---@field tail integer Bytes after the cursor that it replaces.
---@field after? string What stood after the cursor; nil where that is not known.
local Suggestion = {}
Suggestion.__index = Suggestion

---@return pippy.Suggestion
function Suggestion.new(fields)
  fields.text = fields.text:gsub('\r\n', '\n')
  return setmetatable(fields, Suggestion)
end

--- What stands between the suggestion's beginning and the cursor, where the suggestion begins so.
---@return string?
function Suggestion:typed()
  local win = api.nvim_get_current_win()
  if api.nvim_win_get_buf(win) ~= self.buf then
    return nil
  end
  local row, col = unpack(api.nvim_win_get_cursor(win))
  row = row - 1
  if row < self.row or (row == self.row and col < self.col) then
    return nil
  end
  local ok, lines = pcall(api.nvim_buf_get_text, self.buf, self.row, self.col, row, col, {})
  local typed = ok and table.concat(lines, '\n')
  if not typed or not vim.startswith(self.text, typed) then
    return nil
  end
  if self.after and api.nvim_get_current_line():sub(col + 1) ~= self.after then
    return nil
  end
  return typed
end

--- What is still to come; nil where the suggestion no longer fits.
---@return string?
function Suggestion:rest()
  local typed = self:typed()
  local rest = typed and self.text:sub(#typed + 1)
  return rest ~= '' and rest or nil
end

--- Put `piece` (the start of the rest; nil: all of it) into the buffer, the cursor after it.
---@param piece? string
---@return boolean whether the whole suggestion is in the buffer now
function Suggestion:take(piece)
  local rest = self:rest()
  if not rest then
    return false
  end
  local whole = piece == nil or piece == rest
  piece = piece or rest
  local row, col = unpack(api.nvim_win_get_cursor(0))
  -- One undo takes back this text, and not what was typed before it.
  vim.cmd('let &undolevels = &undolevels')
  local lines = vim.split(piece, '\n', { plain = true })
  local line = api.nvim_get_current_line()
  local stop = math.min(col + (whole and self.tail or 0), #line)
  api.nvim_buf_set_text(self.buf, row - 1, col, row - 1, stop, lines)
  local before = #lines == 1 and col or 0
  api.nvim_win_set_cursor(0, { row + #lines - 1, before + #lines[#lines] })
  self:tell(whole, piece)
  return whole
end

--- Tell the server what became of it.
function Suggestion:tell(whole, piece)
  if whole and self.item.command then
    self.client:exec_cmd(self.item.command, { bufnr = self.buf })
  elseif not whole then
    local length = vim.str_utfindex(piece, 'utf-16')
    self.client:notify('textDocument/didPartiallyAcceptCompletion', {
      item = self.item,
      acceptedLength = length,
    })
  end
end

return Suggestion
