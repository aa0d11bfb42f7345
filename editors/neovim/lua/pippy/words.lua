--- What the plugin itself says, in the child's language. The server has words of its own.
local M = {}

M.words = {
  en = {
    ['not-here'] = 'Pippy is not here: open a Python file. If that does not help: :checkhealth pippy',
    ['thinking'] = 'Pippy thinks about your code …',
    ['nothing-to-fix'] = 'There is nothing to fix here.',
    ['nothing-found'] = 'Pippy found nothing to change here.',
    ['on'] = 'Pippy is on.',
    ['off'] = 'Pippy is off. :Pippy on wakes it up again.',
    ['level'] = 'The level is %s now.',
    ['level-wrong'] = 'The level is a number from 1 (first steps) to 5, or auto. Write: :Pippy level 2',
    ['mode'] = 'The ghost text is "%s" now.',
    ['mode-wrong'] = 'Choose how much Pippy suggests: off, hint, line or block. Write: :Pippy mode line',
    ['command-wrong'] = 'Pippy can: %s. Write, for example: :Pippy explain',
    ['stopped'] = 'Pippy is asleep.',
    ['loading'] = 'Pippy is waking up.',
    ['ready'] = 'Pippy is ready, with %s. Suggestions taken: %d of %d.',
    ['failed'] = 'Pippy can not help just now. :Pippy doctor says why.',
    ['choose-fix'] = 'What should Pippy do?',
  },
  es = {
    ['not-here'] = 'Pippy no está aquí: abre un archivo de Python. Si no ayuda: :checkhealth pippy',
    ['thinking'] = 'Pippy piensa en tu código …',
    ['nothing-to-fix'] = 'Aquí no hay nada que arreglar.',
    ['nothing-found'] = 'Pippy no encontró nada que cambiar aquí.',
    ['on'] = 'Pippy está encendido.',
    ['off'] = 'Pippy está apagado. :Pippy on lo despierta otra vez.',
    ['level'] = 'El nivel es ahora %s.',
    ['level-wrong'] = 'El nivel es un número de 1 (primeros pasos) a 5, o auto. Escribe: :Pippy level 2',
    ['mode'] = 'El texto fantasma es ahora "%s".',
    ['mode-wrong'] = 'Elige cuánto sugiere Pippy: off, hint, line o block. Escribe: :Pippy mode line',
    ['command-wrong'] = 'Pippy sabe hacer: %s. Escribe, por ejemplo: :Pippy explain',
    ['stopped'] = 'Pippy duerme.',
    ['loading'] = 'Pippy se está despertando.',
    ['ready'] = 'Pippy está listo, con %s. Sugerencias aceptadas: %d de %d.',
    ['failed'] = 'Pippy no puede ayudar ahora. :Pippy doctor dice por qué.',
    ['choose-fix'] = '¿Qué debe hacer Pippy?',
  },
}

--- The sentence `key`, with what string.format() puts in.
---@param key string
---@return string
function M.say(key, ...)
  local client = require('pippy.client').of(0)
  local settings = client and client.settings.pippy or require('pippy.config').get().settings
  local language = tostring(settings.language or 'en'):sub(1, 2)
  local words = M.words[language] or M.words.en
  return (words[key] or M.words.en[key]):format(...)
end

return M
