"""A walk over a jq program with what is known of each value instead of the value.

It notes which entries of an object's `data` are looked at. All that is not known to look at less is taken to look at
everything, so the answer may be too much and never too little; what cannot be followed at all is an UnreadableError.
"""

from __future__ import annotations

from typing import Any

from depgen.emulate.jq_known import (
    ALL_OF_DATA,
    ANY,
    BODY,
    DATA,
    ENTRY,
    EVENT,
    METADATA,
    ONE_OF,
    OTHER,
    Closure,
    Constant,
    Function,
    Known,
    Scope,
    Start,
    Text,
    chosen,
    is_known,
    is_true,
    open_text,
    written,
)
from depgen.emulate.jq_syntax import Tree, UnreadableError
from depgen.emulate.jq_words import IMPURE, PASSING, STEADY, TAIL, WITHOUT_INPUT
from depgen.jqshapes import LITERALS

DEEPEST = 200


class Walk:
    """Of one program on an event of one type; afterwards `names`, `starts` (beginnings of names), `everything`, `clock` and
    `metadata` (its fields) say what it can depend on.
    """

    def __init__(self, type_: str) -> None:
        self.type = type_
        self.names: set[Start] = set()
        self.starts: set[Start] = set()
        self.everything = False
        self.clock = False
        self.metadata: set[str] = set()
        self._called: dict[tuple[int, Known], tuple[Function, Known]] = {}

    def plain(self, known: Known) -> Known:
        """A value that goes somewhere where it is not followed any more."""
        if known == DATA or known in ONE_OF or known in ANY:
            self.everything = True
            return OTHER
        if known in (EVENT, BODY, METADATA):
            raise UnreadableError(f"the whole {known}")
        return known

    def entry(self, name: Known) -> Known:
        """The entry of that name is read."""
        if not isinstance(name, Text) or not name.start:
            self.everything = True
        elif name.is_whole:
            self.names.add(name.start)
        else:
            self.starts.add(name.start)
        return OTHER

    def of(self, node: Tree, this: Known, scope: Scope, depth: int) -> Known:
        """What is known of a node's value where `.` is `this`."""
        if depth > DEEPEST:
            raise UnreadableError("too deep")
        if this in ANY and node[0] != "pipe" and chosen(this, node) is None:
            this = self.plain(this)
        known: Known = getattr(self, f"_{node[0]}")(node, this, scope, depth + 1)
        return known

    def _this(self, node: Tree, this: Known, scope: Scope, depth: int) -> Known:
        return this

    def _constant(self, node: Tree, this: Known, scope: Scope, depth: int) -> Known:
        return Constant(node[1])

    def _number(self, node: Tree, this: Known, scope: Scope, depth: int) -> Known:
        return Constant(float(node[1]))

    def _variable(self, node: Tree, this: Known, scope: Scope, depth: int) -> Known:
        if node[1] == "$ENV":
            return OTHER
        if node[1] not in scope.values:
            raise UnreadableError(node[1])
        return scope.values[node[1]]

    def _string(self, node: Tree, this: Known, scope: Scope, depth: int) -> Known:
        start: Start = ()
        is_whole = True
        for part in node[1]:
            known = written(part) if isinstance(part, str) else self.plain(self.of(part, this, scope, depth))
            if is_whole and isinstance(known, Text):
                start, is_whole = start + known.start, known.is_whole
            else:
                is_whole = False
        return Text(start, is_whole)

    def _pipe(self, node: Tree, this: Known, scope: Scope, depth: int) -> Known:
        return self.of(node[2], self.of(node[1], this, scope, depth), scope, depth)

    def _index(self, node: Tree, this: Known, scope: Scope, depth: int) -> Known:
        if node[1] == ("variable", LITERALS):
            return Text((int(node[2][1]),), True)
        holder = self.of(node[1], this, scope, depth)
        name = self.plain(self.of(node[2], this, scope, depth))
        if holder == DATA:
            return self.entry(name)
        if holder in (EVENT, BODY, METADATA):
            return self._part(holder, name)
        self.plain(holder)
        return OTHER

    def _each(self, node: Tree, this: Known, scope: Scope, depth: int) -> Known:
        holder = self.of(node[1], this, scope, depth)
        return ONE_OF[holder] if holder in ONE_OF else self._forgotten(holder)

    def _slice(self, node: Tree, this: Known, scope: Scope, depth: int) -> Known:
        for part in node[1:]:
            self.plain(self.of(part, this, scope, depth))
        return OTHER

    def _apply(self, node: Tree, this: Known, scope: Scope, depth: int) -> Known:
        """`a?`, `[a]`, `-a`: something of the same kind that need not be followed, but for `a?`."""
        return self._forgotten(self.of(node[1], this, scope, depth))

    _array = _negative = _format = _apply

    def _everywhere(self, node: Tree, this: Known, scope: Scope, depth: int) -> Known:
        return self._forgotten(this)

    def _object(self, node: Tree, this: Known, scope: Scope, depth: int) -> Known:
        fields = []
        for name, value in node[1]:
            known = self.plain(self.of(name, this, scope, depth))
            fields.append((known, self.plain(self.of(value, this, scope, depth))))
        return self._made(fields)

    def _made(self, fields: list[tuple[Known, Known]]) -> Known:
        """An object with these names and values."""
        return OTHER

    def _try(self, node: Tree, this: Known, scope: Scope, depth: int) -> Known:
        self.plain(self.of(node[1], this, scope, depth))
        self.plain(self.of(node[2], OTHER, scope, depth))
        return OTHER

    def _if(self, node: Tree, this: Known, scope: Scope, depth: int) -> Known:
        test = self.plain(self.of(node[1], this, scope, depth))
        if isinstance(test, Constant):
            return self.of(node[2] if is_true(test) else node[3], this, scope, depth)
        return self._joined(self.of(node[2], this, scope, depth), self.of(node[3], this, scope, depth))

    def _binary(self, node: Tree, this: Known, scope: Scope, depth: int) -> Known:
        operator = node[1]
        left = self.of(node[2], this, scope, depth)
        if operator == "//" and left == DATA and node[3] == ("object", ()):
            return DATA
        if operator in ("and", "or"):
            return self._logical(operator, self.plain(left), node[3], this, scope, depth)
        right = self.of(node[3], this, scope, depth)
        if operator in (",", "//"):
            return self._joined(left, right)
        left, right = self.plain(left), self.plain(right)
        if operator.endswith("=") and operator not in ("==", "!=", "<=", ">="):
            return self._forgotten(this)  # an assignment gives its input, changed
        return self._compared(operator, left, right) if operator in ("==", "!=") else OTHER

    def _compared(self, operator: str, left: Known, right: Known) -> Known:
        if isinstance(left, Constant) and is_known(right):
            return Constant(((left.value,) == right.start) == (operator == "=="))  # type: ignore[union-attr]
        return OTHER

    def _logical(
        self, operator: str, left: Known, other: Tree, this: Known, scope: Scope, depth: int
    ) -> Known:
        if isinstance(left, Constant) and is_true(left) == (operator == "or"):
            return Constant(operator == "or")
        return self._combined(operator, left, self.plain(self.of(other, this, scope, depth)))

    def _combined(self, operator: str, left: Known, right: Known) -> Known:
        """`and` or `or` of values of which the first does not decide by itself."""
        known = isinstance(left, Constant) and isinstance(right, Constant)
        return Constant(is_true(right)) if known else OTHER

    def _as(self, node: Tree, this: Known, scope: Scope, depth: int) -> Known:
        (name,) = node[2]
        source = self._entered(self.of(node[1], this, scope, depth))
        return self.of(node[3], this, scope.value(name, source), depth)

    def _loop(self, node: Tree, this: Known, scope: Scope, depth: int) -> Known:
        (name,) = node[3]
        inner = scope.value(name, self.plain(self.of(node[2], this, scope, depth)))
        start, *updates = node[4]
        self.plain(self.of(start, this, scope, depth))
        for update in updates:
            self.plain(self.of(update, OTHER, inner, depth))
        return OTHER

    def _def(self, node: Tree, this: Known, scope: Scope, depth: int) -> Known:
        _, name, parameters, body, rest = node
        inner = scope.function(name, len(parameters), Function(parameters, body, scope))
        return self.of(rest, this, inner, depth)

    def _call(self, node: Tree, this: Known, scope: Scope, depth: int) -> Known:
        _, name, arguments = node
        found = scope.functions.get((name, len(arguments)))
        if isinstance(found, Closure):
            return self.of(found.body, this, found.scope, depth)
        if found is None:
            return self._builtin(name, arguments, this, scope, depth)
        # Without arguments it reads the same each time; it is kept so that its id stays its own.
        if arguments or (id(found), this) not in self._called:
            self._called[id(found), this] = found, self._own(found, arguments, this, scope, depth)
        return self._called[id(found), this][1]

    def _own(self, found: Function, arguments: Any, this: Known, scope: Scope, depth: int) -> Known:
        inner = found.scope
        for parameter, argument in zip(found.parameters, arguments, strict=True):
            if parameter.startswith("$"):
                value = self._entered(self.of(argument, this, scope, depth))
                inner = inner.value(parameter, value)
                parameter = parameter[1:]
            inner = inner.function(parameter, 0, Closure(argument, scope))
        return self.of(found.body, this, inner, depth)

    def _builtin(self, name: str, arguments: Any, this: Known, scope: Scope, depth: int) -> Known:
        if name in IMPURE:
            raise UnreadableError(name)
        self.clock = self.clock or name == "now"
        if this in ANY and (wanted := chosen(this, ("call", name, arguments))):
            if ("startswith", 1) in scope.functions:
                raise UnreadableError("another startswith")
            start = open_text(self.plain(self.of(wanted, OTHER, scope, depth)))
            return self.entry(start) if this == ENTRY else start
        if this == DATA and name in ALL_OF_DATA:
            return ALL_OF_DATA[name]
        if this == DATA and name == "has":
            return self.entry(self.plain(self.of(arguments[0], this, scope, depth)))
        if PASSING.get(name) == len(arguments):
            return self._passed(name, arguments, this, scope, depth)
        inner = this if name in WITHOUT_INPUT else self._forgotten(this)
        for argument in arguments:
            self.plain(self.of(argument, inner, scope, depth))
        if name == "not" and isinstance(this, Constant):
            return Constant(not is_true(this))
        return OTHER

    def _passed(self, name: str, arguments: Any, this: Known, scope: Scope, depth: int) -> Known:
        if name == "select":
            self.plain(self.of(arguments[0], this, scope, depth))
            return this
        if name in ("any", "all"):
            item = self.of(arguments[0], this, scope, depth)
            self.plain(self.of(arguments[1], item, scope, depth))
            return OTHER
        if name == "limit":
            self.plain(self.of(arguments[0], this, scope, depth))
        known = self.of(arguments[-1], this, scope, depth)
        return OTHER if name == "isempty" and self.plain(known) else self._entered(known)

    def _entered(self, known: Known) -> Known:
        return self.plain(known) if known in ANY else known

    def _forgotten(self, known: Known) -> Known:
        self.plain(known)
        return OTHER

    def _joined(self, left: Known, right: Known) -> Known:
        if left == right:
            return self._entered(left)
        self.plain(left)
        self.plain(right)
        return OTHER

    def _part(self, holder: Known, name: Known) -> Known:
        found = name.start[0] if isinstance(name, Text) and name.is_whole and len(name.start) == 1 else None
        if holder == EVENT and found == "type":
            return Constant(self.type)
        if holder == EVENT and found in ("body", "oldBody"):
            return BODY
        if holder == BODY and found in (METADATA, DATA):
            return str(found)
        if holder == METADATA and found in STEADY:
            self.metadata.add(str(found))
            return OTHER
        if holder == EVENT and found in TAIL:
            return OTHER
        raise UnreadableError(f"{holder} {found}")
