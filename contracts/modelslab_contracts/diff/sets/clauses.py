"""Clauses, each a list of which one part has to hold: what the literals of a case already say about them."""

from __future__ import annotations

from .case import Case, by_kind, say
from .judge import every, judge
from .objects import Members
from .outcome import Finder
from .terms import Again, All, Has, Opaque, Values

_DEEPEST = 60


def simplified(finder: Finder, case: Case) -> bool:
    """Drop clauses that hold and parts that cannot; False when a clause has no part left."""
    changed = True
    while changed:
        changed = False
        for clause in list(case.clauses):
            left = []
            for part in clause:
                held = _quick(finder, case, part)
                if held:
                    break
                if held is None:
                    left.append(part)
            else:
                if not left:
                    return False
                if len(left) > 1:
                    case.clauses[case.clauses.index(clause)] = tuple(left)
                    continue
                changed = True
                case.clauses.remove(clause)
                if not say(finder.terms, case, left):
                    return False
                continue
            case.clauses.remove(clause)
    return True


def _quick(finder: Finder, of: Case, term: int, depth: int = 0) -> bool | None:
    """Whether a term holds of all values of a case (True), or of none (False)."""
    finder.work()
    if term in of.said:
        return True
    if -term in of.said:
        return False
    known = by_kind(finder.terms, of.kind, term)
    if known is not None:
        return known
    match finder.terms[term]:
        case All(parts):
            held = every(_quick(finder, of, part, depth + 1) for part in parts)
            return held if term > 0 or held is None else not held
        case Again():
            return _quick(finder, of, finder.terms.follow(term), depth + 1) if depth < _DEEPEST else None
        case predicate if isinstance(predicate, Opaque) or of.listed is not None:
            return None
    if term in of.settled:
        return of.settled[term]
    if of.unsettled.get(term) == len(of.literals):
        return None
    held = _looked_at(finder, of, term)
    if held is None:
        of.unsettled[term] = len(of.literals)
    else:
        of.settled[term] = held
    return held


def _looked_at(finder: Finder, of: Case, term: int) -> bool | None:
    """Whether a literal holds of all values of a case or of none, by looking for values."""
    match finder.terms[term]:
        case Has() as has:
            return _quick_member(finder, of, has, positive=term > 0)
        case Values() as values:
            return _quick_values(finder, of, values, positive=term > 0)
    if finder.leaf(of.kind, (*of.literals, term)).is_empty:
        return False
    return True if finder.never(lambda: finder.leaf(of.kind, (*of.literals, -term))) else None


def _quick_member(finder: Finder, case: Case, has: Has, *, positive: bool) -> bool | None:
    members = Members.of(finder, case.literals)
    goal, _ = members.goal(has.name)
    demanded = has.name in members.demands
    # A clause is dropped for holding everywhere only on a full proof: the value that is found then fulfils it.
    if positive:
        if finder.member((*goal, has.inner)).is_empty:
            return False
        return True if demanded and finder.never(lambda: finder.member((*goal, -has.inner))) else None
    if finder.never(lambda: finder.member((*goal, has.inner))):
        return True
    return False if demanded and finder.member((*goal, -has.inner)).is_empty else None


def _quick_values(finder: Finder, case: Case, values: Values, *, positive: bool) -> bool | None:
    listed = finder.terms.in_order(values, case.kind)
    if all(every(judge(finder.terms, each, literal) for literal in case.literals) is False for each in listed):
        return not positive
    return None
