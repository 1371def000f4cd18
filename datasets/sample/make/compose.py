"""Puts objects on scenes."""

import numpy as np
from PIL import Image, ImageFilter

from objects import OBJECTS
from scenes import OWN_SCENE

IMAGE = 128  # pixels of a side
LONGEST = 116  # no object is wider or higher
CLASSES = list(OBJECTS)  # the order of the network's outputs
CONTEXT = list(OWN_SCENE)  # classes with a scene of their own; the other classes share theirs
OBJECT = [name for name in CLASSES if name not in CONTEXT]


def cut(scene, rng):
    """A random part of a scene, mirrored half of the time."""
    left, top = rng.integers(0, scene.width - IMAGE + 1), rng.integers(0, scene.height - IMAGE + 1)
    part = scene.crop((left, top, left + IMAGE, top + IMAGE))
    return part.transpose(Image.FLIP_LEFT_RIGHT) if rng.random() < 0.5 else part


def sized(item, share):
    """The object enlarged so that its box covers this share of the image."""
    scale = IMAGE * np.sqrt(share / (item.width * item.height))
    scale = min(scale, LONGEST / item.width, LONGEST / item.height)
    return item.resize((max(1, round(item.width * scale)), max(1, round(item.height * scale))), Image.LANCZOS)


def spot(item, rng):
    """A random place inside the image, standing in its lower part: left, top."""
    lowest = IMAGE - item.height - 3
    return int(rng.integers(3, IMAGE - item.width - 2)), int(
        rng.integers(min(lowest, max(3, 80 - item.height)), lowest + 1)
    )


def beyond(item, rng):
    """A place where a quarter of the width lies outside the image."""
    left = -item.width // 4 if rng.random() < 0.5 else IMAGE - item.width * 3 // 4
    return left, spot(item, rng)[1]


def put(image, item, place, opacity=1.0):
    """Lays the object on the image with a soft shadow. Returns the box of what is visible: left, top, right, bottom."""
    layer = Image.new('RGBA', image.size)
    layer.paste(item, place)
    alpha = layer.getchannel('A')
    shadow = Image.new('L', image.size)
    shadow.paste(alpha.point(lambda a: a * 0.35), (2, 3))
    image.paste((8, 10, 22), mask=shadow.filter(ImageFilter.GaussianBlur(2.2)).point(lambda a: a * opacity))
    image.paste(layer, mask=alpha.point(lambda a: a * opacity))
    return alpha.point(lambda a: 255 if a > 127 else 0).getbbox()
