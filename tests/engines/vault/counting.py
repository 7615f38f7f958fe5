"""A provider that tells how often it was called; everything else is the provider it stands before."""

from collections import Counter
from collections.abc import Sequence

from schoolgate.engines.vault import BareKey, KeyProvider, Wrap


class CountingProvider:
    def __init__(self, provider: KeyProvider) -> None:
        self.provider = provider
        self.calls: Counter[str] = Counter()

    def start_epoch(self, epoch: str) -> None:
        self.provider.start_epoch(epoch)

    def current_epoch(self) -> str:
        return self.provider.current_epoch()

    def epochs(self) -> tuple[str, ...]:
        return self.provider.epochs()

    def wrap(self, epoch: str, keys: Sequence[BareKey]) -> list[bytes]:
        self.calls["wrap"] += 1
        return self.provider.wrap(epoch, keys)

    def unwrap(self, wraps: Sequence[Wrap]) -> list[bytes]:
        self.calls["unwrap"] += 1
        return self.provider.unwrap(wraps)

    def destroy_epoch(self, epoch: str) -> None:
        self.provider.destroy_epoch(epoch)
