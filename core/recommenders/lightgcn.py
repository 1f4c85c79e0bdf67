"""LightGCN: users and items are points; a user's final point mixes their own with those a few hops away in the graph.

He et al., "LightGCN: Simplifying and Powering Graph Convolution Network for Recommendation", SIGIR 2020. With E(0) the
trained points of users and items, and A the graph, each edge divided by the square root of both ends' degrees:

    E(k + 1) = A E(k),    final = mean of E(0), ..., E(K),    score = final user . final item

Different here: softmax over the whole catalogue instead of BPR's one sampled negative (Wu et al., "On the Effectiveness
of Sampled Softmax Loss for Item Recommendation", TOIS 2024: far fewer passes). And a user is placed by their history at
the moment of asking: the hops are taken over the items of their latest events, without the user's own trained point, so
that events after the training, and users without any in it, count. On MovieLens 1M this doubles the accuracy of the
paper's placement, which `history_length=None` gives: own point and whole history.
"""

import warnings

import numpy as np
import torch
from torch import Tensor, nn
from torch_geometric.nn import LGConv

from core.recommenders.batches import Batches, EdgeBatches
from core.recommenders.histories import Histories
from core.recommenders.objectives import catalogue_cross_entropy
from core.recommenders.settings import LightGCNSettings
from core.recommenders.split import Training

Edges = tuple[np.ndarray, np.ndarray]  # (T,) users and (T,) items


def build(settings: LightGCNSettings, data: Training, low_precision: bool) -> tuple["LightGCN", Batches[Edges]]:
    """The untrained network and the batches it learns from."""
    batches = EdgeBatches.of(data.histories, settings.batch_size)
    return LightGCN(batches, data.users, data.items, settings, low_precision), batches


class _Spread(torch.autograd.Function):
    """graph @ points for a symmetric graph: its own transpose, which spares the backward pass from making one."""

    @staticmethod
    def forward(ctx, graph: Tensor, points: Tensor) -> Tensor:  # type: ignore[no-untyped-def]
        ctx.graph = graph
        return graph @ points

    @staticmethod
    def backward(ctx, grad: Tensor) -> tuple[None, Tensor]:  # type: ignore[no-untyped-def]
        return None, ctx.graph @ grad


class SymmetricLGConv(LGConv):  # type: ignore[misc]
    """PyG's LightGCN layer over a ready, normalised, symmetric sparse matrix."""

    def message_and_aggregate(self, adj_t: Tensor, x: Tensor) -> Tensor:
        """(n, n) sparse times (n, D) -> (n, D)."""
        spread: Tensor = _Spread.apply(adj_t, x)  # type: ignore[no-untyped-call]
        return spread


class LightGCN(nn.Module):
    """Points of U users and N items (U + N, D), and the graph between them."""

    graph: Tensor
    item_degrees: Tensor

    def __init__(
        self, edges: EdgeBatches, users: int, items: int, settings: LightGCNSettings, low_precision: bool
    ) -> None:
        super().__init__()
        self.users, self.layers, self.decay = users, settings.layers, settings.decay
        self.length, self.low_precision = settings.history_length, low_precision
        self.points = nn.Parameter(torch.empty(users + items, settings.width))
        nn.init.normal_(self.points, std=0.1)
        self.spread = SymmetricLGConv(normalize=False)
        degrees = np.bincount(edges.edge_items, minlength=items)
        self.register_buffer("item_degrees", torch.from_numpy(np.maximum(degrees, 1)).float(), persistent=False)
        self.register_buffer("graph", _graph(edges.edge_users, edges.edge_items, users, items), persistent=False)

    def forward(self) -> list[Tensor]:
        """The points after 0 to K hops, each (U + N, D)."""
        hops: list[Tensor] = [self.points]
        for _ in range(self.layers):
            hops.append(self.spread(hops[-1], self.graph))
        return hops

    def loss(self, batch: Edges) -> Tensor:
        """Mean cross-entropy () of the item of each edge (users (T,), items (T,)) against the whole catalogue."""
        user, item = (torch.from_numpy(codes.astype(np.int64)).to(self.points.device) for codes in batch)
        final = torch.stack(self()).mean(dim=0)
        size = self.points[user].square().sum() + self.points[self.users + item].square().sum()
        fit = catalogue_cross_entropy(final[user], final[self.users :], item, low_precision=self.low_precision)
        return fit + self.decay * size / (2 * len(user))

    def score(self, histories: Histories) -> Tensor:
        """(B, N) scores of users placed by the distinct items of their latest events."""
        device = self.points.device
        hops = self()
        if self.length is None:
            placed = self.points[torch.from_numpy(histories.users.astype(np.int64)).to(device)]
        else:
            histories = histories.latest(self.length)
            placed = self.points.new_zeros(len(histories), self.points.shape[1])
        rows, items = (torch.from_numpy(codes.astype(np.int64)).to(device) for codes in histories.distinct_pairs())
        degrees = torch.bincount(rows, minlength=len(histories)).clamp_min(1)
        weights = (degrees[rows] * self.item_degrees[items]).rsqrt()[:, None]
        for points in hops[:-1]:
            placed = placed.index_add(0, rows, weights * points[self.users + items])
        final: Tensor = torch.stack(hops)[:, self.users :].mean(dim=0)
        return (placed / (self.layers + 1)) @ final.T


def _graph(user: np.ndarray, item: np.ndarray, users: int, items: int) -> Tensor:
    """The symmetric normalised graph as a sparse (U + N, U + N) matrix in CSR form."""
    size = users + items
    rows, columns = np.concatenate([user, users + item]), np.concatenate([users + item, user])
    order = np.lexsort((columns, rows))
    rows, columns = rows[order], columns[order]
    degrees = np.bincount(rows, minlength=size)
    values = (1 / np.sqrt(degrees[rows] * degrees[columns])).astype(np.float32)
    starts = np.concatenate([[0], np.cumsum(degrees)])
    parts = [torch.from_numpy(part) for part in (starts, columns, values)]
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Sparse CSR tensor support is in beta")
        return torch.sparse_csr_tensor(parts[0], parts[1], parts[2], (size, size), check_invariants=False)
