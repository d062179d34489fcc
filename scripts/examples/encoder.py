"""A transformer written in PyTorch, trained by spout in front of its sparse output layer.

    .venv/bin/python scripts/examples/encoder.py --output encoder.ts --vocabulary 30002
    spout train --train text.txt --max-features 30000 --encoder encoder.ts --output run
    spout predict run --data test.txt --output predictions.npz
    spout export run --output model.ts          # torch.jit.load: forward(token ids) -> logits

The module takes token ids [n, T] (int64) and makes hidden rows [n, d]. Of the ids 0 fills up
shorter rows, 1 is any word not seen in training, and the words of --max-features begin at 2.
Whatever torch.jit.script takes can stand here, weights from elsewhere included: load them first.
"""

import argparse
import math

import torch
from torch import Tensor, nn


class Layer(nn.Module):
    """Self-attention, then a feed-forward layer, each with a norm in front."""

    def __init__(self, width: int, heads: int, dropout: float):
        super().__init__()
        self.heads = heads
        self.norm_1 = nn.LayerNorm(width)
        self.attend = nn.Linear(width, 3 * width)
        self.join = nn.Linear(width, width)
        self.norm_2 = nn.LayerNorm(width)
        self.feed = nn.Sequential(
            nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)
        )
        self.drop = nn.Dropout(dropout)

    def forward(self, h: Tensor, keys: Tensor) -> Tensor:
        n, tokens, width = h.size()
        parts = self.attend(self.norm_1(h)).view(n, tokens, 3, self.heads, width // self.heads)
        q, k, v = parts.permute(2, 0, 3, 1, 4).unbind(0)
        mixed = nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=keys)
        h = h + self.drop(self.join(mixed.transpose(1, 2).reshape(n, tokens, width)))
        return h + self.drop(self.feed(self.norm_2(h)))


class Encoder(nn.Module):
    """Embeddings, two layers, the mean over the tokens that are there."""

    def __init__(self, vocabulary: int, width: int, heads: int = 4, dropout: float = 0.1):
        super().__init__()
        self.width = width
        self.embedding = nn.Embedding(vocabulary, width, padding_idx=0)
        nn.init.normal_(self.embedding.weight, std=width**-0.5)
        self.layers = nn.ModuleList([Layer(width, heads, dropout) for _ in range(2)])
        self.norm = nn.LayerNorm(width)

    def places(self, tokens: int, h: Tensor) -> Tensor:
        steps = torch.arange(0, self.width, 2, device=h.device)
        wave = torch.exp(steps * (-math.log(10000.0) / self.width))
        angle = torch.arange(tokens, device=h.device).unsqueeze(1) * wave
        return torch.cat([angle.sin(), angle.cos()], dim=1)

    def forward(self, x: Tensor) -> Tensor:
        real = x != 0
        keys = (real | ~real.any(dim=1, keepdim=True)).unsqueeze(1).unsqueeze(1)
        h = self.embedding(x) * math.sqrt(self.width)
        h = h + self.places(x.size(1), h)
        for layer in self.layers:
            h = layer(h, keys)
        mask = real.unsqueeze(2)
        return (self.norm(h) * mask).sum(dim=1) / mask.sum(dim=1).clamp(min=1)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--output", required=True, help="the TorchScript file")
    parser.add_argument("--vocabulary", type=int, required=True, help="token ids are below it")
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    module = torch.jit.script(Encoder(args.vocabulary, args.width))
    torch.jit.save(module, args.output)
    weights = sum(parameter.numel() for parameter in module.parameters())
    print(f"{args.output}: token ids [n, T] -> [n, {args.width}], {weights:,} weights")


if __name__ == "__main__":
    main()
