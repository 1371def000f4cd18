"""The network: six convolutions with ReLU, four max poolings, the mean over space and one linear layer."""

import numpy as np
import torch
from torch import nn

from compose import CLASSES, IMAGE

MEAN, STD = 127.5, 64.0  # of pixel values 0..255, for each of red, green and blue
CHANNELS = [8, 16, 32, 64, 96, 96]
POOLED = [True, True, True, True, False, False]


def tensor(images):
    pixels = np.stack([np.asarray(image.convert('RGB'), np.float32) for image in images])
    return torch.from_numpy(((pixels - MEAN) / STD).transpose(0, 3, 1, 2).copy())


def network():
    layers, before = [], 3
    for channels, pooled in zip(CHANNELS, POOLED):
        layers += [nn.Conv2d(before, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels), nn.ReLU()]
        layers += [nn.MaxPool2d(2)] if pooled else []
        before = channels
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(before, len(CLASSES)))


def merged(net):
    """The same network with every BatchNorm merged into the convolution before it."""
    layers = []
    for layer in net.eval():
        if isinstance(layer, nn.BatchNorm2d):
            layers[-1] = nn.utils.fuse_conv_bn_eval(layers[-1], layer)
        else:
            layers.append(layer)
    return nn.Sequential(*layers).eval()


@torch.no_grad()
def logits(net, images):
    return torch.cat([net(tensor(images[k : k + 50])) for k in range(0, len(images), 50)]).numpy()


def export(net, path):
    torch.onnx.export(
        net,
        torch.zeros(1, 3, IMAGE, IMAGE),
        str(path),
        opset_version=13,
        input_names=['input'],
        output_names=['logits'],
        dynamic_axes={'input': {0: 'batch'}, 'logits': {0: 'batch'}},
    )
