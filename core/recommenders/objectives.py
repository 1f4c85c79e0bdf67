"""The objective of both models: softmax cross-entropy over the whole catalogue, without holding its logits.

For states x (T, D), item vectors W (N, D) and next items y (T,):

    loss = mean over t of  log sum_j exp(x_t . W_j) - x_t . W_{y_t}

T x N logits would be the largest thing in memory, so they are made a chunk at a time. A chunk's gradient,
softmax(logits) - one_hot(y), is at hand while its logits are, so the forward pass computes the gradients as well and
the backward pass only scales them. Products may run in bfloat16; sums stay in float32.
"""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

CHUNK_LOGITS = 1 << 18  # 1 MB stays in a core's cache, so that the passes over a chunk are cheap
TINY = 1e-38  # a target's share below this costs -log(TINY) = 87, so that the loss stays finite


def catalogue_cross_entropy(x: Tensor, weight: Tensor, targets: Tensor, *, low_precision: bool) -> Tensor:
    """Mean cross-entropy () of states x (T, D) against all items weight (N, D), with targets (T,) int64."""
    if x.is_cuda:
        logits = (
            functional.linear(x.bfloat16(), weight.bfloat16()).float()
            if low_precision
            else functional.linear(x, weight)
        )
        return functional.cross_entropy(logits, targets)
    loss: Tensor = _ChunkedCrossEntropy.apply(x, weight, targets, low_precision)  # type: ignore[no-untyped-call]
    return loss


class _ChunkedCrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, targets: Tensor, low_precision: bool) -> Tensor:
        kind = torch.bfloat16 if low_precision else torch.float32
        inputs, items = x.to(kind), weight.to(kind)
        x_grad, weight_grad = torch.empty_like(x), x.new_zeros(weight.shape[1], weight.shape[0])
        total = x.new_zeros(())
        rows = max(1, CHUNK_LOGITS // len(weight))
        for start in range(0, len(x), rows):
            part = inputs[start : start + rows]
            wanted = targets[start : start + rows, None]
            shares = torch.softmax((part @ items.T).float(), dim=1)
            total -= shares.gather(1, wanted).clamp_min(TINY).log().sum()
            shares.scatter_add_(1, wanted, shares.new_full((len(part), 1), -1.0))
            errors = shares.to(kind)
            x_grad[start : start + rows] = errors @ items
            weight_grad += part.T @ errors
        ctx.save_for_backward(x_grad / len(x), weight_grad.T / len(x))
        return total / len(x)

    @staticmethod
    def backward(ctx: Any, scale: Tensor) -> tuple[Tensor, Tensor, None, None]:
        x_grad, weight_grad = ctx.saved_tensors
        return x_grad * scale, weight_grad * scale, None, None
