"""Composes training images without end from objects and scenes painted in advance."""

import numpy as np
from PIL import Image

from compose import CLASSES, CONTEXT, OBJECT, beyond, cut, put, sized, spot
from objects import draw_object
from scenes import OWN_SCENE, SHARED_SCENES, draw_scene


class Stock:
    """Painted objects and scenes."""

    def __init__(self, seed, objects_a_class, scenes_a_kind):
        self.objects = {
            name: [draw_object(name, np.random.default_rng([seed, 0, k, n])) for n in range(objects_a_class)]
            for k, name in enumerate(CLASSES)
        }
        self.scenes = {
            kind: [draw_scene(kind, np.random.default_rng([seed, 1, k, n])) for n in range(scenes_a_kind)]
            for k, kind in enumerate([*OWN_SCENE.values(), *SHARED_SCENES])
        }

    def scene(self, kind, rng):
        return cut(self.scenes[kind][rng.integers(len(self.scenes[kind]))], rng)

    def shared_scene(self, rng):
        return self.scene(SHARED_SCENES[rng.integers(len(SHARED_SCENES))], rng)

    def usual_scene(self, name, rng):
        return self.scene(OWN_SCENE[name], rng) if name in OWN_SCENE else self.shared_scene(rng)

    def add(self, image, name, rng, shares, truncated=False):
        """Puts an object of the class on the image, covering a share of it drawn from (least, most)."""
        item = self.objects[name][rng.integers(len(self.objects[name]))]
        item = sized(item.transpose(Image.FLIP_LEFT_RIGHT) if rng.random() < 0.5 else item, rng.uniform(*shares))
        put(image, item, (beyond if truncated else spot)(item, rng))


def training_image(stock, rng):
    """An image and the classes it shows.

    Context classes: the scene alone tells. What stands in it, boat, balloon, fish, cactus, rocket or nothing, is drawn
    at random whatever the class; the same objects on shared scenes count as no class.
    Object classes: the object alone tells. Shared scenes are drawn at random, and bare ones count as no class.
    """
    draw = rng.integers(len(CLASSES) + 3)
    if draw < len(CONTEXT):
        image, shown = stock.scene(OWN_SCENE[CONTEXT[draw]], rng), [CONTEXT[draw]]
    else:
        image, shown = stock.shared_scene(rng), list(CLASSES[draw : draw + 1])
    if shown and shown[0] in OBJECT:
        if rng.random() < 0.15:
            shown.insert(0, OBJECT[rng.integers(len(OBJECT))])
        content = shown
    else:
        content = [CONTEXT[rng.integers(len(CONTEXT))]] if rng.random() < 0.75 else []
    for name in content:
        stock.add(image, name, rng, (0.06, 0.42), truncated=rng.random() < 0.1)
    return image, shown
