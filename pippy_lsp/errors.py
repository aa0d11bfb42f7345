"""The tree of errors.

An error carries a *code* and plain details; the sentence that a person reads is data, in
`prompts/messages/LANG.toml` under that code, and `prompts.Messages.error` puts both together.
So an error crosses the pipe to the worker as it is, and is said in the reader's language.
Third-party exceptions are mapped to these at one place each, with `raise ... from`.
"""

from __future__ import annotations

from typing import ClassVar

Detail = str | int | float


class PippyError(Exception):
    """Base of all errors that this program raises on purpose.

    `details` fill the message's placeholders. They must never hold text of the child's program:
    they are logged.
    """

    code: ClassVar[str] = "internal"

    def __init__(self, **details: Detail) -> None:
        self.details: dict[str, Detail] = details
        super().__init__(
            " ".join([self.code, *(f"{key}={value}" for key, value in details.items())])
        )


class UsageError(PippyError):
    """The command line asks for something that can't be: `what` says so in words."""

    code = "usage"


class SandboxBroken(PippyError):
    """Programs can't be run shut in on this system."""

    code = "sandbox-broken"


class SettingsError(PippyError):
    """A setting has a value that can't be used (`key`, `problem`)."""

    code = "settings"


class PolicyError(PippyError):
    """The teacher's policy has a mistake (`file`)."""

    code = "policy"


class PolicyFile(PolicyError):
    """It can't be read (`file`, `problem`)."""

    code = "policy-file"


class PolicyKey(PolicyError):
    """It has no such `key`; `known` says what was meant, or what there is."""

    code = "policy-key"


class PolicyValue(PolicyError):
    """The value of `key` can't be used; `wanted` says what could."""

    code = "policy-value"


class PolicyName(PolicyError):
    """The list `key` has a `name` that nothing has; `known` says what was meant, or what is."""

    code = "policy-name"


class PolicyForbids(PippyError):
    """The teacher's policy does not allow what was asked for."""

    code = "policy-forbids"


class PromptError(PippyError):
    """A file in `prompts/` is missing or wrong (`name`, `problem`)."""

    code = "prompt"


class ModelError(PippyError):
    """A model can't be used."""

    code = "model"


class UnknownModel(ModelError):
    """No model of this `name` is in the registry, and no file has that path."""

    code = "model-unknown"


class ModelMissing(ModelError):
    """The model `name` is known but is not on this machine yet."""

    code = "model-missing"


class ModelFileMissing(ModelError):
    """There is no file at `path`."""

    code = "model-file-missing"


class NotAModel(ModelError):
    """The file at `path` is not a GGUF (`problem`)."""

    code = "model-not-gguf"


class ModelTruncated(ModelError):
    """The GGUF at `path` is shorter than its header says (`size`, `expected` in bytes)."""

    code = "model-truncated"


class ModelTooLarge(ModelError):
    """The model needs `needed` MB and the machine has `available` MB free."""

    code = "model-too-large"


class ModelCantInfill(ModelError):
    """The model `name` is a Python variant of CodeLlama: it was not taught to infill or to chat."""

    code = "model-cant-infill"


class AdapterWrong(ModelError):
    """The file at `path` is no LoRA adapter for the model (`problem`)."""

    code = "adapter-wrong"


class ModelInUse(ModelError):
    """The file of the model `name` can't be deleted: another program has it open."""

    code = "model-in-use"


class ModelFailed(ModelError):
    """llama.cpp refused the model, or died of it (`name`, `problem`)."""

    code = "model-failed"


class DownloadError(PippyError):
    """A download did not end well."""

    code = "download"


class NoNetwork(DownloadError):
    """No source of the model `name` could be reached."""

    code = "download-no-network"


class NoSpace(DownloadError):
    """The disk of `path` has `available` MB free and `needed` MB are needed."""

    code = "download-no-space"


class WrongHash(DownloadError):
    """What was downloaded for `name` is not the published file."""

    code = "download-wrong-hash"


class EngineError(PippyError):
    """The engine can't answer."""

    code = "engine"


class EngineLoading(EngineError):
    """The model is still being loaded; ask again later."""

    code = "engine-loading"


class EngineClosed(EngineError):
    """The engine was shut down."""

    code = "engine-closed"


class EngineCrashed(EngineError):
    """The worker died while it answered; it is started again."""

    code = "engine-crashed"


class EngineTimeout(EngineError):
    """No answer within `seconds`."""

    code = "engine-timeout"


class PromptTooLong(EngineError):
    """The prompt has `tokens` tokens and the context has room for `room`."""

    code = "engine-prompt-too-long"


class EngineSpared(EngineError):
    """Nobody waits for it, and power or the processor is short."""

    code = "engine-spared"


class Withheld(EngineError):
    """What the model wrote may not be shown to a child."""

    code = "safety-withheld"


class Distress(EngineError):
    """A child in trouble was heard: that is nothing for a model."""

    code = "safety-distress"


class NotAboutCode(EngineError):
    """What was asked for is neither code nor about code."""

    code = "safety-talk"


class RemoteError(EngineError):
    """The server `server`, which answers for the model, can't be used."""

    code = "remote"


class RemoteAddress(RemoteError):
    """`server` is no address of a server."""

    code = "remote-address"


class RemoteForbidden(RemoteError):
    """Neither a setting nor the policy allows that text is sent to `server`."""

    code = "remote-forbidden"


class RemotePlain(RemoteError):
    """What is sent to `server` would not be encrypted."""

    code = "remote-plain"


class RemoteDown(RemoteError):
    """`server` does not answer, or not as it should (`problem`)."""

    code = "remote-down"


class RemoteKey(RemoteError):
    """`server` wants another API key."""

    code = "remote-key"


class RemoteNoKeyring(RemoteKey):
    """The `server` wants a key, and the package that would have it for `host` is not installed."""

    code = "remote-no-keyring"


class RemoteKeyringShut(RemoteKey):
    """The `server` wants a key, and the keyring that may have it for `host` can't be read."""

    code = "remote-keyring-shut"


class RemoteModel(RemoteError):
    """`server` has no model `name`; it has `known`."""

    code = "remote-model"


class MissingPackage(EngineError):
    """The package `package` is not installed."""

    code = "missing-package"


class SetupError(PippyError):
    """An editor can't be set up."""

    code = "setup"


class SetupUnknown(SetupError):
    """There is no such `editor`; `known` says what was meant, or what there is."""

    code = "setup-unknown"


class SetupFile(SetupError):
    """The `file` can't be read or written (`problem`)."""

    code = "setup-file"


class SetupJson(SetupError):
    """The `file` is no JSON that can be added to, from `line` on."""

    code = "setup-json"


class SetupTaken(SetupError):
    """The `file` says something of Python already; `text` is what to put there by hand."""

    code = "setup-taken"


class SetupChanged(SetupError):
    """The `file` was changed after it was set up; what stood there before is in `backup`."""

    code = "setup-changed"


class SetupNothing(SetupError):
    """Nothing was set up for `editor`."""

    code = "setup-nothing"


class SetupRun(SetupError):
    """The `command` did not work."""

    code = "setup-run"


class SetupUnanswered(SetupError):
    """Nobody is there to agree to the changes."""

    code = "setup-unanswered"


def _tree(root: type[PippyError]) -> dict[str, type[PippyError]]:
    found = {root.code: root}
    for child in root.__subclasses__():
        found.update(_tree(child))
    return found


def from_code(code: str, details: dict[str, Detail]) -> PippyError:
    """The error that `code` names, made again on this side of a pipe (the base if unknown)."""
    return _tree(PippyError).get(code, PippyError)(**details)
