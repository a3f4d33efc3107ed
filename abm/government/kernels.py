"""Compiled cores of politics: losses counted, and voters asked one by one."""

from __future__ import annotations

import math

from numba import njit

from abm.streams import uniform


@njit(cache=True, nogil=True)
def weighted_sum(weight, values):
    """Sum of weight · value in the order of rows, arrays of shape (n,).

    A library's dot product may split the sum among threads, and then its last digits depend on the machine.
    """
    total = 0.0
    for i in range(weight.size):
        total += weight[i] * values[i]
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def count_losses(weight, loss, income, balance, holder):
    """Loss of all, persons who hold, persons who save, and the sum of holders' losses in years of income.

    Args:
        weight: persons. loss, income, balance: USD, USD a year, USD. holder: bool. All of shape (n,).
    """
    usd = holders = savers = years = 0.0
    for i in range(weight.size):
        usd += weight[i] * loss[i]
        if balance[i] > 0.0:
            savers += weight[i]
        if holder[i]:
            holders += weight[i]
            years += weight[i] * loss[i] / income[i]
    return usd, holders, savers, years


@njit(cache=True, nogil=True, error_model="numpy")
def own_grievance(loss, income, promised, half_loss, out):
    """What each voter's own loss makes him feel, 0–1, written into `out`; returns the largest.

    g = L/(L + L₀) · (1 − promised/loss),   L = loss/income in years of income        (docs/model.md 4.7)

    Args:
        loss, promised: USD, shape (n,); what has been promised in compensation soothes, at most wholly.
        income: USD a year, above 0, shape (n,).
        half_loss: L₀, years of income.
        out: shape (n,).
    """
    largest = 0.0
    for i in range(loss.size):
        if loss[i] > promised[i]:
            years = loss[i] / income[i]
            out[i] = years / (years + half_loss) * (1.0 - promised[i] / loss[i])
            largest = max(largest, out[i])
        else:
            out[i] = 0.0
    return largest


@njit(cache=True, nogil=True, error_model="numpy")
def felt_grievance(own, indptr, indices, neighbour_weight, out):
    """Own grievance mixed with the mean of one's neighbours, written into `out`, shape (n,).

    Args:
        own: grievance, 0–1, shape (n,).
        indptr, indices: neighbours in compressed rows, shapes (n + 1,) and (edges,).
        neighbour_weight: share of the neighbours' mean; those without neighbours feel their own.
    """
    for i in range(own.size):
        first, last = indptr[i], indptr[i + 1]
        around = 0.0
        for k in range(first, last):
            around += own[indices[k]]
        mean = around / (last - first) if last > first else own[i]
        out[i] = (1.0 - neighbour_weight) * own[i] + neighbour_weight * mean


@njit(cache=True, nogil=True, error_model="numpy")
def ask_voters(grievance, gratitude, exposed, lean, ballots, seat, side, blame, key, p):
    """Ask every voter how he would vote today, and how if the rule went one notch toward prohibition.

    log odds for the president's party = side · lean − κ · blame · grievance + gratitude
    one notch tighter:  − κ_x · λ/2.25 · f,  f = e/(e + e₀);   and ± taste for the few exposed who care otherwise

    Only the exposed are asked about the notch: it takes nothing from the others, so nobody exposed means exactly 0.

    Args:
        grievance, gratitude: 0–1 and log odds, shape (n,).
        exposed: crypto share of retirement accounts, 0–1, shape (n,).
        lean: log odds toward the Republican party, shape (n,).
        ballots: persons × turnout, shape (n,).
        seat: whose taste is drawn, int64, shape (n,).
        side: +1 where the president is a Republican, −1 where he is a Democrat.
        blame: share of a loss that voters lay at the president's door.
        key: stream of tastes (drawn once for a seat).
        p: `PoliticsParameters` as a record.

    Returns:
        (mean grievance 0–1, votes lost through losses, votes lost by the notch), the last two in points of vote.
    """
    cast = felt = lost = locked = 0.0
    notch = p.exposure_weight * p.loss_aversion / 2.25
    for i in range(grievance.size):
        cast += ballots[i]
        felt += ballots[i] * grievance[i]
        moved = gratitude[i] - p.loss_weight * blame * grievance[i]
        if moved == 0.0 and exposed[i] <= 0.0:
            continue
        before = side * lean[i]
        today = 1.0 / (1.0 + math.exp(-before - moved))
        if moved != 0.0:
            lost += ballots[i] * (1.0 / (1.0 + math.exp(-before)) - today)
        if exposed[i] > 0.0:
            then = before + moved - notch * exposed[i] / (exposed[i] + p.half_exposure)
            luck = uniform(key, seat[i], 0, 0)
            if luck < p.caring_share:
                then += p.taste if luck < 0.5 * p.caring_share else -p.taste
            locked += ballots[i] * (today - 1.0 / (1.0 + math.exp(-then)))
    if cast <= 0.0:
        return 0.0, 0.0, 0.0
    return felt / cast, 100.0 * lost / cast, 100.0 * locked / cast
