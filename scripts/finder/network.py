"""Learns the network's upper layers and heads: `python scripts/finder network --out FILE [--from FILE]`.

Needs jax and optax, which nothing else does: `pip install jax optax`. The lower layers stay as published, so what they
make of every window is computed once.
"""

import math
import pickle
import random
import time
from pathlib import Path
from typing import Any, Final

import jax
import jax.numpy as jnp
import numpy as np
import optax
from texts import LABELS, Lesson

from schoolgate.engines.redact.finder.model.pretrained import pretrained

LAYERS: Final = 6
FROZEN: Final = 2
_LENGTH: Final = 160
_ROWS: Final = 12
_PARTS: Final = ("q", "k", "v", "ao", "fi", "fo")
# An attribute that is missed costs more than a word marked in vain.
_ATTRIBUTE: Final = 1.5


def learn(lessons: list[Lesson], epochs: float, rate: float, out: Path, begun: Path | None, seed: int) -> None:
    """Learn from lessons, say how it goes, and keep what was learnt at the end of each round."""
    base = pretrained()
    layers = [_plain(base.layer(n).weights | base.layer(n).offsets) for n in range(LAYERS)]
    below = _below(lessons, layers)
    state = pickle.loads(begun.read_bytes()) if begun else _fresh(layers, seed)
    steps = int(sum(len(one.window.numbers) for one in lessons) / (_LENGTH * _ROWS) * epochs)
    schedule = optax.warmup_cosine_decay_schedule(0, rate, max(10, steps // 15), steps, rate * 0.03)
    way = optax.chain(optax.clip_by_global_norm(1.0), optax.adamw(schedule, weight_decay=0.01))
    memory = way.init(state)

    @jax.jit
    def step(state: Any, memory: Any, *batch: Any) -> Any:
        loss, slope = jax.value_and_grad(_loss)(state, *batch)
        change, memory = way.update(slope, memory, state)
        return optax.apply_updates(state, change), memory, loss

    rng, done, mean, start = random.Random(seed), 0, 0.0, time.monotonic()
    while done < steps:
        for batch in _batches(rng, list(zip(lessons, below, strict=True))):
            state, memory, loss = step(state, memory, *batch)
            done, mean = done + 1, 0.97 * mean + 0.03 * float(loss)
            if done % 10 == 0:
                print(f"{done} of {steps}: {mean / (1 - 0.97**done):.4f}, {time.monotonic() - start:.0f} s", flush=True)
            if done >= steps:
                break
        out.write_bytes(pickle.dumps(jax.tree.map(np.asarray, state)))


def arrays(state: dict[str, Any]) -> dict[str, np.ndarray]:
    """What was learnt as the finder reads it (`finder.model.network.Learnt`): matrices in eight bits, by column."""
    made = {"labels0": np.array(LABELS[0]), "labels1": np.array(LABELS[1]), "layers": np.array([LAYERS, FROZEN])}
    for number, layer in enumerate(state["layers"], start=FROZEN):
        for part in _PARTS:
            scale = np.maximum(np.abs(layer[part]).max(axis=0) / 127, 1e-9).astype(np.float32)
            made[f"l{number}.{part}"] = np.round(layer[part] / scale).astype(np.int8)
            made[f"l{number}.{part}.scale"] = scale
        made |= {f"l{number}.{name}": value for name, value in layer.items() if name not in _PARTS}
    for head in (0, 1):
        made |= {f"head{head}.w": state[f"head{head}.w"], f"head{head}.b": state[f"head{head}.b"]}
    return made


def _plain(given: dict[str, np.ndarray]) -> dict[str, jax.Array]:
    return {name: jnp.asarray(value) for name, value in given.items()}


def _fresh(layers: list[dict[str, jax.Array]], seed: int) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    state: dict[str, Any] = {"layers": [dict(layer) for layer in layers[FROZEN:]]}
    for head, labels in enumerate(LABELS):
        state[f"head{head}.w"] = jnp.asarray(rng.normal(0, 0.02, (pretrained().width, len(labels))), jnp.float32)
        state[f"head{head}.b"] = jnp.zeros(len(labels)).at[0].set(3.0)
    return state


def _norm(x: jax.Array, weight: jax.Array, offset: jax.Array) -> jax.Array:
    middle = x - x.mean(-1, keepdims=True)
    return middle * jax.lax.rsqrt(jnp.square(middle).mean(-1, keepdims=True) + pretrained().epsilon) * weight + offset


def _masked(segments: jax.Array) -> jax.Array:
    same = (segments[:, None, :, None] == segments[:, None, None, :]) & (segments[:, None, None, :] >= 0)
    return jnp.where(same, 0.0, -1e9)


def _layer(x: jax.Array, layer: Any, bias: jax.Array) -> jax.Array:
    rows, length, width = x.shape
    heads = pretrained().heads

    def product(given: jax.Array, part: str) -> jax.Array:
        return given @ layer[part] + layer[f"{part}.b"]

    def split(given: jax.Array) -> jax.Array:
        return given.reshape(rows, length, heads, -1).transpose(0, 2, 1, 3)

    q, k, v = (split(product(x, part)) for part in ("q", "k", "v"))
    weight = jax.nn.softmax(q @ k.transpose(0, 1, 3, 2) / math.sqrt(width // heads) + bias, axis=-1)
    seen = (weight @ v).transpose(0, 2, 1, 3).reshape(rows, length, width)
    x = _norm(x + product(seen, "ao"), layer["aln.w"], layer["aln.b"])
    inner = jax.nn.gelu(product(x, "fi"), approximate=True)
    return _norm(x + product(inner, "fo"), layer["oln.w"], layer["oln.b"])


def _below(lessons: list[Lesson], layers: list[dict[str, jax.Array]]) -> list[np.ndarray]:
    """What the frozen layers make of each window, in half precision."""
    base = pretrained()
    start = base.vector("emb.pos").reshape(-1, base.width) + base.vector("emb.type")[: base.width]

    @jax.jit
    def lower(frozen: Any, x: jax.Array, segments: jax.Array) -> jax.Array:
        x, bias = (
            _norm(x, jnp.asarray(base.vector("emb.ln.w")), jnp.asarray(base.vector("emb.ln.b"))),
            _masked(segments),
        )
        for layer in frozen:
            x = _layer(x, layer, bias)
        return x

    made: list[np.ndarray] = [np.empty(0)] * len(lessons)
    for rows in _packed(list(range(len(lessons))), [len(one.window.numbers) for one in lessons]):
        x, segments = np.zeros((_ROWS, _LENGTH, base.width), np.float32), np.full((_ROWS, _LENGTH), -1, np.int32)
        places = []
        for row, members in enumerate(rows):
            at = 0
            for segment, number in enumerate(members):
                numbers = lessons[number].window.numbers
                x[row, at : at + len(numbers)] = base.embedded(numbers) + start[: len(numbers)]
                segments[row, at : at + len(numbers)] = segment
                places.append((number, row, at, at + len(numbers)))
                at += len(numbers)
        found = np.asarray(lower(layers[:FROZEN], x, segments)).astype(np.float16)
        for number, row, low, high in places:
            made[number] = found[row, low:high]
    return made


def _packed(order: list[int], lengths: list[int]) -> list[list[list[int]]]:
    """Windows put after each other into rows, rows into batches; the last batch may be short of rows."""
    rows: list[list[int]] = []
    room = 0
    for number in order:
        if lengths[number] > room:
            rows.append([])
            room = _LENGTH
        rows[-1].append(number)
        room -= lengths[number]
    return [rows[n : n + _ROWS] for n in range(0, len(rows), _ROWS)]


def _batches(rng: random.Random, lessons: list[tuple[Lesson, np.ndarray]]) -> Any:
    order = list(range(len(lessons)))
    rng.shuffle(order)
    batches = _packed(order, [len(one.window.numbers) for one, _ in lessons])
    rng.shuffle(batches)
    for rows in batches:
        x = np.zeros((_ROWS, _LENGTH, pretrained().width), np.float32)
        segments, counts = np.full((_ROWS, _LENGTH), -1, np.int32), np.zeros((_ROWS, _LENGTH), np.float32)
        labels = np.zeros((2, _ROWS, _LENGTH), np.int32)
        for row, members in enumerate(rows):
            at = 0
            for segment, number in enumerate(members):
                lesson, below = lessons[number]
                x[row, at : at + len(below)], segments[row, at : at + len(below)] = below, segment
                firsts = np.array(lesson.window.firsts) + at
                counts[row, firsts] = 1
                for head in (0, 1):
                    labels[head, row, firsts] = lesson.labels[head]
                at += len(below)
        yield x, segments, labels, counts


def _loss(state: Any, x: jax.Array, segments: jax.Array, labels: jax.Array, counts: jax.Array) -> jax.Array:
    bias = _masked(segments)
    for layer in state["layers"]:
        x = _layer(x, layer, bias)
    losses = [
        optax.softmax_cross_entropy_with_integer_labels(
            x @ state[f"head{head}.w"] + state[f"head{head}.b"], labels[head]
        )
        for head in (0, 1)
    ]
    both = losses[0] + losses[1] * jnp.where(labels[1] > 0, _ATTRIBUTE, 1.0)
    return (both * counts).sum() / counts.sum()
