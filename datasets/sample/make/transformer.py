"""The second network: a vision transformer, classified by its class token. Convolutions make its 8 x 8 tokens (Xiao et al. 2021,
"Early convolutions help transformers see better"): of patches alone it learns the objects too slowly.
"""

import torch
from torch import nn

from compose import CLASSES, IMAGE

PATCH, WIDTH, HEADS, DEPTH = 16, 80, 4, 4
STEM = [12, 24, 48]  # channels of convolutions of stride 2, before the one that makes tokens
TOKENS = 1 + (IMAGE // PATCH) ** 2


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.queries_keys_values, self.out = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)

    def forward(self, x):
        parts = self.queries_keys_values(x).reshape(-1, TOKENS, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
        queries, keys, values = parts.unbind(0)
        probabilities = (queries @ keys.transpose(-2, -1) * (WIDTH // HEADS) ** -0.5).softmax(-1)
        return self.out((probabilities @ values).transpose(1, 2).reshape(-1, TOKENS, WIDTH))


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.before_attention, self.attention = nn.LayerNorm(WIDTH), Attention()
        self.before_mlp = nn.LayerNorm(WIDTH)
        self.mlp = nn.Sequential(nn.Linear(WIDTH, 2 * WIDTH), nn.GELU(), nn.Linear(2 * WIDTH, WIDTH))

    def forward(self, x):
        x = x + self.attention(self.before_attention(x))
        return x + self.mlp(self.before_mlp(x))


def stem():
    layers, before = [], 3
    for channels in STEM:
        layers += [nn.Conv2d(before, channels, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(channels), nn.ReLU()]
        before = channels
    return nn.Sequential(*layers, nn.Conv2d(before, WIDTH, 2, stride=2))


class VisionTransformer(nn.Module):
    def __init__(self):
        super().__init__()
        self.patches = stem()
        self.class_token = nn.Parameter(torch.randn(1, 1, WIDTH) * 0.02)
        self.positions = nn.Parameter(torch.randn(1, TOKENS, WIDTH) * 0.02)
        self.blocks = nn.Sequential(*(Block() for _ in range(DEPTH)))
        self.norm, self.head = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, len(CLASSES))

    def forward(self, images):
        patches = self.patches(images).flatten(2).transpose(1, 2)
        tokens = torch.cat([self.class_token.expand(images.shape[0], -1, -1), patches], 1) + self.positions
        return self.head(self.norm(self.blocks(tokens))[:, 0])
