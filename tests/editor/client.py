"""An editor in a few lines: it starts a language server, speaks JSON-RPC over its standard streams, and keeps what it says.

Columns are in UTF-16 units, as the protocol has them where nothing else is agreed on; `spot` finds them in a text.
"""

from __future__ import annotations

import json
import queue
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

LIMIT = 60.0


class Refused(Exception):  # noqa: N818 - an answer
    """The server answered that it will not; the message is its reason."""


class Editor:
    """One language server. `settings` are told to servers that ask for the editor's configuration, by section."""

    def __init__(
        self,
        command: Sequence[str],
        folder: Path,
        settings: Mapping[str, Any] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.folder = folder
        self.diagnostics: dict[str, list[Any]] = {}
        self.published: list[str] = []
        self.logged: list[str] = []
        self._settings = settings or {}
        self._versions: dict[str, int] = {}
        self._number = 0
        self._opened = 0
        self._answers: dict[int, Any] = {}
        self._heard: queue.Queue[Any] = queue.Queue()
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=folder,
            env=environment,
        )
        self._reader = threading.Thread(target=self._listen, daemon=True)
        self._reader.start()

    def __enter__(self) -> Editor:
        edits = {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix", "source.fixAll"]}}}
        markup = {"contentFormat": ["markdown"]}
        self.capabilities = self.ask(
            "initialize",
            {
                "processId": None,
                "rootUri": self.folder.as_uri(),
                "capabilities": {
                    "workspace": {"configuration": True},
                    "textDocument": {"codeAction": edits, "hover": markup},
                },
            },
        )["capabilities"]
        self.tell("initialized", {})
        self.tell("workspace/didChangeConfiguration", {"settings": dict(self._settings)})
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            try:
                self.ask("shutdown", None)
                self.tell("exit", None)
                self.process.wait(LIMIT)
            finally:
                self.process.kill()
                self.process.wait()
        self._reader.join(LIMIT)
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()

    # ---- files ----

    def uri(self, name: str) -> str:
        """How a file of the folder is called."""
        return (self.folder / name).as_uri()

    def open(self, name: str, text: str | None = None) -> None:
        """Open a file of the folder, with another text than is on disk if one is given."""
        given = (self.folder / name).read_text(encoding="utf-8") if text is None else text
        self._versions[name] = 1
        document = {"uri": self.uri(name), "languageId": "yaml", "version": 1, "text": given}
        self.diagnostics.pop(self.uri(name), None)
        self.tell("textDocument/didOpen", {"textDocument": document})

    def open_new(self, text: str) -> str:
        """Open a text under a name that no other had; that name."""
        self._opened += 1
        self.open(f"new-{self._opened}.yaml", text)
        return f"new-{self._opened}.yaml"

    def type(self, name: str, text: str) -> None:
        """Change what is open, and not what is on disk."""
        self._versions[name] += 1
        self.diagnostics.pop(self.uri(name), None)
        document = {"uri": self.uri(name), "version": self._versions[name]}
        self.tell("textDocument/didChange", {"textDocument": document, "contentChanges": [{"text": text}]})

    def close(self, name: str) -> None:
        """Close a file."""
        del self._versions[name]
        self.diagnostics.pop(self.uri(name), None)
        self.tell("textDocument/didClose", {"textDocument": {"uri": self.uri(name)}})

    def close_all(self) -> None:
        """Close every file of the folder, and forget what was said."""
        for name in list(self._versions):
            self.close(name)
        self.diagnostics.clear()
        self.logged.clear()

    def found(self, name: str) -> list[Any]:
        """What the server says of a file, once it has said something since its last change."""
        limit = time.monotonic() + LIMIT
        while self.uri(name) not in self.diagnostics:
            self._take(limit)
        return self.diagnostics[self.uri(name)]

    def at(self, name: str, position: Mapping[str, int], method: str, **more: Any) -> Any:
        """The answer to a question about a spot of a file."""
        return self.ask(method, {"textDocument": {"uri": self.uri(name)}, "position": position, **more})

    # ---- JSON-RPC ----

    def ask(self, method: str, params: Any) -> Any:
        """The result of a request; Refused if it is an error."""
        number = self.send(method, params)
        limit = time.monotonic() + LIMIT
        while number not in self._answers:
            self._take(limit)
        answer = self._answers.pop(number)
        if "error" in answer:
            raise Refused(answer["error"]["message"])
        return answer["result"]

    def send(self, method: str, params: Any) -> int:
        """Send a request without waiting for its answer; its number."""
        self._number += 1
        self._write({"id": self._number, "method": method, "params": params})
        return self._number

    def tell(self, method: str, params: Any) -> None:
        """Send a notification."""
        self._write({"method": method, "params": params})

    def _write(self, message: Mapping[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        self.process.stdin.flush()

    def _listen(self) -> None:
        stream = self.process.stdout
        assert stream is not None
        while True:
            length = 0
            while (line := stream.readline().strip()) != b"":
                name, _, value = line.partition(b":")
                length = int(value) if name.lower() == b"content-length" else length
            if not length:
                self._heard.put(None)
                return
            self._heard.put(json.loads(stream.read(length)))

    def _take(self, limit: float) -> None:
        """Wait for one message and do what it wants."""
        message = self._heard.get(timeout=max(0.0, limit - time.monotonic()))
        if message is None:
            assert self.process.stderr is not None
            raise EOFError(self.process.stderr.read().decode())
        method, params = message.get("method"), message.get("params")
        if method is None:
            self._answers[message["id"]] = message
        elif method == "textDocument/publishDiagnostics":
            self.diagnostics[params["uri"]] = params["diagnostics"]
            self.published.append(params["uri"])
        elif method == "window/logMessage":
            self.logged.append(params["message"])
        elif "id" in message:
            self._write({"id": message["id"], "result": self._answer(method, params)})

    def _answer(self, method: str, params: Any) -> Any:
        if method == "workspace/configuration":
            return [self._settings.get(item.get("section", "")) for item in params["items"]]
        return None


def spot(text: str, before: str, number: int = 0) -> dict[str, int]:
    """The position just behind `before` in a text; behind its later occurrences with a `number`."""
    index = -1
    for _ in range(number + 1):
        index = text.index(before, index + 1)
    head = text[: index + len(before)]
    line = head.rpartition("\n")[2]
    return {"line": head.count("\n"), "character": len(line.encode("utf-16-le")) // 2}


def applied(text: str, edits: Sequence[Any]) -> str:
    """A text with the edits of a server."""
    for edit in sorted(edits, key=lambda e: (e["range"]["start"]["line"], e["range"]["start"]["character"]))[
        ::-1
    ]:
        start, end = (_index(text, edit["range"][side]) for side in ("start", "end"))
        text = text[:start] + edit["newText"] + text[end:]
    return text


def marked(text: str, range_: Any) -> str:
    """The characters of a range."""
    return text[_index(text, range_["start"]) : _index(text, range_["end"])]


def _index(text: str, position: Any) -> int:
    lines = text.split("\n")
    units = lines[position["line"]].encode("utf-16-le")[: position["character"] * 2]
    return sum(len(line) + 1 for line in lines[: position["line"]]) + len(units.decode("utf-16-le"))
