"""The sections of a report that are lists of steps: timeline, table, logs, hardware."""

from collections.abc import Container, Iterator, Mapping, Sequence
from urllib.parse import urlencode

from argosy.report import run_pictures
from argosy.report.excerpt import Excerpt
from argosy.report.markup import Child, Markup, element, join
from argosy.report.run_hardware import Used
from argosy.report.run_marks import badge, icon, known, sign, state
from argosy.report.run_view import Attempt, RunView, Step
from argosy.report.run_words import cores, money, size, span

_FEW = 24
Numbered = Sequence[tuple[int, Step]]


def timeline(run: RunView, steps: Numbered) -> Markup:
    """Return a bar for each step that began, in the order of their beginnings."""
    began = sorted((s for s in steps if s[1].started), key=lambda s: s[1].started or 0)
    began = [(n, s) for n, s in began if s.phase not in ("Skipped", "Omitted")]
    rows = [_lane(number, step, run) for number, step in began]
    head = element(
        "li", element("span"), run_pictures.axis(run), element("span", "took", class_="end"),
        class_="axis", aria_hidden="true",
    )  # fmt: skip
    listed = element("ol", head, *rows, class_="rows")
    return join((_chain(run), scroll("Timeline", listed)))


def _chain(run: RunView) -> Markup | None:
    """Return the critical path as a line of names, or what it comes to when it is long."""
    path = [(n, s) for n, s in enumerate(run.steps) if s.critical and s.took is not None]
    path.sort(key=lambda one: one[1].started or 0)
    if len(path) < 2:
        return None
    shown = path if len(path) <= 12 else [*path[:6], *path[-5:]]
    names = [
        element("li", element("a", step.label, href=f"#s{number}"), " ", _soft(span(step.took)))
        for number, step in shown
    ]
    if len(path) > 12:
        names.insert(6, element("li", f"{len(path) - 11} more"))
    title = element("strong", icon("key"), " Critical path", class_="keyed")
    return element("ol", element("li", title), *names, class_="chain")


def _lane(number: int, step: Step, run: RunView) -> Markup:
    name = element(
        "a",
        element("span", sign(state(step)), class_=f"phase {known(state(step))}"),
        element("span", step.label),
        element("span", icon("key"), _unseen("critical"), class_="keyed")
        if step.critical
        else None,
        href=f"#s{number}",
        class_="name",
        title=step.label,
    )
    after = span((step.started or 0) - run.started)
    told = _unseen(f"{state(step)}, began after {after}, took ")
    took = span(step.took) if step.finished else "so far"
    end = element("span", told, took, class_="end")
    return element("li", name, run_pictures.bar(step, run), end, data_step=number)


def table(steps: Numbered) -> Markup:
    """Return a row for each step: how it ended and why, what it was given and gave."""
    heads = ("Step", "State", "Took", "Waited", "Attempts", "Exit code", "What happened", "Values")
    return grid("Steps", heads, [_row(number, step) for number, step in steps], heads[2:6])


def _row(number: int, step: Step) -> Markup:
    phase = state(step)
    return element(
        "tr",
        element("th", step.label, _kind(step), scope="row"),
        element("td", badge(phase)),
        number_cell(span(step.took), step.took),
        number_cell(span(step.waited), step.waited),
        element("td", _attempts(step.attempts), class_="number", data_value=len(step.attempts)),
        number_cell("" if step.exit_code is None else str(step.exit_code), step.exit_code),
        element("td", step.reason, class_="words"),
        element("td", _values(step)),
        id=f"s{number}",
        class_="target",
        data_step=number,
        data_phase=phase,
        data_text=f"{step.label} {step.template} {phase} {step.reason}".lower(),
        data_key=step.critical,
    )


def _kind(step: Step) -> Markup | None:
    kinds = {"Suspend": "approval", "HTTP": "http", "Plugin": "plugin", "Container": "container"}
    shown = kinds.get(step.kind, "")
    if step.template and step.template != step.label:
        shown = f"{shown} {step.template}".strip()
    return element("div", shown, class_="soft mono") if shown else None


def _attempts(attempts: Sequence[Attempt]) -> Child:
    if len(attempts) < 2:
        return str(len(attempts)) if attempts else ""
    told = (
        element("li", f"{n}. {one.phase} {span(_took(one))} {one.reason}".rstrip())
        for n, one in enumerate(attempts, 1)
    )
    return element("details", element("summary", str(len(attempts))), element("ol", *told))


def _took(one: Attempt) -> float | None:
    return max(one.finished - one.started, 0) if one.started and one.finished else None


def _values(step: Step) -> Markup | None:
    parts = [(name, found) for name, found in (("in", step.inputs), ("out", step.outputs)) if found]
    if not parts:
        return None
    title = ", ".join(f"{len(found)} {name}" for name, found in parts)
    lists = (values({f"{name} · {key}": value for key, value in f.items()}) for name, f in parts)
    return element("details", element("summary", title), *lists)


def values(found: Mapping[str, str]) -> Markup:
    """Return names and values as a list."""
    pairs = (
        (element("dt", key), element("dd", value, class_="mono")) for key, value in found.items()
    )
    return element("dl", *pairs, class_="values")


def logs(steps: Numbered, place: str) -> Markup:
    """Return the log of each step, folded; those of failed steps are open."""
    told = [_log(number, step, place) for number, step in steps if step.log is not None]
    return join(told) if len(told) <= _FEW else scroll("Logs", *told)


