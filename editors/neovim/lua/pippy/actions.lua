--- Explanations and actions of the server, for lines (from 1).
local client_of = require('pippy.client')

local M = {}

local tokens = 0

local function token()
  tokens = tokens + 1
  return 'pippy-explain-' .. tokens
end

--- Show Markdown beside the cursor; it is gone when the cursor moves.
local function float(markdown)
  local lines = vim.split(vim.trim(markdown), '\n', { plain = true })
  local _, win = vim.lsp.util.open_floating_preview(lines, 'markdown', {
    border = 'rounded',
    focus_id = 'pippy',
    max_width = 76,
    title = ' Pippy ',
    wrap = true,
  })
  vim.wo[win].linebreak = true
  vim.api.nvim_win_set_height(win, vim.api.nvim_win_text_height(win, {}).all)
end

--- A sentence of the server. One that is longer than the line would make Neovim wait for Enter.
---@param said lsp.ShowMessageParams
function M.say(said)
  local levels = { vim.log.levels.ERROR, vim.log.levels.WARN }
  local short = vim.fn.strdisplaywidth(said.message) < vim.o.columns - 12
  if short and not said.message:find('\n') then
    vim.notify(said.message, levels[said.type] or vim.log.levels.INFO)
  else
    float(said.message)
  end
end

local function range_of(client, first, last)
  local buf = vim.api.nvim_get_current_buf()
  local line = vim.api.nvim_buf_get_lines(buf, last - 1, last, false)[1] or ''
  return {
    start = { line = first - 1, character = 0 },
    ['end'] = { line = last - 1, character = vim.str_utfindex(line, client.offset_encoding) },
  }
end

function M.explain(first, last)
  local client = client_of.needed()
  if not client then
    return
  end
  client_of.say('thinking')
  local buf = vim.api.nvim_get_current_buf()
  local params = {
    textDocument = vim.lsp.util.make_text_document_params(buf),
    range = range_of(client, first, last),
    workDoneToken = token(),
  }
  client:request('pippy/explain', params, function(err, result)
    if err then
      vim.notify(err.message, vim.log.levels.WARN)
    elseif vim.api.nvim_get_current_buf() == buf then
      float(result.text)
    end
  end, buf)
end

--- What the traceback in these lines means; they may be of a terminal.
function M.error(first, last)
  local client = client_of.of(0) or vim.lsp.get_clients({ name = 'pippy' })[1]
  if not client then
    client_of.say('not-here', vim.log.levels.WARN)
    return
  end
  local text = table.concat(vim.api.nvim_buf_get_lines(0, first - 1, last, false), '\n')
  client:request('pippy/explainError', { error = text }, function(err, result)
    if err then
      vim.notify(err.message, vim.log.levels.WARN)
    else
      float(result.markdown)
    end
  end, 0)
end

local function apply(client, buf, action)
  if action.edit then
    vim.lsp.util.apply_workspace_edit(action.edit, client.offset_encoding)
  end
  local command = type(action.command) == 'table' and action.command or nil
  if command or type(action.command) == 'string' then
    client:exec_cmd(command or action, { bufnr = buf })
  end
end

local function resolved(client, buf, action)
  if action.edit or action.command or not client:supports_method('codeAction/resolve') then
    apply(client, buf, action)
    return
  end
  client_of.say('thinking')
  client:request('codeAction/resolve', action, function(err, found)
    if err or not found then
      client_of.say('nothing-found')
    else
      apply(client, buf, found) -- the server has said why, where there is no edit
    end
  end, buf)
end

--- Mend these lines; where there is more than one way, let the child choose.
function M.fix(first, last)
  local client = client_of.needed()
  if not client then
    return
  end
  local buf = vim.api.nvim_get_current_buf()
  local params = {
    textDocument = vim.lsp.util.make_text_document_params(buf),
    range = range_of(client, first, last),
    context = { diagnostics = {}, only = { 'quickfix' }, triggerKind = 1 },
  }
  client:request('textDocument/codeAction', params, function(err, found)
    if err or not found or #found == 0 then
      client_of.say('nothing-to-fix')
    elseif #found == 1 then
      resolved(client, buf, found[1])
    else
      local function title(action)
        return action.title
      end
      local prompt = require('pippy.words').say('choose-fix')
      vim.ui.select(found, { prompt = prompt, format_item = title }, function(action)
        if action then
          resolved(client, buf, action)
        end
      end)
    end
  end, buf)
end

function M.doctor()
  local client = client_of.needed()
  if client then
    client:exec_cmd({ title = 'doctor', command = 'pippy.doctor' }, { bufnr = 0 })
  end
end

return M
