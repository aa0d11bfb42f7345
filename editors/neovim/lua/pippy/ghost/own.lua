--- Ghost text of our own, for Neovim before 0.12 and for whom it suits better.
---
--- It stays where it is while the child types along, and is drawn in the same redraw as the typed
--- letter: no flicker. It is gone as soon as something else is typed.
local Suggestion = require('pippy.suggestion')
local api = vim.api

local METHOD = 'textDocument/inlineCompletion'
local INVOKED, AUTOMATIC = 1, 2
local namespace = api.nvim_create_namespace('pippy.ghost')
local MARK = 1

local M = {}

---@class pippy.Ghost
---@field client vim.lsp.Client
---@field debounce integer
---@field timer uv.uv_timer_t
---@field items pippy.Suggestion[]
---@field index integer
---@field request? integer
---@field group integer
local ghosts = {} ---@type table<integer, pippy.Ghost>

local function clear(buf)
  if api.nvim_buf_is_valid(buf) then
    api.nvim_buf_clear_namespace(buf, namespace, 0, -1)
  end
end

local function forget(buf, ghost)
  ghost.items, ghost.index = {}, 1
  clear(buf)
end

local function cancel(ghost)
  ghost.timer:stop()
  if ghost.request then
    ghost.client:cancel_request(ghost.request)
    ghost.request = nil
  end
end

--- Virtual text takes no tabs.
local function chunk(text, buf)
  return { (text:gsub('\t', (' '):rep(vim.bo[buf].tabstop))), 'PippyGhost' }
end

--- Draw what is still to come of the suggestion, or nothing where it no longer fits.
local function draw(buf)
  local ghost = ghosts[buf]
  local suggestion = ghost.items[ghost.index]
  local rest = suggestion and vim.fn.pumvisible() == 0 and suggestion:rest()
  if not rest then
    clear(buf)
    return
  end
  local lines = vim.split(rest, '\n', { plain = true })
  local virtual = vim.tbl_map(function(line)
    return { chunk(line, buf) }
  end, vim.list_slice(lines, 2))
  local row, col = unpack(api.nvim_win_get_cursor(0))
  api.nvim_buf_set_extmark(buf, namespace, row - 1, col, {
    id = MARK,
    virt_text = { chunk(lines[1], buf) },
    virt_text_pos = 'inline',
    virt_lines = #virtual > 0 and virtual or nil,
    hl_mode = 'combine',
  })
end

--- The answer to what was asked at the end of `before`, with `after` behind it.
local function suggestions(buf, client, result, place)
  local line, found = place.before .. place.after, {}
  for _, item in ipairs(result and (result.items or result) or {}) do
    local from, to = #place.before, #place.before
    if item.range then
      local encoding = client.offset_encoding
      from = vim.str_byteindex(line, encoding, item.range.start.character, false)
      to = vim.str_byteindex(line, encoding, item.range['end'].character, false)
    end
    if type(item.insertText) == 'string' and item.insertText ~= '' then
      found[#found + 1] = Suggestion.new({
        buf = buf,
        client = client,
        item = item,
        text = item.insertText,
        row = place.row,
        col = from,
        tail = math.max(0, to - #place.before),
        after = place.after,
      })
    end
  end
  return found
end

local function here(buf)
  local row, col = unpack(api.nvim_win_get_cursor(0))
  local line = api.nvim_get_current_line()
  local tick = api.nvim_buf_get_changedtick(buf)
  return { row = row - 1, before = line:sub(1, col), after = line:sub(col + 1), tick = tick }
end

local function inserting(buf)
  return api.nvim_get_current_buf() == buf and api.nvim_get_mode().mode:sub(1, 1) == 'i'
end

local function answered(buf, ghost, result, place)
  local found = suggestions(buf, ghost.client, result, place)
  if #found == 0 and api.nvim_buf_get_changedtick(buf) ~= place.tick then
    return -- nothing there says nothing of here
  end
  local before = M.current(buf)
  local seen = before and before:rest()
  ghost.items, ghost.index = found, 1
  draw(buf)
  local now = M.current(buf)
  if now and now:rest() ~= seen then
    ghost.client:notify('textDocument/didShowCompletion', { item = found[1].item })
  end
end

--- Ask the server what could stand at the cursor.
local function ask(buf, kind, after)
  local ghost = ghosts[buf]
  if not ghost or not inserting(buf) then
    return
  end
  cancel(ghost)
  local client, place = ghost.client, here(buf)
  local params = vim.lsp.util.make_position_params(0, client.offset_encoding)
  params.context = { triggerKind = kind }
  local sent, id
  sent, id = client:request(METHOD, params, function(err, result)
    if ghosts[buf] ~= ghost or ghost.request ~= id then
      return
    end
    ghost.request = nil
    if not err and inserting(buf) then
      answered(buf, ghost, result, place)
      if after then
        after(ghost)
      end
    end
  end, buf)
  ghost.request = sent and id or nil
end

local function moved(buf)
  local ghost = ghosts[buf]
  local shown = ghost.items[ghost.index]
  if shown and not shown:rest() then
    forget(buf, ghost)
  end
  draw(buf)
  ghost.timer:stop()
  ghost.timer:start(
    ghost.debounce,
    0,
    vim.schedule_wrap(function()
      ask(buf, AUTOMATIC)
    end)
  )
end

local function left(buf)
  local ghost = ghosts[buf]
  cancel(ghost)
  forget(buf, ghost)
end

function M.attach(client, buf)
  M.detach(buf)
  local group = api.nvim_create_augroup('pippy.ghost.' .. buf, {})
  ghosts[buf] = {
    client = client,
    debounce = require('pippy.config').get().debounce,
    group = group,
    timer = assert(vim.uv.new_timer()),
    items = {},
    index = 1,
  }
  local function on(events, callback)
    api.nvim_create_autocmd(events, {
      group = group,
      buffer = buf,
      callback = function()
        callback(buf)
      end,
    })
  end
  on({ 'InsertEnter', 'TextChangedI', 'CursorMovedI' }, moved)
  on({ 'InsertLeave', 'BufLeave', 'WinLeave' }, left)
  on({ 'CompleteChanged', 'CompleteDone' }, draw)
  if api.nvim_get_current_buf() == buf and api.nvim_get_mode().mode:sub(1, 1) == 'i' then
    moved(buf)
  end
end

function M.detach(buf)
  local ghost = ghosts[buf]
  if not ghost then
    return
  end
  cancel(ghost)
  ghost.timer:close()
  clear(buf)
  api.nvim_del_augroup_by_id(ghost.group)
  ghosts[buf] = nil
end

---@return pippy.Suggestion?
function M.current(buf)
  local ghost = ghosts[buf]
  local suggestion = ghost and ghost.items[ghost.index]
  local marked = ghost and #api.nvim_buf_get_extmarks(buf, namespace, 0, -1, {}) > 0
  return marked and suggestion and suggestion:rest() and suggestion or nil
end

--- After a part of it was taken: show the rest at once.
function M.refresh(buf)
  draw(buf)
end

function M.dismiss(buf)
  left(buf)
end

--- Another version; the first time the server is asked for some.
function M.select(buf, step)
  local ghost = ghosts[buf]
  local function go()
    if #ghost.items > 0 then
      ghost.index = (ghost.index - 1 + step) % #ghost.items + 1
      draw(buf)
    end
  end
  if not ghost then
    return
  elseif #ghost.items > 1 then
    go()
  else
    ask(buf, INVOKED, function(found)
      if #found.items > 1 then
        go()
      end
    end)
  end
end

return M
