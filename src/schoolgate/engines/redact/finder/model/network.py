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
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from schoolgate.engines.redact.finder.model.pretrained import Floats, Pretrained, pretrained

_CONTRIB: Final = "com.microsoft"
_OPSET: Final = 20
_IR: Final = 10
_PARTS: Final = ("q", "k", "v", "ao", "fi", "fo")
_NORMS: Final = ("aln.w", "aln.b", "oln.w", "oln.b")


@dataclass(frozen=True, slots=True)
class Learnt:
    """What `scripts/finder` wrote.

    Attributes:
        labels: of the identifiers' head and of the attributes' head; "O" first, then begin and go on of each category.
        layers: how many layers of the pretrained network are used.
        frozen: how many of them are as they were published.
        arrays: of each layer that learnt, matrices in eight bits `l4.q` (in, out) with `l4.q.scale` (out), offsets `l4.q.b`
            and norms `l4.aln.w`; heads `head0.w`, `head0.b`.
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
        # It starts a thread of its own: loaded before a server's processes are forked, it would abort each at its end.
        import onnxruntime  # noqa: PLC0415

        self._base = base
        self._start = base.vector("emb.pos").reshape(-1, base.width) + base.vector("emb.type")[: base.width]
        self._norm = base.vector("emb.ln.w"), base.vector("emb.ln.b")
        options = onnxruntime.SessionOptions()
        # Windows are read side by side: that uses two cores better than both on one window.
        options.intra_op_num_threads = 1
        # More would put the steps of a norm together again (see `_Graph._norm`).
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
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
        width = self._base.width
        self._constant("thirds", np.array([width, width, width], np.int64))
        self._constant("last", np.array([-1], np.int64))
        self._constant("epsilon", np.array(self._base.epsilon, np.float32))
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

        def product(part: str, given: str, offset: Floats | None) -> str:
            return self._product(f"{name}.{part}", given, weights[part], offset)

        def norm(part: str, left: str, right: str) -> str:
            return self._norm(f"{name}.{part}", self._node("Add", [left, right], f"{name}.{part}.sum"), offsets, part)

        weights["qkv"] = np.concatenate([weights[part] for part in "qkv"], axis=1)
        asked = [f"{name}.{part}" for part in "qkv"]
        self._nodes.append(helper.make_node("Split", [product("qkv", value, None), "thirds"], asked, axis=-1))
        offset = self._constant(f"{name}.qkv.offset", np.concatenate([offsets[f"{part}.b"] for part in "qkv"]))
        seen = self._node("MultiHeadAttention", [*asked, offset], f"{name}.seen", _CONTRIB, num_heads=self._base.heads)
        value = norm("aln", value, product("ao", seen, offsets["ao.b"]))
        offset = self._constant(f"{name}.fi.offset", offsets["fi.b"])
        inner = self._node("FastGelu", [product("fi", value, None), offset], f"{name}.gelu", _CONTRIB)
        return norm("oln", value, product("fo", inner, offsets["fo.b"]))

    def _norm(self, name: str, value: str, offsets: Mapping[str, Floats], part: str) -> str:
        """Step by step: the library's own operator for it takes four times as long."""
        middle = self._node("Sub", [value, self._node("ReduceMean", [value, "last"], f"{name}.mean")], f"{name}.middle")
        square = self._node("Mul", [middle, middle], f"{name}.square")
        spread = self._node(
            "Add", [self._node("ReduceMean", [square, "last"], f"{name}.spread"), "epsilon"], f"{name}.e"
        )
        one = self._node("Div", [middle, self._node("Sqrt", [spread], f"{name}.root")], f"{name}.one")
        weight, offset = (self._constant(f"{name}.{letter}", offsets[f"{part}.{letter}"]) for letter in "wb")
        return self._node("Add", [self._node("Mul", [one, weight], f"{name}.weighed"), offset], name)

    def _weights(self, number: int) -> tuple[dict[str, Floats], dict[str, Floats]]:
        """A layer's matrices and vectors: as published, or as learnt."""
        if number < self._trained.frozen:
            layer = self._base.layer(number)
            return dict(layer.weights), dict(layer.offsets)
        arrays, name = self._trained.arrays, f"l{number}"
        weights = {part: arrays[f"{name}.{part}"] * arrays[f"{name}.{part}.scale"] for part in _PARTS}
        return weights, {part: arrays[f"{name}.{part}"] for part in (*(f"{one}.b" for one in _PARTS), *_NORMS)}

    def _head(self, number: int, value: str) -> str:
        arrays, name = self._trained.arrays, f"head{number}"
        weight = self._constant(f"{name}.w", arrays[f"{name}.w"])
        offset = self._constant(f"{name}.b", arrays[f"{name}.b"])
        scores = self._node("Add", [self._node("MatMul", [value, weight], f"{name}.m"), offset], f"{name}.scores")
        return self._node("LogSoftmax", [scores], name, axis=-1)

    def _product(self, name: str, value: str, weight: Floats, offset: Floats | None) -> str:
        offsets = [] if offset is None else [self._constant(f"{name}.offset", offset)]
        if self._exact:
            made = self._node("MatMul", [value, self._constant(f"{name}.weight", weight)], f"{name}.out")
            return self._node("Add", [made, *offsets], f"{name}.moved") if offsets else made
        scale = np.maximum(np.abs(weight).max(axis=0) / 127, 1e-9).astype(np.float32)
        places = [
            self._constant(f"{name}.weight", np.round(weight / scale).astype(np.int8)),
            self._constant(f"{name}.scale", scale),
            self._constant(f"{name}.zero", np.zeros(weight.shape[1], np.int8)),
        ]
        return self._node("DynamicQuantizeMatMul", [value, *places, *offsets], f"{name}.out", _CONTRIB)

    def _constant(self, name: str, value: NDArray[Any]) -> str:
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def _node(self, kind: str, given: list[str], out: str, domain: str = "", **settings: Any) -> str:  # noqa: ANN401 - a node's settings are of any type
        self._nodes.append(helper.make_node(kind, given, [out], domain=domain, **settings))
        return out
