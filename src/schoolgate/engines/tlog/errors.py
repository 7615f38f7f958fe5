"""What can go wrong in the log. No message carries a record, its randomness or a signing key."""


class TlogError(Exception):
    """Base of every error of this engine."""


class TreeError(TlogError):
    """A size, index, hash or stored tree state that no tree can have."""


class ProofError(TlogError):
    """A proof that does not prove what it was handed in for, or cannot be made."""


class KeyTextError(TlogError):
    """A signing or verifying key that is malformed, weak or of an unknown kind."""


class NoteError(TlogError):
    """A signed note that is malformed, or that no known key signed."""


class CheckpointError(TlogError):
    """The text of a checkpoint is malformed, or it is not of the log it was handed in for."""


class TileError(TlogError):
    """A tile path, tile or entry bundle that is malformed."""


class CommitmentError(TlogError):
    """A record that cannot be committed to, or an opening that does not fit its entry."""


class BatchError(TlogError):
    """A period that cannot be planned with what was handed in."""


class ReceiptError(TlogError):
    """A receipt that is malformed or proves nothing."""


class ExportError(TlogError):
    """The published folder cannot be written without contradicting what was published before."""


class WitnessError(TlogError):
    """A request to a witness, or a witness's answer, that is malformed."""


class PolicyError(TlogError):
    """A policy file that is malformed."""


class PromiseError(TlogError):
    """A promise that is malformed or of another log."""


class RotationError(TlogError):
    """A change of the log's key that is malformed, or that does not follow from the key that is trusted."""


class MonitorError(TlogError):
    """What a monitor remembered, or was served, that cannot be read."""


class AuditError(TlogError):
    """Openings, counting rules or a statement that are malformed."""


class StampError(TlogError):
    """A time-stamp that proves nothing."""
