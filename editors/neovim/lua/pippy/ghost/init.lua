--- Ghost text in a buffer: Neovim's own or ours, and the keys.
local api = vim.api
local text = require('pippy.text')

local M = {}
local ways = {} ---@type table<integer, string>

local function way(buf)
  return ways[buf] and require('pippy.ghost.' .. ways[buf])
end

--- Do what the key does in other buffers.
local function pass_on(lhs)
  local keys = api.nvim_replace_termcodes(lhs, true, true, true)
  local map = vim.iter(api.nvim_get_keymap('i')):find(function(each)
    return each.lhsraw == keys
  end)
  if not map then
    return api.nvim_feedkeys(keys, 'in', false)
  end
  local typed = map.rhs
  if map.callback then
    typed = map.callback()
  elseif map.expr == 1 then
    typed = api.nvim_eval(map.rhs)
  end
  if type(typed) ~= 'string' or (map.callback and map.expr ~= 1) then
    return
  end
  if map.expr ~= 1 or map.replace_keycodes == 1 then
    typed = api.nvim_replace_termcodes(typed, true, true, true)
  end
  api.nvim_feedkeys(typed, map.noremap == 1 and 'in' or 'im', false)
end

local ACTIONS = {
  accept = function()
    return M.accept()
  end,
  accept_word = function()
    return M.accept(text.word)
  end,
  accept_line = function()
    return M.accept(text.line)
  end,
  dismiss = function()
    return M.dismiss()
  end,
  next = function()
    return M.select(1)
  end,
  previous = function()
    return M.select(-1)
  end,
}

function M.attach(client, buf)
  local kind = require('pippy.config').ghost()
  if kind == 'off' then
    return
  end
  ways[buf] = kind
  way(buf).attach(client, buf)
  for name, lhs in pairs(require('pippy.config').get().keys) do
    if lhs and ACTIONS[name] then
      vim.keymap.set('i', lhs, function()
        if not ACTIONS[name]() then
          pass_on(lhs)
        end
      end, { buffer = buf, desc = 'Pippy: ' .. name:gsub('_', ' ') })
    end
  end
end

function M.detach(buf)
  if not ways[buf] then
    return
  end
  way(buf).detach(buf)
  ways[buf] = nil
  if not api.nvim_buf_is_valid(buf) then
    return
  end
  for name, lhs in pairs(require('pippy.config').get().keys) do
    if lhs and ACTIONS[name] then
      pcall(vim.keymap.del, 'i', lhs, { buffer = buf })
    end
  end
end

---@param buf? integer
---@return boolean
function M.visible(buf)
  buf = buf or api.nvim_get_current_buf()
  local engine = way(buf)
  return engine ~= nil and engine.current(buf) ~= nil
end

--- Take the suggestion, or the piece that `cut` makes of what is left of it.
---@param cut? fun(rest: string): string
---@return boolean whether there was one
function M.accept(cut)
  local buf = api.nvim_get_current_buf()
  local engine = way(buf)
  local suggestion = engine and engine.current(buf)
  if not suggestion then
    return engine ~= nil and not cut and engine.take_blindly ~= nil and engine.take_blindly(buf)
  end
  local whole = suggestion:take(cut and cut(suggestion:rest()))
  if whole then
    engine.dismiss(buf)
  else
    engine.refresh(buf)
  end
  return true
end

---@return boolean
function M.dismiss()
  local buf = api.nvim_get_current_buf()
  if not M.visible(buf) then
    return false
  end
  way(buf).dismiss(buf)
  return true
end

--- The next (1) or the previous (-1) version.
---@return boolean
function M.select(step)
  local buf = api.nvim_get_current_buf()
  local engine = way(buf)
  if not engine then
    return false
  end
  engine.select(buf, step)
  return true
end

return M
