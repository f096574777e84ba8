"""Why depgen could not go on; a finding about the user's graph is a Diagnostic, never an exception."""


class DepgenError(Exception):
    """A reason to stop, told to the user in one sentence; `exit_code` is the process's answer."""

    exit_code = 2


class InputError(DepgenError):
    """Something outside the graph's text is wrong: an unreadable file, a bad option, a full disk."""


class InternalError(DepgenError):
    """A promise of our own was broken; never the user's fault."""

    exit_code = 3
