"""Renders the test images with their annotations, in the layout of the PASCAL VOC2007 devkit."""

import shutil
from xml.sax.saxutils import escape

import numpy as np

from compose import CLASSES, IMAGE, OBJECT, beyond, cut, put, sized, spot
from objects import draw_object
from scenes import OWN_SCENE, SHARED_SCENES, draw_scene

SEED = 2007
PER_CLASS = 10
# Shares of the image that the boxes cover: the same ten for every class, so that ratios of areas compare.
SHARES = np.linspace(0.12, 0.36, PER_CLASS)


def anywhere(item, rng):
    return int(rng.integers(2, IMAGE - item.width - 1)), int(rng.integers(2, IMAGE - item.height - 1))


def apart(items, places):
    """Whether no two objects' boxes overlap."""
    boxes = [(x, y, x + item.width, y + item.height) for item, (x, y) in zip(items, places)]
    return all(
        a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1] for k, a in enumerate(boxes) for b in boxes[:k]
    )


def second_object(name, number):
    """(class, share, where, difficult) of what else an image shows: nothing, mostly."""
    if number == 0:
        return [(name, 0.1, spot, False)]
    if number == 2:
        return [(name, 0.012, anywhere, True)]
    if number == 3 and name in OBJECT[:2]:
        return [(OBJECT[2 + OBJECT.index(name)], 0.09, spot, False)]
    return []


def compose_test_image(name, number):
    """The image `number` of a class: (image, [(class, box, truncated, difficult), ...]), the main object first.

    Number 0 holds two objects of the class, 1 is truncated, 2 has a tiny second object marked difficult, and 3, for two
    of the object classes, has a second object of another class.
    """
    rng = np.random.default_rng([SEED, CLASSES.index(name), number])
    scene = OWN_SCENE.get(name) or SHARED_SCENES[(number + CLASSES.index(name)) % len(SHARED_SCENES)]
    image = cut(draw_scene(scene, rng), rng)
    share = np.random.default_rng([SEED, CLASSES.index(name)]).permutation(SHARES)[number]
    others = second_object(name, number)
    wanted = [(name, min(share, 0.18) if others else share, beyond if number == 1 else spot, False), *others]
    items = [sized(draw_object(kind, rng), area) for kind, area, _, _ in wanted]
    places = [where(item, rng) for item, (_, _, where, _) in zip(items, wanted)]
    while not apart(items, places):
        places = [where(item, rng) for item, (_, _, where, _) in zip(items, wanted)]
    return image, [
        (kind, put(image, item, place), where is beyond, difficult)
        for item, place, (kind, _, where, difficult) in zip(items, places, wanted)
    ]


def test_set():
    """All test images, one of every class in turn: [(id, class, image, objects), ...]."""
    pairs = [(name, number) for number in range(PER_CLASS) for name in CLASSES]
    return [(f'{k + 1:06d}', name, *compose_test_image(name, number)) for k, (name, number) in enumerate(pairs)]


def annotation(identity, objects):
    """A VOC annotation; its boxes count pixels from 1 and include both ends."""
    body = ''.join(
        f"""
\t<object>
\t\t<name>{escape(name)}</name>
\t\t<pose>Unspecified</pose>
\t\t<truncated>{int(truncated)}</truncated>
\t\t<difficult>{int(difficult)}</difficult>
\t\t<bndbox>
\t\t\t<xmin>{left + 1}</xmin>
\t\t\t<ymin>{top + 1}</ymin>
\t\t\t<xmax>{right}</xmax>
\t\t\t<ymax>{bottom}</ymax>
\t\t</bndbox>
\t</object>"""
        for name, (left, top, right, bottom), truncated, difficult in objects
    )
    return f"""<annotation>
\t<folder>VOC2007</folder>
\t<filename>{identity}.jpg</filename>
\t<source>
\t\t<database>heatproof sample (rendered)</database>
\t</source>
\t<size>
\t\t<width>{IMAGE}</width>
\t\t<height>{IMAGE}</height>
\t\t<depth>3</depth>
\t</size>
\t<segmented>0</segmented>{body}
</annotation>
"""


def presence(name, objects):
    """What the devkit's per-class lists say: 1 shown, 0 only as difficult, -1 not shown."""
    flags = [difficult for other, _, _, difficult in objects if other == name]
    return -1 if not flags else 0 if all(flags) else 1


def write_devkit(root, samples):
    shutil.rmtree(root, ignore_errors=True)
    for folder in ('JPEGImages', 'Annotations', 'ImageSets/Main'):
        (root / folder).mkdir(parents=True)
    for identity, _, image, objects in samples:
        image.save(root / 'JPEGImages' / f'{identity}.jpg', quality=90, subsampling=0, optimize=True)
        (root / 'Annotations' / f'{identity}.xml').write_text(annotation(identity, objects))
    lists = root / 'ImageSets/Main'
    (lists / 'test.txt').write_text(''.join(f'{identity}\n' for identity, *_ in samples))
    for name in CLASSES:
        rows = [f'{identity} {presence(name, objects):2d}\n' for identity, _, _, objects in samples]
        (lists / f'{name}_test.txt').write_text(''.join(rows))
