"""What the client can do, read once from its capabilities; nothing in it is ever assumed."""

from __future__ import annotations

from dataclasses import dataclass

from lsprotocol import types


@dataclass(frozen=True)
class Client:
    """The client's capabilities, as questions."""

    capabilities: types.ClientCapabilities

    @property
    def _text(self) -> types.TextDocumentClientCapabilities:
        return self.capabilities.text_document or types.TextDocumentClientCapabilities()

    @property
    def _window(self) -> types.WindowClientCapabilities:
        return self.capabilities.window or types.WindowClientCapabilities()

    @property
    def _workspace(self) -> types.WorkspaceClientCapabilities:
        return self.capabilities.workspace or types.WorkspaceClientCapabilities()

    @property
    def inline_completion(self) -> bool:
        """Whether it shows ghost text."""
        return self._text.inline_completion is not None

    @property
    def progress(self) -> bool:
        """Whether the server may start a progress of its own."""
        return bool(self._window.work_done_progress)

    @property
    def shows_documents(self) -> bool:
        """Whether the server may open a document in it."""
        return bool(self._window.show_document and self._window.show_document.support)

    @property
    def watches_files(self) -> bool:
        """Whether it tells of changes to the files that the server names."""
        watched = self._workspace.did_change_watched_files
        return bool(watched and watched.dynamic_registration)

    @property
    def configuration(self) -> bool:
        """Whether it answers `workspace/configuration`."""
        return bool(self._workspace.configuration)

    @property
    def versioned_edits(self) -> bool:
        """Whether an edit may name the version it is for."""
        edit = self._workspace.workspace_edit
        return bool(edit and edit.document_changes)

    @property
    def applies_edits(self) -> bool:
        """Whether the server may send it an edit."""
        return bool(self._workspace.apply_edit)

    @property
    def pulls_diagnostics(self) -> bool:
        """Whether it asks for a document's diagnostics."""
        return self._text.diagnostic is not None

    @property
    def refreshes_diagnostics(self) -> bool:
        """Whether it asks for diagnostics again when the server wants it to."""
        told = self._workspace.diagnostics
        return bool(self.pulls_diagnostics and told and told.refresh_support)

    @property
    def versioned_diagnostics(self) -> bool:
        """Whether diagnostics that it is sent may name the version they are for."""
        told = self._text.publish_diagnostics
        return bool(told and told.version_support)

    @property
    def hover_markdown(self) -> bool:
        """Whether it prefers Markdown in a hover; a client that says nothing gets plain text."""
        formats = self._text.hover.content_format if self._text.hover else None
        return bool(formats) and types.MarkupKind.Markdown in (formats or [])

    @property
    def resolves_edits(self) -> bool:
        """Whether it asks for a code action's edit when the action is chosen."""
        action = self._text.code_action
        support = action.resolve_support if action else None
        return bool(support and "edit" in support.properties and action and action.data_support)

    @property
    def action_literals(self) -> bool:
        """Whether it takes code actions, not only commands."""
        action = self._text.code_action
        return bool(action and action.code_action_literal_support)
