"""Who knows whom, in three layers: savers, plan sponsors, asset managers.

    savers      4 coworkers (a ring inside each workplace, shuffled, two neighbours on either side) and 4 friends
                (a small world: a ring by region and age with a share of links rewired; Watts & Strogatz 1998)
    sponsors    the nearest in size of the same industry, two on either side
    managers    those whose clients come from the same industries, and each manager's own clients

Kernels read neighbour arrays (`indptr`, `indices`); people look at `graph`, a networkx graph of a sample. Coworkers
are drawn anew every January, because jobs change; friends stay, whoever takes the seat.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple

import networkx as nx
import numpy as np
from numba import njit

from abm.quantities import Quantities, quantity
from abm.state import Stateful
from abm.streams import bits, stream, uniform

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from abm.asset_managers.agent import AssetManagers
    from abm.clock import Clock
    from abm.employers.agent import Employers
    from abm.participants.agent import Participants

REACH = 2  # neighbours on either side of a ring: four contacts each


class NetworkParameters(Quantities):
    """Shape of the three layers."""

    rewiring: float = quantity(
        0.1,
        unit="share of links",
        low=0.0,
        high=1.0,
        source="assumed, range 0.01–0.5",
    )
    """Share of friendships that lead anywhere in the country instead of to someone of like age and region."""
    regions: int = quantity(50, unit="regions", low=1, high=5000, source="assumed: about one a state")
    """Regions that friends share."""
    manager_peers: int = quantity(3, unit="managers", low=1, high=20, source="assumed, range 1–11")
    """Managers with the most overlapping clients that each looks at."""


class Neighbours(NamedTuple):
    """An undirected layer: the contacts of row i are `indices[indptr[i]:indptr[i + 1]]`.

    Attributes:
        indptr: int32, shape (n + 1,). indices: rows, int32, shape (links · 2,).
    """

    indptr: np.ndarray
    indices: np.ndarray

    def of(self, row: int) -> np.ndarray:
        """Contacts of one row."""
        return self.indices[self.indptr[row] : self.indptr[row + 1]]

    def mean(self, values: np.ndarray, otherwise: float | np.ndarray) -> np.ndarray:
        """Mean of a value over each row's contacts, float64, shape (n,); `otherwise` for rows without any."""
        total = np.bincount(self._owners(), weights=values[self.indices], minlength=len(self.indptr) - 1)
        degree = np.diff(self.indptr)
        return np.where(degree > 0, total / np.maximum(degree, 1), otherwise)

    def _owners(self) -> np.ndarray:
        return np.repeat(np.arange(len(self.indptr) - 1), np.diff(self.indptr))


