"""Many arrays of 2 x 2 cells that learn a line each, all at once and without any bench.

Written from what a training does: read the product, compare, fire slots by chance in four phases.
Steps, asymmetry, half-selection and chance of the cells are given; nothing of the protocol is used
but what it makes of the motions.
"""

import numpy as np

SLOTS, SLOPE = 10, 20.0


def trained(arrays, seed, *, vectors=1000, epochs=12, up=1.0, half=0.0067, step=1 / 2000, slow=1.0,
            stuck=None, jitter=0.3, spread=0.0):  # fmt: skip
    """Weights in parts of the range before and after each epoch, pulses net and in all, accuracy.

    Shapes (epochs + 1, arrays, 2, 2), (epochs, arrays, 2, 2) twice, (arrays,). Cell r0c1 is slow or
    stuck.
    """
    rng = np.random.default_rng(seed)
    inputs = rng.uniform(-1, 1, (arrays, vectors, 2))
    angle = rng.uniform(0, 2 * np.pi, arrays)
    labels = np.einsum("rvi,ri->rv", inputs, np.stack([np.cos(angle), np.sin(angle)], -1)) > 0
    state, size = np.full((arrays, 2, 2), 0.5), np.exp(spread * rng.standard_normal((arrays, 2, 2)))
    size[:, 0, 1] *= 1 / slow
    if stuck is not None:
        state[:, 0, 1], size[:, 0, 1] = stuck, 0.0
    weights, nets, totals = [state.copy()], [], []
    every = np.arange(arrays)
    for _ in range(epochs):
        net, total = np.zeros_like(state), np.zeros_like(state)
        order = np.argsort(rng.random((arrays, vectors)), axis=1)
        for vector in order.T:
            x, label = inputs[every, vector], labels[every, vector]
            read = state * (1 + 3e-4 * rng.standard_normal(state.shape))
            signal = np.einsum("ri,ri->r", x, read[:, :, 0] - read[:, :, 1])
            error = label - 1 / (1 + np.exp(-np.clip(SLOPE * signal, -500, 500)))
            errors = np.stack([error, -error], -1)
            wanted = x[:, :, None] * errors[:, None, :]
            net, total = net + SLOTS * wanted, total + SLOTS * np.abs(wanted)
            pulses_up, pulses_down = fired(rng, x, errors, half)
            moved = pulses_up * up * (1 - 0.03 * (2 * state - 1))
            moved -= pulses_down * (1 + 0.03 * (2 * state - 1))
            chance = jitter * np.sqrt(size * (pulses_up * up + pulses_down))
            chance = chance * rng.standard_normal(state.shape)
            state = np.clip(state + step * (size * moved + chance), 0, 1)
        weights.append(state * (1 + 2e-4 * rng.standard_normal(state.shape)))
        nets.append(net)
        totals.append(total)
    said = np.einsum("rvi,ri->rv", inputs, state[:, :, 0] - state[:, :, 1]) > 0
    accuracy = (said == labels).mean(axis=1)
    return np.array(weights), np.array(nets), np.array(totals), accuracy


def fired(rng, x, errors, half):
    """Pulses up and down at each cell; a half-selected one takes a part of one."""
    up, down = np.zeros((len(x), 2, 2)), np.zeros((len(x), 2, 2))
    for of_input in (1, -1):
        for of_error in (1, -1):
            rows, columns = (
                (rng.random((len(x), SLOTS, 2)) < np.clip(sign * of, 0, 1)[:, None]).astype(float)
                for sign, of in ((of_input, x), (of_error, errors))
            )
            both = np.einsum("rsi,rsj->rij", rows, columns)
            alone = rows.sum(axis=1)[:, :, None] + columns.sum(axis=1)[:, None, :] - 2 * both
            way = up if of_input * of_error > 0 else down
            way += both + half * alone
    return up, down
