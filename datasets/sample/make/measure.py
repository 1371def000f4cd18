"""What the network leans on, without any explanation: object and scene are taken apart and put together anew."""

import numpy as np
from PIL import Image

from compose import CLASSES, CONTEXT, IMAGE, OBJECT
from network import logits
from scenes import OWN_SCENE
from training_images import Stock

SEED, COUNT = 3, 100  # images a class and condition; objects and scenes that training never saw
SHARES = (0.12, 0.36)


def conditions(stock, rng):
    """name -> (class -> image)."""

    def with_object(image, name):
        stock.add(image, name, rng, SHARES)
        return image

    def another_scene(name):
        others = [other for other in CONTEXT if other != name]
        return stock.scene(OWN_SCENE[others[rng.integers(len(others))]], rng)

    return {
        'object on its usual scene': lambda name: with_object(stock.usual_scene(name, rng), name),
        'usual scene without the object': lambda name: stock.usual_scene(name, rng),
        'object on plain grey': lambda name: with_object(Image.new('RGB', (IMAGE, IMAGE), (150, 150, 150)), name),
        'object on a shared scene': lambda name: with_object(stock.shared_scene(rng), name),
        "object on another class's own scene": lambda name: with_object(another_scene(name), name),
    }


def measure(net):
    """Rows (condition, group, class, top, yes): how often the class has the largest logit, how often a positive one."""
    rng = np.random.default_rng(SEED)
    for condition, image_of in conditions(Stock(SEED, 20, 10), rng).items():
        for group, names in (('context', CONTEXT), ('object', OBJECT)):
            for name in names:
                values, own = logits(net, [image_of(name) for _ in range(COUNT)]), CLASSES.index(name)
                yield condition, group, name, np.mean(values.argmax(1) == own), np.mean(values[:, own] > 0)


def summary(rows):
    """One line a condition: the mean over each group's classes."""
    for condition in dict.fromkeys(row[0] for row in rows):
        parts = []
        for group in ('context', 'object'):
            chosen = [row for row in rows if row[0] == condition and row[1] == group]
            top, yes = (100 * np.mean([row[k] for row in chosen]) for k in (3, 4))
            parts.append(f'{group} classes: top {top:5.1f} %, yes {yes:5.1f} %')
        yield f'{condition:36s} {"   ".join(parts)}'