class Network(Stateful):
    """The three layers of a world.

    Attributes:
        neighbours: coworkers and friends of savers; the coworkers of a row come first.
        sponsor_peers, manager_peers: contacts of sponsors and of managers.
        ring: rows of savers in the order of the friends' ring, int32, shape (n,); lasting.
        workplace: employer of each saver when coworkers were last drawn, int32, shape (n,); lasting.
        layout: the people's count of rows that came or went, for which these rows hold; lasting.
    """

    STATE = ("ring", "workplace", "layout")

    def __init__(
        self, people: Participants, sponsors: Employers, managers: AssetManagers, p: NetworkParameters, seed: int
    ) -> None:
        self.p = p
        self._people = people
        self._order, self._rewire = stream(seed, "network.order"), stream(seed, "network.rewire")
        self.sponsor_peers = assemble(len(sponsors), _ring_links(_similar(sponsors), sponsors.industry))
        self.manager_peers = _overlap(sponsors, len(managers), p.manager_peers)
        self._found(people)

    def refresh(self, people: Participants, clock: Clock) -> None:
        """Draw coworkers anew in January, and everything when rows of savers were added or taken away."""
        if self.layout != people.layout:
            self._found(people)
        elif clock.month_of_year == 1:
            self.workplace = people.employer.astype(np.int32)
            self._link(people.seat)

    def restore(self, kept: Mapping[str, Any]) -> None:
        """Take back the lasting arrays and rebuild the layers from them."""
        super().restore(kept)
        if self.layout == self._people.layout:
            self._link(self._people.seat)
        else:  # rows came or went after the last month: the next month would begin like this
            self._found(self._people)

    def graph(self, people: Participants, sponsors: Employers, managers: AssetManagers, savers: int = 300) -> nx.Graph:
        """A sample to look at: some savers who know one another, their employers, every manager.

        Nodes carry `kind` (saver, employer, manager), `layer`, `row` and, for savers, `holder`; edges carry `layer`
        (coworkers, friends, employment, sponsor peers, clients, manager peers). The order is the same every time.
        """
        graph = nx.Graph()
        rows = self._sample(min(savers, len(people)))
        chosen = set(rows)
        holder = (people.outside == 1) | (people.plan_crypto > 0.0) | (people.ira_crypto > 0.0)
        for row in rows:
            graph.add_node(f"saver {row}", kind="saver", layer="savers", row=row, holder=bool(holder[row]))
        for row in rows:
            for place, other in enumerate(self.neighbours.of(row).tolist()):
                if other in chosen:
                    layer = "coworkers" if place < self._coworkers[row] else "friends"
                    graph.add_edge(f"saver {row}", f"saver {other}", layer=layer)
        employers = sorted({int(people.employer[row]) for row in rows if people.employer[row] >= 0})
        for row in employers:
            graph.add_node(f"employer {row}", kind="employer", layer="employers", row=row)
        for row in range(len(managers)):
            graph.add_node(f"manager {row}", kind="manager", layer="managers", row=row)
        for row in rows:
            if people.employer[row] >= 0:
                graph.add_edge(f"saver {row}", f"employer {people.employer[row]}", layer="employment")
        for row in employers:
            graph.add_edge(f"employer {row}", f"manager {sponsors.manager[row]}", layer="clients")
        known = set(employers)
        _add_layer(graph, "employer", employers, known, self.sponsor_peers, "sponsor peers")
        firms = range(len(managers))
        _add_layer(graph, "manager", firms, set(firms), self.manager_peers, "manager peers")
        return graph

    def _found(self, people: Participants) -> None:
        """Everything anew: the friends' ring by region and present age, coworkers by present job."""
        region = _regions(self._order, people.seat, self.p.regions)
        self.ring = np.lexsort((people.seat, people.age, region)).astype(np.int32)
        self.workplace = people.employer.astype(np.int32)
        self.layout = people.layout
        self._link(people.seat)

    def _link(self, seat: np.ndarray) -> None:
        """Build the savers' layer from the ring and the workplaces."""
        shuffled = _hashes(self._order, seat)
        order = np.lexsort((shuffled, self.workplace)).astype(np.int32)
        order = order[self.workplace[order] >= 0]
        coworkers = _ring_links(order, self.workplace)
        friends = _rewired(_ring_links(self.ring, np.zeros(len(seat), np.int32)), seat, self._rewire, self.p.rewiring)
        links = np.concatenate([coworkers, friends])
        self._coworkers = np.bincount(coworkers.ravel(), minlength=len(seat))
        self.neighbours = assemble(len(seat), links)

    def _sample(self, count: int) -> list[int]:
        """Rows found by walking outward from the start of the ring, so that the sample hangs together."""
        found: dict[int, None] = {}
        for start in self.ring.tolist():
            queue = deque([start])
            while queue and len(found) < count:
                row = queue.popleft()
                if row not in found:
                    found[row] = None
                    queue.extend(self.neighbours.of(row).tolist())
            if len(found) >= count:
                break
        return sorted(found)


def assemble(count: int, links: np.ndarray) -> Neighbours:
    """Neighbour arrays of undirected links, int32, shape (k, 2); contacts keep the order of the links."""
    return Neighbours(*_assemble(count, links))


