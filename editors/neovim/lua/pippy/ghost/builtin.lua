--- Neovim's own ghost text (vim.lsp.inline_completion, from 0.12), with what it lacks.
---
--- It leaves a suggestion on the screen that the typed text no longer fits, until the next answer,
--- and then puts it in at its old place. So what it shows is compared with the buffer here. It keeps
--- what it shows to itself: where it can't be looked at, its own way is taken.
local Suggestion = require('pippy.suggestion')
local api = vim.api

local M = {}
local groups = {} ---@type table<integer, integer>

--- What Neovim keeps of a buffer; nil where it keeps it elsewhere.
local function kept(buf)
  local ok, capability = pcall(require, 'vim.lsp._capability')
  local all = ok and type(capability) == 'table' and capability.all
  local class = all and all.inline_completion
  local found = class and class.active and class.active[buf]
  return type(found) == 'table' and found or nil
end

---@return pippy.Suggestion?
local function suggestion(buf, item)
  local client = item and vim.lsp.get_client_by_id(item.client_id)
  if not client or type(item.insert_text) ~= 'string' or not item.range then
    return nil
  end
  local ok, range = pcall(item.range.to_lsp, item.range, 'utf-8')
  if not ok then
    return nil
  end
  return Suggestion.new({
    buf = buf,
    client = client,
    item = { insertText = item.insert_text, command = item.command },
    text = item.insert_text,
    row = range.start.line,
    col = range.start.character,
    tail = 0,
  })
end

--- Take away what no longer fits.
local function check(buf)
  local found = kept(buf)
  local shown = found and suggestion(buf, found.current)
  if shown and not shown:rest() then
    pcall(found.abort, found)
  end
end

--- An answer that comes after the buffer was let go is an error on the screen in 0.12-dev.
local function guard(buf)
  local found = kept(buf)
  local handler = found and found.handler
  if type(handler) ~= 'function' or rawget(found, 'handler') then
    return
  end
  found.handler = function(self, err, result, context)
    if self.client_state[context.client_id] then
      handler(self, err, result, context)
    end
  end
end

function M.attach(_, buf)
  M.detach(buf)
  vim.lsp.inline_completion.enable(true, { bufnr = buf })
  guard(buf)
  groups[buf] = api.nvim_create_augroup('pippy.ghost.' .. buf, {})
  api.nvim_create_autocmd({ 'CursorMovedI', 'TextChangedI' }, {
    group = groups[buf],
    buffer = buf,
    callback = function()
      check(buf)
    end,
  })
end

function M.detach(buf)
  if groups[buf] then
    M.dismiss(buf)
    api.nvim_del_augroup_by_id(groups[buf])
    groups[buf] = nil
    if api.nvim_buf_is_valid(buf) then
      vim.lsp.inline_completion.enable(false, { bufnr = buf })
    end
  end
end

---@return pippy.Suggestion?
function M.current(buf)
  local found = kept(buf)
  local shown = found and suggestion(buf, found.current)
  return shown and shown:rest() and shown or nil
end

--- Whether Neovim took its suggestion by itself, where it can't be looked at.
function M.take_blindly(buf)
  return not kept(buf) and vim.lsp.inline_completion.get({ bufnr = buf })
end

function M.refresh() end

function M.dismiss(buf)
  local found = kept(buf)
  if found then
    pcall(found.abort, found)
  end
end

function M.select(buf, step)
  local found = kept(buf)
  local count = found and pcall(found.count_items, found) and found:count_items() or 2
  if count > 1 then
    vim.lsp.inline_completion.select({ bufnr = buf, count = step })
  elseif found then
    pcall(found.request, found, vim.lsp.protocol.InlineCompletionTriggerKind.Invoked)
  end
end

return M
