"""What others would have flagged, on the same worlds: fixed percentages, 3σ, XmR with the NHS rules, tests, funnels.

Arrays are indicators × courts × quarters; every rule judges the last quarter and returns indicators × courts.
"""

from __future__ import annotations

import numpy as np
from flags_world import KINDS, World

from reports.flag.robust import benjamini_hochberg, two_sided

SHARES = np.array([kind.kind == "proportion" or kind.form == "share" for kind in KINDS])
RATIOS = np.array([kind.kind == "ratio" and kind.form != "share" for kind in KINDS])


def arrays(world: World, courts: int):
    size = (len(KINDS), courts, -1)
    x, n = (world.table[name].to_numpy(dtype=float, copy=True).reshape(size) for name in ("numerator", "denominator"))
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(np.isnan(n), x, x / n)
    share = np.array([kind.form == "share" for kind in KINDS])
    n[share] += x[share]  # tests and funnels judge the ratio of two parts as a share
    return x, n, value


def fixed(value, lag, n=None, least=0):
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.abs(value[..., -1] / value[..., -1 - lag] - 1) > 0.10
    return found & (np.nan_to_num(n[..., -1], nan=np.inf) >= least) if n is not None else found


def three_sigma(value):
    past = value[..., :-1]
    return np.abs(value[..., -1] - past.mean(-1)) > 3 * past.std(-1, ddof=1)


def z_inside(value):
    """z > 3 with the tested value in its own baseline: can never fire below eleven points."""
    return np.abs(value[..., -1] - value.mean(-1)) > 3 * value.std(-1, ddof=1)


def xmr(value, all_rules=True):
    """NHSRplotthedots, rule by rule, for patterns that end now; limits from all points, outlying ranges screened."""
    moves = np.abs(np.diff(value, axis=-1))
    mean = value.mean(-1, keepdims=True)
    average = moves.mean(-1, keepdims=True)
    kept = np.where(moves < 3.267 * average, moves, np.nan)
    with np.errstate(invalid="ignore"):
        limit = 2.66 * np.nanmean(kept, axis=-1)
    away = value - mean
    outside = np.abs(away[..., -1]) > limit
    if not all_rules:
        return outside
    side = np.abs(np.sign(away[..., -7:]).sum(-1)) == 7
    trend = np.abs(np.sign(np.diff(value[..., -7:], axis=-1)).sum(-1)) == 6
    last = away[..., -3:]
    same = np.abs(np.sign(last).sum(-1)) == 3
    near = (np.abs(last) > limit[..., None] * 2 / 3) & (np.abs(last) <= limit[..., None])
    return outside | side | trend | (same & (near.sum(-1) >= 2))


def two_proportion(x, n, lag, q=None):
    with np.errstate(divide="ignore", invalid="ignore"):
        pooled = (x[..., -1] + x[..., -1 - lag]) / (n[..., -1] + n[..., -1 - lag])
        error = np.sqrt(pooled * (1 - pooled) * (1 / n[..., -1] + 1 / n[..., -1 - lag]))
        z = (x[..., -1] / n[..., -1] - x[..., -1 - lag] / n[..., -1 - lag]) / error
    p = np.where(SHARES[:, None] & np.isfinite(z), two_sided(z), np.nan)
    with np.errstate(invalid="ignore"):
        return (benjamini_hochberg(p) if q else p) < (q or 0.05)


def funnel_plot_r(x, n, levels, z=3.0902, overdispersion=True):
    """FunnelPlotR: arcsine (PR) or log (RC) scores, 10% winsorised φ without correction, additive τ² (DerSimonian–Laird)."""
    found = np.zeros(x.shape[:2], dtype=bool)
    for i in np.flatnonzero(SHARES | RATIOS):
        for level in set(levels):
            rows = np.flatnonzero(np.array(levels) == level)
            a, b = x[i, rows, -1], n[i, rows, -1]
            with np.errstate(divide="ignore", invalid="ignore"):
                if SHARES[i]:
                    y, s = np.arcsin(np.sqrt(a / b)), 1 / (2 * np.sqrt(b))
                    target = np.arcsin(np.sqrt(a.sum() / b.sum()))
                else:
                    y, s = np.log((a + 0.5) / (b + 0.5)), np.sqrt(a / (a + 0.5) ** 2 + b / (b + 0.5) ** 2)
                    target = np.log(a.sum() / b.sum())
            score = (y - target) / s
            low, high = np.quantile(score, [0.1, 0.9])
            phi = np.mean(np.clip(score, low, high) ** 2)
            k, w, tau2 = len(rows), 1 / s**2, 0.0
            if overdispersion and k > 1 and k * phi >= k - 1:
                tau2 = max(0.0, (k * phi - (k - 1)) / (w.sum() - (w**2).sum() / w.sum()))
            found[i, rows] = np.abs((y - target) / np.sqrt(s**2 + tau2)) > z
    return found
