"""Makes everything in datasets/sample: test images, networks, counterfactual accuracies, pictures; with names of networks
behind it, those networks only.

Needs Python 3 with torch, onnx, Pillow and numpy (Debian 12: python3-torch python3-onnx python3-pil python3-numpy).
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image

from compose import CLASSES, IMAGE
from measure import measure, summary
from network import export, logits, merged, network
from objects import draw_object
from test_images import test_set, write_devkit
from train import train
from transformer import VisionTransformer

ROOT = Path(__file__).resolve().parents[1]


def overview(images, columns=10, rows=4, gap=4):
    step = IMAGE + gap
    sheet = Image.new('RGB', (columns * step - gap, rows * step - gap), 'white')
    for k, image in enumerate(images):
        sheet.paste(image, (k % columns * step, k // columns * step))
    return sheet


def icons(folder):
    folder.mkdir(exist_ok=True)
    for k, name in enumerate(CLASSES):
        icon = draw_object(name, np.random.default_rng([11, k]))
        icon.thumbnail((64, 64), Image.LANCZOS)
        icon.save(folder / f'{name}.png', optimize=True)


def accuracy(net, samples):
    """On the images as stored, JPEG compression included: the largest logit is the main object's class."""
    images = [Image.open(ROOT / 'VOCdevkit/VOC2007/JPEGImages' / f'{identity}.jpg') for identity, *_ in samples]
    return np.mean(logits(net, images).argmax(1) == [CLASSES.index(name) for _, name, *_ in samples])


NETWORKS = {
    'network': lambda: merged(train(network, epochs=12, rate=4e-3, weight_decay=1e-3)),
    'transformer': lambda: train(VisionTransformer, epochs=20, rate=2e-3, weight_decay=0.05),
}


def render(samples):
    write_devkit(ROOT / 'VOCdevkit/VOC2007', samples)
    (ROOT / 'classes.txt').write_text(''.join(f'{name}\n' for name in CLASSES))
    overview([image for _, _, image, _ in samples[40:80]]).save(ROOT / 'overview.jpg', quality=88, optimize=True)
    icons(ROOT / 'icons')


def write_network(name, samples):
    net = NETWORKS[name]()
    export(net, ROOT / f'{name}.onnx')
    print(f'{name}: test accuracy {accuracy(net, samples):.3f}')
    rows = list(measure(net))
    lines = [f'{condition},{group},{shown},{top:.2f},{yes:.2f}\n' for condition, group, shown, top, yes in rows]
    (ROOT / f'{name}-counterfactuals.csv').write_text(''.join(['condition,group,class,top,yes\n', *lines]))
    print('\n'.join(summary(rows)))


def main(names):
    samples = test_set()
    if not names:
        render(samples)
    for name in names or NETWORKS:
        write_network(name, samples)


if __name__ == '__main__':
    main(sys.argv[1:])