def _log(number: int, step: Step, place: str) -> Markup:
    log = step.log or Excerpt("")
    body: Child = "The log is empty."
    if log.size:
        gap = element("span", f"… {size(log.left_out)} left out …", class_="gap")
        body = (log.head, gap if log.left_out else None, log.tail)
    whole = save(place, "log", step.name, "") if log.size else None
    summary = element(
        "summary",
        element(
            "span", sign(state(step)), _unseen(state(step)), class_=f"phase {known(state(step))}"
        ),
        element("span", step.label, class_="name"),
        element("span", size(log.size), class_="soft"),
    )
    text = element("pre", body, tabindex=0, role="region", aria_label=f"Log of {step.label}")
    failed = step.phase in ("Failed", "Error")
    return element(
        "details",
        summary,
        text,
        element("p", whole) if whole else None,
        id=f"l{number}",
        class_="log target",
        open=failed,
        data_step=number,
    )


def hardware(steps: Numbered, currency: str) -> Markup:
    """Return what each step asked for beside what it used, and what that cost."""
    heads = (
        "Step",
        "CPU asked",
        "CPU used",
        "Memory asked",
        "Peak memory",
        "Other",
        currency and f"Cost ({currency})",
    )
    rows = [
        _asked(n, s, currency)
        for n, s in steps
        if s.attempts and s.kind in ("Pod", "Retry", "Container")
    ]
    right = [head for head in heads[1:] if head != "Other"]
    return grid("Hardware", [head for head in heads if head], rows, right)


def _asked(number: int, step: Step, currency: str) -> Markup:
    used, asked = step.used, step.asked
    mean = used.cpu / step.took if used and step.took else None
    memory = size(used.memory) if used else _unmeasured()
    share = _share(used.memory if used else None, asked.memory_limit or asked.memory)
    cost = "" if step.cost is None else money(step.cost)
    return element(
        "tr",
        element("th", step.label, scope="row"),
        number_cell(_pair(cores(asked.cpu), cores(asked.cpu_limit)), asked.cpu),
        number_cell((_cpu(used, mean), _share(mean, asked.cpu)), used.cpu if used else None),
        number_cell(_pair(size(asked.memory), size(asked.memory_limit)), asked.memory),
        number_cell((memory, share), used.memory if used else None),
        element("td", ", ".join(asked.others)),
        number_cell(cost, step.cost) if currency else None,
        data_step=number,
    )


def _cpu(used: Used | None, mean: float | None) -> Child:
    if used is None:
        return _unmeasured()
    return f"{used.cpu:.1f} s" if mean is None else f"{used.cpu:.1f} s · {mean:.2g} of a core"


def _unmeasured() -> Markup:
    return _soft("not measured")


def _pair(request: str, limit: str) -> str:
    if request and limit and request != limit:
        return f"{request}, at most {limit}"
    return request or (f"at most {limit}" if limit else "")


def _share(part: float | None, whole: float | None) -> Markup | None:
    if not part or not whole:
        return None
    used = f"{min(100 * part / whole, 100):.1f}%"
    bars = (
        element("rect", width="100%", height=6, rx=3, class_="track"),
        element("rect", width=used, height=6, rx=3, class_="over" if part > whole else "part"),
    )
    return element("svg", *bars, class_="use", aria_hidden="true")


def save(place: str, kind: str, step: str, name: str) -> Markup | None:
    """Return a link that saves an artifact or a log, where there is a server to give it out."""
    if not place:
        return None
    address = f"{place}/{kind}?{urlencode({'step': step, 'name': name}, errors='replace')}"
    told = _unseen(f" {name or kind} of {step}")
    return element("a", "save", told, href=address, download=True)


def grid(
    title: str, heads: Sequence[str], rows: Sequence[Markup], numbers: Container[str] = ()
) -> Markup:
    """Return a table that can be sorted by each of its columns; those of `numbers` stand right."""
    cells = (
        element(
            "th",
            element("button", head, type="button", class_="plain", data_do="sort"),
            scope="col",
            class_="number" if head in numbers else None,
        )
        for head in heads
    )
    head = element("thead", element("tr", *cells))
    caption = element("caption", title, class_="unseen")
    return scroll(title, element("table", caption, head, element("tbody", *rows)))


def scroll(title: str, *children: Child, more: str = "") -> Markup:
    """Return a frame that scrolls, by keyboard too."""
    return element(
        "div", *children, class_=f"scroll{more}", tabindex=0, role="region", aria_label=title
    )


def number_cell(shown: Child, value: float | None) -> Markup:
    """Return a cell that is sorted by `value`."""
    return element("td", shown, class_="number", data_value="" if value is None else value)


def _soft(text: str) -> Markup:
    return element("span", text, class_="soft")


def _unseen(text: str) -> Markup:
    return element("span", text, class_="unseen")


def chosen(run: RunView, most: int) -> Iterator[tuple[int, Step]]:
    """Yield the steps to be shown one by one: of very many, those that failed or took long."""
    weights = {"Failed": 3, "Error": 3, "Running": 2, "Suspended": 2}
    numbered = list(enumerate(run.steps))
    if len(numbered) > most:
        numbered.sort(
            key=lambda n: (-weights.get(n[1].phase, 0), not n[1].critical, -(n[1].took or 0))
        )
        numbered = sorted(numbered[:most], key=lambda n: n[0])
    yield from numbered
