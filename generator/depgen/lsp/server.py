"""The protocol: each request of the editor, answered from a view of its folder. The only user of pygls.

Answers are worked out in one thread, one after the other, so that the editor is heard meanwhile and can take a question back;
libjq's time zone is that of the process, so two at once would be wrong. Diagnostics come when nobody has typed for a moment.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcInvalidParams
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path

from depgen import __version__
from depgen.errors import InputError
from depgen.lsp import answering
from depgen.lsp.desk import Desk, View
from depgen.lsp.telling import diagnostics

T = TypeVar("T")

# Since the last key stroke, in seconds.
_PAUSE = 0.2


class Server(LanguageServer):
    """A language server on a desk."""

    def __init__(self, desk: Desk) -> None:
        super().__init__("depgen", __version__, text_document_sync_kind=lsp.TextDocumentSyncKind.Full)
        self.desk = desk
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="depgen")
        self._waiting: dict[str, asyncio.Task[None]] = {}
        self._shown: dict[str, set[str]] = {}

    def text_is(self, uri: str, text: str) -> None:
        """What an open file says now. Its folder is looked at soon; what is no file is none of ours."""
        if path := _path(uri):
            self.desk.encoding = lsp.PositionEncodingKind(self.workspace.position_encoding or "utf-16").value
            self.desk.put(path, uri, text)
            self.look_soon(path)

    def look_soon(self, path: str) -> None:
        """Say what is wrong in a folder, unless somebody types before it comes to that."""
        folder = str(Path(path).parent)
        if (before := self._waiting.get(folder)) is not None:
            before.cancel()
        task = self._waiting[folder] = asyncio.get_running_loop().create_task(self._look(path, folder))
        task.add_done_callback(self._failed)

    async def asked(self, path: str, question: Callable[[View], T]) -> T:
        """The answer to a question about a file's folder as it is now."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._worker, lambda: question(self.desk.view(path)))

    async def _look(self, path: str, folder: str) -> None:
        await asyncio.sleep(_PAUSE)
        told = await self.asked(path, _told)
        if not self.desk.has_open(folder):
            told = {}
        for gone in self._shown.get(folder, set()) - told.keys():
            told[gone] = []
        for uri, found in told.items():
            self.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(uri, found))
        self._shown[folder] = set(told)

    def _failed(self, task: asyncio.Task[None]) -> None:
        """A mistake of ours in one look must not end the server, and must not be silent either."""
        if not task.cancelled() and (error := task.exception()) is not None:
            message = f"depgen could not check this folder: {error}"
            self.window_log_message(lsp.LogMessageParams(lsp.MessageType.Error, message))


def serve(desk: Desk) -> None:
    """Talk to an editor over standard input and output, until it ends that."""
    made(desk).start_io()


def made(desk: Desk) -> Server:
    """The server with all that it answers."""
    server = Server(desk)
    _follow_texts(server)
    _answer_names(server)
    _answer_fixes(server)
    return server


def _told(view: View) -> dict[str, list[lsp.Diagnostic]]:
    return {view.uri(path): found for path, found in diagnostics(view, view.findings()).items()}


def _path(uri: str) -> str:
    """The path of a file; empty for what is none, such as a text that was never saved."""
    return (to_fs_path(uri) or "") if uri.startswith("file:") else ""


def _follow_texts(server: Server) -> None:
    @server.feature(lsp.TEXT_DOCUMENT_DID_OPEN)
    async def opened(ls: Server, params: lsp.DidOpenTextDocumentParams) -> None:
        ls.text_is(params.text_document.uri, params.text_document.text)

    @server.feature(lsp.TEXT_DOCUMENT_DID_CHANGE)
    async def changed(ls: Server, params: lsp.DidChangeTextDocumentParams) -> None:
        uri = params.text_document.uri
        ls.text_is(uri, ls.workspace.get_text_document(uri).source)

    @server.feature(lsp.TEXT_DOCUMENT_DID_SAVE)
    async def saved(ls: Server, params: lsp.DidSaveTextDocumentParams) -> None:
        ls.look_soon(_path(params.text_document.uri))

    @server.feature(lsp.TEXT_DOCUMENT_DID_CLOSE)
    async def closed(ls: Server, params: lsp.DidCloseTextDocumentParams) -> None:
        path = _path(params.text_document.uri)
        ls.desk.drop(path)
        ls.look_soon(path)


def _answer_names(server: Server) -> None:
    @server.feature(lsp.TEXT_DOCUMENT_DEFINITION)
    async def definition(ls: Server, params: lsp.DefinitionParams) -> list[lsp.Location]:
        path = _path(params.text_document.uri)
        return await ls.asked(path, lambda view: answering.definition(view, path, params.position))

    @server.feature(lsp.TEXT_DOCUMENT_REFERENCES)
    async def references(ls: Server, params: lsp.ReferenceParams) -> list[lsp.Location]:
        path = _path(params.text_document.uri)
        return await ls.asked(path, lambda view: answering.references(view, path, params.position))

    @server.feature(lsp.TEXT_DOCUMENT_HOVER)
    async def hover(ls: Server, params: lsp.HoverParams) -> lsp.Hover | None:
        path = _path(params.text_document.uri)
        return await ls.asked(path, lambda view: answering.hover(view, path, params.position))

    @server.feature(
        lsp.TEXT_DOCUMENT_COMPLETION, lsp.CompletionOptions(trigger_characters=["[", ",", " ", "-"])
    )
    async def completion(ls: Server, params: lsp.CompletionParams) -> list[lsp.CompletionItem]:
        path = _path(params.text_document.uri)
        return await ls.asked(path, lambda view: answering.completion(view, path, params.position))

    @server.feature(lsp.TEXT_DOCUMENT_PREPARE_RENAME)
    async def prepare(ls: Server, params: lsp.PrepareRenameParams) -> lsp.PrepareRenamePlaceholder | None:
        path = _path(params.text_document.uri)
        return await ls.asked(path, lambda view: answering.renamable(view, path, params.position))

    @server.feature(lsp.TEXT_DOCUMENT_RENAME, lsp.RenameOptions(prepare_provider=True))
    async def rename(ls: Server, params: lsp.RenameParams) -> lsp.WorkspaceEdit | None:
        path = _path(params.text_document.uri)
        try:
            return await ls.asked(
                path, lambda view: answering.rename(view, path, params.position, params.new_name)
            )
        except InputError as error:
            raise JsonRpcInvalidParams(str(error)) from error


def _answer_fixes(server: Server) -> None:
    kinds = [lsp.CodeActionKind.QuickFix, lsp.CodeActionKind.SourceFixAll]

    @server.feature(lsp.TEXT_DOCUMENT_CODE_ACTION, lsp.CodeActionOptions(code_action_kinds=kinds))
    async def actions(ls: Server, params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
        path = _path(params.text_document.uri)
        return await ls.asked(
            path, lambda view: answering.actions(view, path, params.range, params.context.only)
        )
