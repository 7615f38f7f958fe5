import os
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schoolgate.engines.vault import (
    Context,
    FileKeyProvider,
    GroupKeys,
    KeyDestroyedError,
    SealBrokenError,
    SealedGroups,
    Vault,
    VaultError,
    Wrap,
    open_groups,
    seal_groups,
)

from .counting import CountingProvider

TRIALS = settings(
    max_examples=int(os.environ.get("SCHOOLGATE_TRIALS", "25")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
WORDS = {"narrative": b"by the gym", "claims": b"[]", "attachment/1": b"%PDF", "attachment/2": b"\x89PNG"}
fields = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12).filter(lambda t: t[0] != "/")


def stored(sealed: SealedGroups) -> SealedGroups:
    return SealedGroups.from_bytes(sealed.keys.to_bytes(), sealed.values_to_bytes())


@TRIALS
@given(texts=st.dictionaries(fields, st.binary(max_size=40), max_size=6))
def test_what_was_sealed_in_groups_opens_after_the_columns(
    vault: Vault, narrative: Context, texts: dict[str, bytes]
) -> None:
    assert open_groups(vault, [(narrative, stored(seal_groups(vault, narrative, texts)))]) == [texts]


@TRIALS
@given(texts=st.dictionaries(fields, st.binary(max_size=40), min_size=1, max_size=6), data=st.data())
def test_one_group_is_destroyed_alone(
    vault: Vault, narrative: Context, texts: dict[str, bytes], data: st.DataObject
) -> None:
    sealed = seal_groups(vault, narrative, texts)
    doomed = data.draw(st.sampled_from(sealed.keys.groups))
    left = stored(SealedGroups(sealed.keys.without(doomed), sealed.values))
    opened = open_groups(vault, [(narrative, left)])[0]
    assert opened == {field: None if narrative.at(field).group == doomed else text for field, text in texts.items()}
    with pytest.raises(KeyDestroyedError):
        left.keys.key(doomed)


def test_no_other_key_opens_a_destroyed_group(vault: Vault, narrative: Context) -> None:
    sealed = seal_groups(vault, narrative, WORDS)
    others = [*sealed.keys.without("narrative").keys, vault.new_group_key(narrative), vault.new_key(narrative)]
    for key in others:
        with pytest.raises(SealBrokenError):
            vault.open(key, narrative, sealed.values["narrative"])


def test_values_of_one_group_share_a_key_and_still_do_not_change_places(vault: Vault, narrative: Context) -> None:
    sealed = seal_groups(vault, narrative, WORDS)
    assert sealed.keys.groups == ("narrative", "claims", "attachment")
    swapped = {**sealed.values, "attachment/1": sealed.values["attachment/2"]}
    with pytest.raises(SealBrokenError):
        open_groups(vault, [(narrative, replace(sealed, values=swapped))])


def test_a_page_of_fifty_records_costs_one_call(provider: FileKeyProvider, narrative: Context) -> None:
    counting = CountingProvider(provider)
    vault = Vault(counting)
    places = [replace(narrative, pk=str(number)) for number in range(50)]
    records = [(place, seal_groups(vault, place, WORDS)) for place in places]
    counting.calls.clear()
    assert open_groups(vault, records) == [WORDS] * 50
    assert counting.calls == {"unwrap": 1}
    made = vault.seal_new_page([(place, b"x") for place in places])
    assert counting.calls == {"unwrap": 1, "wrap": 1}
    assert (
        vault.open_page([(key, place, value) for place, (key, value) in zip(places, made, strict=True)]) == [b"x"] * 50
    )


def test_a_directory_of_names_under_one_key_unwraps_it_once(provider: FileKeyProvider, narrative: Context) -> None:
    class Remembering(CountingProvider):
        asked: tuple[int, ...] = ()

        def unwrap(self, wraps: Sequence[Wrap]) -> list[bytes]:
            self.asked += (len(wraps),)
            return super().unwrap(wraps)

    remembering = Remembering(provider)
    vault = Vault(remembering)
    key = vault.new_key(narrative)
    places = [narrative.at(f"person:{number}") for number in range(50)]
    sealed = vault.seal_page([(key, place, place.field.encode()) for place in places])
    opened = vault.open_page([(key, place, value) for place, value in zip(places, sealed, strict=True)])
    assert opened == [place.field.encode() for place in places]
    assert remembering.asked == (1, 1)


def test_the_groups_of_another_record_do_not_open(vault: Vault, narrative: Context) -> None:
    sealed = seal_groups(vault, narrative, WORDS)
    for change in ({"district": "revere"}, {"table": "other"}, {"pk": "other"}, {"version": 4}):
        with pytest.raises(SealBrokenError):
            open_groups(vault, [(replace(narrative, **change), sealed)])  # type: ignore[arg-type]


def test_damaged_columns_fail_as_vault_errors(vault: Vault, narrative: Context) -> None:
    sealed = seal_groups(vault, narrative, WORDS)
    keys, values = sealed.keys.to_bytes(), sealed.values_to_bytes()
    one = sealed.keys.keys[0]
    for damaged in (keys[:-1], keys + b"\0", b"SGG2" + keys[4:], GroupKeys((one, one)).to_bytes()):
        with pytest.raises(SealBrokenError):
            GroupKeys.from_bytes(damaged)
    with pytest.raises(SealBrokenError, match="name a field group"):
        GroupKeys.from_bytes(GroupKeys((vault.new_key(narrative),)).to_bytes())
    for damaged in (values[:-1], b"", values + b"\0\0\0\1x"):
        with pytest.raises(SealBrokenError):
            SealedGroups.from_bytes(keys, damaged)
    with pytest.raises(KeyDestroyedError):
        GroupKeys.from_bytes(b"")


def test_a_field_without_a_group_is_refused(vault: Vault, narrative: Context) -> None:
    for attempt in (
        lambda: seal_groups(vault, narrative, {"/1": b"x"}),
        lambda: vault.new_group_key(narrative.at("/1")),
        lambda: vault.seal_new_page([(narrative.at("/1"), b"x")]),
    ):
        with pytest.raises(VaultError, match="names no field group"):
            attempt()
