"""What would change if agreements ended, were signed or said something else. Nothing is stored."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final, cast

from django import forms
from django.utils.functional import cached_property

from schoolgate.engines import reach
from schoolgate.web.dates import day_text
from schoolgate.web.forms import ComboBox, DayInput

from . import words
from .agency_page import TRIED, link, path_words
from .asked import REPORT, Asked
from .map_page import WATCHED_NAME
from .readers import is_watched

NEW: Final = f"{TRIED}signed"
AMENDED: Final = f"{TRIED}amended"
ALL: Final = ""
COLUMNS: Final = ("Who", "Kind", "Now", "Then", "By which path")
REACHED_COLUMNS: Final = ("Who", "Steps", "Weakest evidence")
AMENDED_WORDS: Final = {
    "no": "forbade passing on",
    "yes": "allowed passing on",
    "unknown": "said nothing of passing on",
}
DAY: Final = timedelta(days=1)


class WhatIfForm(forms.Form):
    """A change to try. It is sent by its address, so that a colleague can open the same."""

    holder = forms.ChoiceField(label="Who has the report", required=False)
    on = forms.DateField(label="Since which day", required=False, widget=DayInput)
    end = forms.MultipleChoiceField(label="Which agreements end", required=False, widget=forms.CheckboxSelectMultiple)
    giver = forms.ChoiceField(label="Whose data moves", required=False, widget=ComboBox)
    receiver = forms.ChoiceField(label="Who gets it", required=False, widget=ComboBox)
    onward = forms.ChoiceField(
        label="May they pass it on", required=False, choices=[(code, words.ONWARD[code]) for code in ("yes", "no")]
    )
    amend = forms.ChoiceField(label="Which agreement says something else", required=False, widget=ComboBox)
    amended = forms.ChoiceField(
        label="May they pass it on then",
        required=False,
        choices=[(code, words.ONWARD[code]) for code in ("no", "yes", "unknown")],
    )

    def __init__(self, *args: Any, network: reach.Network, schools: Iterable[str], **kwargs: Any) -> None:  # noqa: ANN401 - a form's own arguments
        super().__init__(*args, **kwargs)
        self.network = network
        agencies = sorted(((one.id, one.name) for one in network.agencies), key=lambda one: one[1].casefold())
        agreements = sorted(
            ((one.id, self._title(one)) for one in network.agreements if one.status != "prohibited"),
            key=lambda one: one[1].casefold(),
        )
        every = [(ALL, "All our schools")] if len(tuple(schools)) > 1 else []
        ours = [(one, network.agency(one).name) for one in schools]
        others = [one for one in agencies if one not in ours]
        self._offer("holder", [*every, *ours, *others])
        self._offer("end", agreements)
        self._offer("amend", [("", "None"), *agreements])
        for name in ("giver", "receiver"):
            self._offer(name, [("", "Nobody"), *agencies])

    def _offer(self, name: str, offered: list[tuple[str, str]]) -> None:
        self.fields[name].choices = offered  # type: ignore[attr-defined]

    def _title(self, one: reach.Agreement) -> str:
        giver, receiver = (self.network.agency(end).name for end in (one.giver, one.receiver))
        return f"{one.title} (from {giver} to {receiver})"

    def clean(self) -> dict[str, Any]:
        """Two different agencies, or none."""
        data = super().clean() or self.cleaned_data
        giver, receiver = data.get("giver"), data.get("receiver")
        if bool(giver) != bool(receiver):
            self.add_error("receiver" if giver else "giver", "Choose both agencies, or nobody in both places.")
        elif giver and giver == receiver:
            self.add_error("receiver", "This is the same agency as above. An agreement joins two.")
        if data.get("amend") and data["amend"] in data.get("end", ()):
            self.add_error("amend", "This agreement ends already. Take one of the two back.")
        return data


@dataclass(frozen=True)
class WhatIf:
    """The difference that a change makes, both ways."""

    network: reach.Network
    holder: str
    on: date
    end: tuple[str, ...] = ()
    giver: str = ""
    receiver: str = ""
    onward: str = "yes"
    amend: str = ""
    amended: str = "no"
    reading: reach.Reading = "worst_case"

    @classmethod
    def of(cls, form: WhatIfForm, network: reach.Network, today: date) -> "WhatIf":
        """The change that a form asks for; what is wrong in it is left out."""
        data = form.cleaned_data if form.is_valid() else {}
        return cls(
            network,
            data.get("holder") or ALL,
            data.get("on") or today,
            end=tuple(data.get("end", ())),
            giver=data.get("giver", ""),
            receiver=data.get("receiver", ""),
            onward=data.get("onward") or "yes",
            amend=data.get("amend", ""),
            amended=data.get("amended") or "no",
        )

    @property
    def changes(self) -> bool:
        """Whether anything is to change."""
        return bool(self.end or self.giver or self.amend)

    @cached_property
    def changed(self) -> reach.Network:
        """The network as it would be."""
        kept = [self._kept(one) for one in self.network.agreements]
        agreements = [one for one in kept if one]
        if self.amend:
            old = self.network.agreement(self.amend)
            said = cast("reach.Onward", self.amended)
            agreements.append(replace(old, id=AMENDED, start=self.on, onward=said, onward_to=frozenset()))
        if self.giver:
            agreements.append(self._signed())
        return reach.Network(self.network.agencies, tuple(agreements))

    def _kept(self, one: reach.Agreement) -> reach.Agreement | None:
        """An agreement up to the day before, where it ends or is amended; None if it never began."""
        if one.id not in self.end and one.id != self.amend:
            return one
        last = self.on - DAY
        return None if one.start and one.start > last else replace(one, end=min(last, one.end or last))

    def _signed(self) -> reach.Agreement:
        return reach.Agreement(
            id=NEW,
            giver=self.giver,
            receiver=self.receiver,
            title="The agreement that would be signed",
            start=self.on,
            end=None,
            kinds=REPORT,
            purposes=self._asked(self.network).purposes,
            onward=cast("reach.Onward", self.onward),
            status="documented",
            source="What if",
        )

    def _asked(self, network: reach.Network) -> Asked:
        return Asked(network, self.on, reading=self.reading)

    def _answer(self, network: reach.Network) -> reach.Reach:
        asked = self._asked(network)
        return asked.answer(*([self.holder] if self.holder else []))

    @cached_property
    def difference(self) -> reach.Difference:
        """Who could reach the report now and then."""
        return reach.compare(self._answer(self.network), self._answer(self.changed))

    @cached_property
    def farther(self) -> tuple[str, ...]:
        """The agencies that would be reached in more steps."""
        return self._by_steps(1)

    @cached_property
    def nearer(self) -> tuple[str, ...]:
        """The agencies that would be reached in fewer steps."""
        return self._by_steps(-1)

    def _by_steps(self, sign: int) -> tuple[str, ...]:
        before, after = self.difference.before.reached, self.difference.after.reached
        return tuple(
            one
            for one in before
            if one in after and sign * (after[one].fewest_hops.hops - before[one].fewest_hops.hops) > 0
        )

    @property
    def holder_name(self) -> str:
        """Who has the report."""
        return self.network.agency(self.holder).name if self.holder else "our schools"

    @property
    def what(self) -> str:
        """The change, in words."""
        said = [f"“{self.network.agreement(one).title}” ended" for one in self.end]
        if self.giver:
            giver, receiver = (self.network.agency(one).name for one in (self.giver, self.receiver))
            said.append(f"{giver} agreed to share with {receiver}")
        if self.amend:
            title = self.network.agreement(self.amend).title
            said.append(f"“{title}” {AMENDED_WORDS[self.amended]}")
        return ", and ".join(said)

    @property
    def sentence(self) -> str:
        """The page's first sentence."""
        if not self.changes:
            return "What would change if an agreement ended, were signed, or said something else?"
        difference = self.difference
        parts = []
        if difference.lost:
            parts.append(f"{self._some(difference.lost, difference.before)} could no longer be reached")
        if difference.gained:
            parts.append(f"{self._some(difference.gained, difference.after)} could be reached too")
        other = [
            f"{self._some(some, difference.after)} could be reached {how}"
            for some, how in (
                (difference.later, "later"),
                (difference.sooner, "earlier"),
                (difference.narrower, "for less"),
                (difference.wider, "for more"),
                (self.farther, "in more steps"),
                (self.nearer, "in fewer steps"),
            )
            if some
        ]
        if other:
            parts.append(", ".join(other))
        then = "; ".join(parts) or "nothing would change in who could be reached"
        return f"If {self.what}: {then}."

    def _some(self, ids: tuple[str, ...], answer: reach.Reach) -> str:
        watched = [one for one in ids if is_watched(answer.network.agency(one).kind)]
        others = len(ids) - len(watched)
        if not watched:
            return words.counted(others, "agency", "agencies")
        return f"{WATCHED_NAME}{f' and {words.counted(others, "other agency", "other agencies")}' if others else ''}"

    @property
    def still(self) -> str:
        """Whether what is watched can be reached after the change."""
        there = [one for one in self.difference.after.reached.values() if is_watched(one.agency.kind)]
        if not there:
            return f"After that, no agreement leads from {self.holder_name} to {WATCHED_NAME}."
        steps = words.counted(min(one.fewest_hops.hops for one in there), "step")
        return f"After that, {WATCHED_NAME} could be reached from {self.holder_name} in {steps}."

    @property
    def groups(self) -> tuple[tuple[str, str, tuple[tuple[object, ...], ...]], ...]:
        """The difference as tables: a title, a caption, and a row for each agency."""
        one = self.difference
        titles = (
            ("No longer reached", one.lost),
            ("Newly reached", one.gained),
            ("Reached later", one.later),
            ("Reached earlier", one.sooner),
            ("Reached for less", one.narrower),
            ("Reached for more", one.wider),
            ("Reached in more steps", self.farther),
            ("Reached in fewer steps", self.nearer),
        )
        return tuple(
            (title, words.counted(len(ids), "agency", "agencies"), tuple(self._row(agency) for agency in ids))
            for title, ids in titles
            if ids
        )

    def _row(self, agency: str) -> tuple[object, ...]:
        before, after = self.difference.before.reached.get(agency), self.difference.after.reached.get(agency)
        shown, network = (after, self.changed) if after else (before, self.network)
        if shown is None:  # pragma: no cover - an agency in a difference is on one of its sides
            raise AssertionError(agency)
        return (
            link(shown.agency),
            words.agency_kind(shown.agency.kind),
            _when(before),
            _when(after),
            path_words(shown.strongest, network),
        )


def _when(reached: reach.Reached | None) -> str:
    """When and for how much an agency is reached, on one side of a difference."""
    if reached is None:
        return "Not reached"
    pairs = words.counted(len(reached.pairs), "purpose", "purposes")
    steps = words.counted(reached.fewest_hops.hops, "step")
    return f"From {day_text(reached.day)}, in {steps}, for {pairs}"