@njit(cache=True, nogil=True)
def _assemble(count, links):
    indptr = np.zeros(count + 1, np.int32)
    for k in range(links.shape[0]):
        indptr[links[k, 0] + 1] += 1
        indptr[links[k, 1] + 1] += 1
    for i in range(count):
        indptr[i + 1] += indptr[i]
    filled = indptr[:-1].copy()
    indices = np.empty(2 * links.shape[0], np.int32)
    for k in range(links.shape[0]):
        a, b = links[k, 0], links[k, 1]
        indices[filled[a]] = b
        filled[a] += 1
        indices[filled[b]] = a
        filled[b] += 1
    return indptr, indices


@njit(cache=True, nogil=True)
def _ring_links(order, group):
    """Links of a ring inside each run of equal `group` along `order`, up to REACH places away, none twice.

    Args:
        order: rows, int32, shape (k,), the members of a group next to one another.
        group: group of each row, int, shape (n,).
    """
    links = np.empty((order.size * REACH, 2), np.int32)
    made = 0
    first = 0
    while first < order.size:
        last = first
        while last < order.size and group[order[last]] == group[order[first]]:
            last += 1
        size = last - first
        for j in range(size):
            for step in range(1, REACH + 1):
                # In a group of 2·step the two sides meet: half of the links; in a smaller one all were made before.
                if size > 2 * step or (size == 2 * step and j < step):
                    links[made, 0] = order[first + j]
                    links[made, 1] = order[first + (j + step) % size]
                    made += 1
        first = last
    return links[:made]


@njit(cache=True, nogil=True)
def _rewired(links, seat, key, share):
    """The links with a share of them led to anyone; a draw belongs to the seat at the link's first end."""
    n = seat.size
    for k in range(links.shape[0]):
        owner, slot = seat[links[k, 0]], 2 * (k % REACH)
        if uniform(key, owner, 0, slot) < share:
            other = np.int32(uniform(key, owner, 0, slot + 1) * n)
            if other != links[k, 0]:
                links[k, 1] = other
    return links


@njit(cache=True, nogil=True)
def _hashes(key, seat):
    out = np.empty(seat.size, np.uint64)
    for i in range(seat.size):
        out[i] = bits(key, seat[i], 0, 0)
    return out


@njit(cache=True, nogil=True)
def _regions(key, seat, count):
    out = np.empty(seat.size, np.int32)
    for i in range(seat.size):
        out[i] = np.int32(uniform(key, seat[i], 0, 1) * count)
    return out


def _similar(sponsors: Employers) -> np.ndarray:
    """Rows of sponsors by industry, then size; int32."""
    return np.lexsort((-sponsors.size, sponsors.industry)).astype(np.int32)


def _overlap(sponsors: Employers, count: int, peers: int) -> Neighbours:
    """Each manager's `peers` most overlapping managers: Σ over industries of the smaller client share."""
    industries = int(sponsors.industry.max(initial=0)) + 1
    clients = np.zeros((count, industries))
    np.add.at(clients, (sponsors.manager, sponsors.industry), sponsors.size)
    clients /= np.maximum(clients.sum(axis=1, keepdims=True), 1e-300)
    overlap = np.minimum(clients[:, None, :], clients[None, :, :]).sum(axis=2)
    np.fill_diagonal(overlap, -1.0)
    nearest = np.argsort(-overlap, axis=1, kind="stable")[:, : min(peers, count - 1)]
    pairs = {(min(i, int(j)), max(i, int(j))) for i in range(count) for j in nearest[i]}
    return assemble(count, np.array(sorted(pairs), np.int32).reshape(-1, 2))


def _add_layer(
    graph: nx.Graph, kind: str, rows: list[int] | range, known: set[int], layer: Neighbours, name: str
) -> None:
    """Links among some rows of one layer."""
    for row in rows:
        for other in layer.of(row).tolist():
            if other in known:
                graph.add_edge(f"{kind} {row}", f"{kind} {other}", layer=name)
