"""The network as a graph for onnxruntime: pretrained lower layers, learnt upper layers, two heads of labels.

Matrices are multiplied in eight bits (weights by column, inputs by window), which takes half the time of full precision.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import Any, Final

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from schoolgate.engines.redact.finder.model.pretrained import Floats, Pretrained, pretrained

_CONTRIB: Final = "com.microsoft"
_OPSET: Final = 20
_IR: Final = 10
_CHANGED: Final = ("q", "k", "v", "ao", "fi", "fo")


@dataclass(frozen=True, slots=True)
class Learnt:
    """What `scripts/train_finder.py` wrote.

    Attributes:
        labels: of the identifiers' head and of the attributes' head; "O" first, then begin and go on of each category.
        layers: how many layers of the pretrained network are used.
        frozen: how many of them are as they were published.
        arrays: low-rank changes `l4.q.a` (in, rank) and `l4.q.b` (rank, out), norms `l4.aln.w`, heads `head0.w`, `head0.b`.
    """

    labels: tuple[tuple[str, ...], tuple[str, ...]]
    layers: int
    frozen: int
    arrays: Mapping[str, Floats] = field(repr=False)


@cache
def learnt() -> Learnt:
    """The learnt part, read once a process."""
    data = files("schoolgate.engines.redact").joinpath("data", "finder.npz").read_bytes()
    with np.load(BytesIO(data)) as stored:
        arrays = {name: stored[name] for name in stored.files}
    labels = (tuple(map(str, arrays.pop("labels0"))), tuple(map(str, arrays.pop("labels1"))))
    layers, frozen = (int(n) for n in arrays.pop("layers"))
    return Learnt(labels, layers, frozen, {name: one.astype(np.float32) for name, one in arrays.items()})


class Network:
    """The compiled network: embedded pieces in, log-probabilities of labels out."""

    def __init__(self, base: Pretrained, trained: Learnt, *, exact: bool = False) -> None:
        self._base = base
        self._start = base.vector("emb.pos").reshape(-1, base.width) + base.vector("emb.type")[: base.width]
        self._norm = base.vector("emb.ln.w"), base.vector("emb.ln.b")
        options = onnxruntime.SessionOptions()
        # Threads that spin while they wait take time from everybody else.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        graph = _Graph(base, trained, exact=exact).made()
        self._session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])

    @property
    def longest(self) -> int:
        """The most pieces that can be read together."""
        return len(self._start)

    def read(self, numbers: Sequence[int]) -> tuple[Floats, Floats]:
        """Log-probabilities of the labels of each piece of one window, by head: (pieces, labels).

        One window at a time: inputs are put in eight bits by all that is read together, and what one text is read as must
        not depend on another.
        """
        vectors = self._base.embedded(numbers) + self._start[: len(numbers)]
        middle = vectors - vectors.mean(-1, keepdims=True)
        scale = np.sqrt(np.square(middle).mean(-1, keepdims=True) + self._base.epsilon)
        found = self._session.run(None, {"x": (middle / scale * self._norm[0] + self._norm[1])[None]})
        return found[0][0], found[1][0]


@cache
def network() -> Network:
    """The network, compiled once a process in about a third of a second."""
    return Network(pretrained(), learnt())


class _Graph:
    """Builds the graph, node by node."""

    def __init__(self, base: Pretrained, trained: Learnt, *, exact: bool) -> None:
        self._base, self._trained, self._exact = base, trained, exact
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []

    def made(self) -> bytes:
        """The model, ready for a session."""
        width, heads = self._base.width, self._base.heads
        self._constant("heads", np.array([0, 0, heads, width // heads], np.int64))
        self._constant("whole", np.array([0, 0, width], np.int64))
        self._constant("scale", np.array((width // heads) ** -0.5, np.float32))
        value = "x"
        for number in range(self._trained.layers):
            value = self._layer(number, value)
        outputs = [self._head(n, value) for n in range(2)]
        graph = helper.make_graph(
            self._nodes,
            "finder",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, "pieces", width])],
            [helper.make_tensor_value_info(one, TensorProto.FLOAT, [1, "pieces", None]) for one in outputs],
            self._constants,
        )
        opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid(_CONTRIB, 1)]
        return bytes(helper.make_model(graph, opset_imports=opsets, ir_version=_IR).SerializeToString())

    def _layer(self, number: int, value: str) -> str:
        weights, offsets = self._weights(number)
        name = f"l{number}"

        def product(part: str, given: str) -> str:
            return self._product(f"{name}.{part}", given, weights[part], offsets[f"{part}.b"])

        def norm(part: str, left: str, right: str) -> str:
            added = self._node("Add", [left, right], f"{name}.{part}.sum")
            places = [self._constant(f"{name}.{part}.{one}", offsets[f"{part}.{one}"]) for one in "wb"]
            return self._node(
                "LayerNormalization", [added, *places], f"{name}.{part}", axis=-1, epsilon=self._base.epsilon
            )

        split = {}
        for part, order in (("q", [0, 2, 1, 3]), ("k", [0, 2, 3, 1]), ("v", [0, 2, 1, 3])):
            shaped = self._node("Reshape", [product(part, value), "heads"], f"{name}.{part}.heads")
            split[part] = self._node("Transpose", [shaped], f"{name}.{part}.turned", perm=order)
        score = self._node("MatMul", [split["q"], split["k"]], f"{name}.score")
        score = self._node("Mul", [score, "scale"], f"{name}.scaled")
        seen = self._node(
            "MatMul", [self._node("Softmax", [score], f"{name}.weight", axis=-1), split["v"]], f"{name}.seen"
        )
        seen = self._node("Transpose", [seen], f"{name}.back", perm=[0, 2, 1, 3])
        seen = self._node("Reshape", [seen, "whole"], f"{name}.together")
        value = norm("aln", value, product("ao", seen))
        inner = self._node("Gelu", [product("fi", value)], f"{name}.gelu", approximate="tanh")
        return norm("oln", value, product("fo", inner))

    def _weights(self, number: int) -> tuple[dict[str, Floats], dict[str, Floats]]:
        """A layer's matrices with what was learnt added, and its vectors."""
        layer, arrays = self._base.layer(number), self._trained.arrays
        weights, offsets = dict(layer.weights), dict(layer.offsets)
        if number >= self._trained.frozen:
            for part in _CHANGED:
                weights[part] = weights[part] + arrays[f"l{number}.{part}.a"] @ arrays[f"l{number}.{part}.b"]
            for part in ("aln.w", "aln.b", "oln.w", "oln.b"):
                offsets[part] = arrays[f"l{number}.{part}"]
        return weights, offsets

    def _head(self, number: int, value: str) -> str:
        arrays, name = self._trained.arrays, f"head{number}"
        weight = self._constant(f"{name}.w", arrays[f"{name}.w"])
        offset = self._constant(f"{name}.b", arrays[f"{name}.b"])
        scores = self._node("Add", [self._node("MatMul", [value, weight], f"{name}.m"), offset], f"{name}.scores")
        return self._node("LogSoftmax", [scores], name, axis=-1)

    def _product(self, name: str, value: str, weight: Floats, offset: Floats) -> str:
        if self._exact:
            made = self._node("MatMul", [value, self._constant(f"{name}.weight", weight)], f"{name}.m")
        else:
            scale = np.maximum(np.abs(weight).max(axis=0) / 127, 1e-9).astype(np.float32)
            places = [
                self._constant(f"{name}.weight", np.round(weight / scale).astype(np.int8)),
                self._constant(f"{name}.scale", scale),
                self._constant(f"{name}.zero", np.zeros(weight.shape[1], np.int8)),
            ]
            made = self._node("DynamicQuantizeMatMul", [value, *places], f"{name}.m", domain=_CONTRIB)
        return self._node("Add", [made, self._constant(f"{name}.offset", offset)], f"{name}.out")

    def _constant(self, name: str, value: NDArray[Any]) -> str:
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def _node(self, kind: str, given: list[str], out: str, domain: str = "", **settings: Any) -> str:  # noqa: ANN401 - a node's settings are of any type
        self._nodes.append(helper.make_node(kind, given, [out], domain=domain, **settings))
        return out
