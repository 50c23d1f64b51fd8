"""What was found, as a table and a list: for the terminal and for the documentation."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date

from tools.plugin_matrix.trial import Order, Trial

PAGE = """\
<!-- Written by `tox run -e plugin-matrix -- --evidence`. -->

{day}, commit `{commit}`, the newest release of each plugin on the package index:

{found}
"""
HEADINGS = ("Plugin", "NetBox", "Alone", "Before others", "Behind others", "Pages", "Models left out", "Repaired by us")
WHERE = ("alone", "before", "behind")


def table(trials: Sequence[Trial]) -> str:
    """Return a row for each plugin and release."""
    lines = [f"| {' | '.join(HEADINGS)} |", "|---|---|---|---|---|--:|--:|---|"]
    for trial in trials:
        orders = {order.where: order for order in trial.orders}
        cells = [f"{trial.plugin.distribution} {trial.plugin.version}", trial.release]
        cells += [outcome(trial, orders[where]) if where in orders else "not tried" for where in WHERE]
        cells += [str(sum(order.pages for order in trial.orders)), str(len(left_out(trial)) or ""), repaired(trial)]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def outcome(trial: Trial, order: Order) -> str:
    """Return how many failures concern the plugin, and how many belong to others only."""
    own = sum(failure.concerns(trial.plugin.name) for failure in order.failures)
    others = len(order.failures) - own
    told = [f"**{own} failed**"] * bool(own) + [f"{others} of others"] * bool(others)
    return ", ".join(told) or "passed"


def repaired(trial: Trial) -> str:
    """Return how many things of the plugin a NetBox without us would lack, at most of all orders."""
    counts = [order.repaired.get(trial.plugin.name, 0) for order in trial.orders]
    return str(max(counts, default=0) or "")


def left_out(trial: Trial) -> list[str]:
    """Return the models of which some order had no object, so that nobody knows how the pages of one answer."""
    return sorted({label for order in trial.orders for label in order.unmade})


def few(names: Collection[str], limit: int, separator: str) -> str:
    """Return at most ``limit`` of the names, and how many more there are."""
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return separator.join(list(names)[:limit]) + more


def details(trials: Sequence[Trial]) -> Iterator[str]:
    """Yield each different failure once, with where it was found, and what else there is to say."""
    runs = [
        (f"{trial.release} {order.where} {', '.join(order.beside)}".strip(), order)
        for trial in trials
        for order in trial.orders
    ]
    # Dictionaries, for the order in which things were found.
    found: dict[tuple[str, str], tuple[dict[str, None], dict[str, None]]] = {}
    for run, order in runs:
        for failure in order.failures:
            places = [f"{name} ({file})" if file else name for name, file in sorted(map(tuple, failure.places))]
            whose = "; ".join(places) or "no plugin is to be seen in it"
            steps, where = found.setdefault((failure.error, whose), ({}, {}))
            steps[failure.step] = None
            where[run] = None
    for (error, whose), (steps, where) in found.items():
        quoted = error.replace("`", "'")
        yield f"- `{quoted}`"
        yield f"    - belongs to: {whose}"
        yield f"    - in: {few(steps, 4, ', ')}"
        yield f"    - on: {few(where, 6, '; ')}"
    if labels := sorted({label for trial in trials for label in left_out(trial)}):
        yield f"- left out, because random values make no object of it: {', '.join(labels)}"
    early = dict.fromkeys(tuple(each) for _, order in runs for each in order.early)
    for plugin, module, *place in early:
        if plugin == trials[0].plugin.name:
            yield f"- loads `{module}` before the last plugin is ready: {''.join(place) or plugin}"
    for trial in trials:
        if trial.note:
            yield f"- on {trial.release}: {trial.note}"


def text(trials: Sequence[Trial], excluded: Sequence[str]) -> str:
    """Return all that was found of one plugin."""
    lines = [table(trials), "", *details(trials)]
    if excluded:
        plugin = trials[0].plugin
        lines.append(
            f"- not tried, because {plugin.name} {plugin.version} admits NetBox {plugin.limits}: {', '.join(excluded)}"
        )
    return "\n".join(lines).strip()


def page(trials: Sequence[Sequence[Trial]], missing: Sequence[str], day: date) -> str:
    """Return the part of the documentation; ``missing`` says of which plugin nothing was found, and why."""
    commits = sorted({trial.commit[:12] or "not committed" for each in trials for trial in each})
    lines = [table([trial for each in trials for trial in each])]
    for each in trials:
        told = list(details(each))
        if told:
            lines += ["", f"{each[0].plugin.distribution} {each[0].plugin.version}:", "", *told]
    lines += [""] * bool(missing) + [f"- {sentence}" for sentence in missing]
    return PAGE.format(day=day, commit="`, `".join(commits), found="\n".join(lines))
