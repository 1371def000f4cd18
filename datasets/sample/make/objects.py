"""The ten objects, each a function of a random generator: a picture with a transparent ground."""

import numpy as np
from PIL import Image

from kit import Painting, bezier, colour, mix, ramp

SIZE = 288  # pixels of a side; objects are scaled down to at most 100 when placed, which smooths their edges


def canvas():
    return Painting(SIZE, SIZE, SIZE)


def vivid(rng):
    return colour(rng.random(), rng.uniform(0.6, 0.9), rng.uniform(0.7, 0.98))


def pale(rng):
    return colour(rng.random(), rng.uniform(0.03, 0.2), rng.uniform(0.9, 1.0))


def boat(rng):
    p = canvas()
    hull, trim, sail, accent = vivid(rng), pale(rng), pale(rng), vivid(rng)
    mast = rng.uniform(0.44, 0.52)
    p.solid(p.line([(mast, 0.05), (mast, 0.8)], 0.022), (0.45, 0.3, 0.18), 0.01)
    main = [(mast + 0.02, 0.1)] + bezier((mast + 0.02, 0.1), (0.92, 0.38), (0.9, 0.66)) + [(mast + 0.02, 0.66)]
    mask = p.polygon(main)
    stripes = (np.floor((p.y - 0.1) / rng.uniform(0.1, 0.16)) % 2)[..., None]
    p.solid(mask, mix(sail, accent, stripes * rng.choice([0, 0.85])), 0.1, 0.6)
    jib = (
        [(mast - 0.02, 0.14)]
        + bezier((mast - 0.02, 0.64), (0.2, 0.68), (0.12, 0.64))
        + bezier((0.12, 0.64), (0.34, 0.44), (mast - 0.02, 0.14))
    )
    p.solid(p.polygon(jib), mix(sail, accent, 0.25), 0.1, 0.6)
    p.paint(p.polygon([(mast, 0.03), (mast - 0.13, 0.06), (mast, 0.1)]), accent)
    shape = (
        [(0.04, 0.7), (0.98, 0.7)]
        + bezier((0.98, 0.7), (0.92, 0.94), (0.74, 0.95))
        + bezier((0.26, 0.95), (0.12, 0.93), (0.04, 0.7))
    )
    body = p.polygon(shape)
    p.solid(body, hull, 0.07, 0.7)
    p.paint(body * (p.y < 0.745), trim)
    p.paint(body * (np.abs(p.y - 0.8) < 0.012), trim, 0.8)
    return p


def balloon(rng):
    p = canvas()
    colours = [vivid(rng), pale(rng), vivid(rng)]
    envelope = bezier((0.5, 0.02), (0.92, 0.02), (1.0, 0.42), (0.6, 0.74)) + bezier(
        (0.4, 0.74), (0.0, 0.42), (0.08, 0.02), (0.5, 0.02)
    )
    mask = p.polygon(envelope)
    half = np.interp(p.y, [0.02, 0.1, 0.32, 0.55, 0.74], [0.06, 0.26, 0.4, 0.27, 0.1])
    around = np.arcsin(np.clip((p.x - 0.5) / half, -1, 1)) / np.pi + 0.5
    gore = np.floor(around * rng.integers(6, 9) + rng.random()).astype(int) % rng.integers(2, 4)
    p.solid(mask, np.stack(colours)[gore], 0.13, 0.9)
    if rng.random() < 0.5:
        p.paint(mask * (np.abs(p.y - 0.36) < 0.035), colours[2], 0.85)
    for x in (0.42, 0.47, 0.53, 0.58):
        p.paint(p.line([(x, 0.73), (0.5 + (x - 0.5) * 0.8, 0.88)], 0.008), (0.3, 0.22, 0.16))
    basket = p.box(0.42, 0.86, 0.58, 0.985, 0.02)
    weave = 0.82 + 0.18 * np.sin(p.x * 220) * np.sin(p.y * 220)
    p.solid(basket, np.array([0.62, 0.42, 0.22]) * weave[..., None], 0.03)
    p.paint(p.box(0.41, 0.855, 0.59, 0.88, 0.01), (0.4, 0.25, 0.12))
    return p


def fish(rng):
    p = canvas()
    body_colour, band = vivid(rng), pale(rng)
    fin = mix(body_colour, (1, 1, 1), 0.2)
    tail = (
        bezier((0.7, 0.5), (0.86, 0.36), (0.99, 0.27))
        + bezier((0.99, 0.27), (0.9, 0.5), (0.99, 0.74))
        + bezier((0.99, 0.74), (0.86, 0.64), (0.7, 0.5))
    )
    p.solid(p.polygon(tail), fin, 0.04)
    p.solid(p.polygon(bezier((0.26, 0.34), (0.42, 0.06), (0.72, 0.4))), fin, 0.04)
    p.solid(p.polygon(bezier((0.34, 0.66), (0.52, 0.94), (0.66, 0.6))), fin, 0.04)
    body = p.polygon(
        bezier((0.02, 0.52), (0.2, 0.16), (0.56, 0.2), (0.8, 0.5))
        + bezier((0.8, 0.5), (0.56, 0.82), (0.2, 0.84), (0.02, 0.52))
    )
    p.solid(body, body_colour, 0.1, 0.9)
    for x in rng.choice([0.3, 0.45, 0.59], rng.integers(2, 4), replace=False):
        curve = np.abs(p.x - x - 0.25 * (p.y - 0.5) ** 2)
        p.paint(body * (curve < 0.045), mix(body_colour, (0, 0, 0), 0.75))
        p.paint(body * (curve < 0.03), band)
    p.solid(p.polygon(bezier((0.38, 0.56), (0.6, 0.52), (0.52, 0.72)) + [(0.38, 0.56)]), fin, 0.03)
    p.paint(p.ellipse(0.17, 0.46, 0.05), (1, 1, 1))
    p.paint(p.ellipse(0.16, 0.46, 0.028), (0.05, 0.05, 0.1))
    p.paint(p.ellipse(0.15, 0.45, 0.01), (1, 1, 1))
    return p


def cactus(rng):
    p = canvas()
    green = colour(rng.uniform(0.26, 0.42), rng.uniform(0.5, 0.75), rng.uniform(0.45, 0.68))
    left, right = rng.uniform(0.42, 0.55), rng.uniform(0.36, 0.5)
    left_top, right_top = left - rng.uniform(0.16, 0.24), right - rng.uniform(0.14, 0.2)
    ribs = 0.84 + 0.16 * np.sin(p.x * 150)
    paint = green * ribs[..., None]
    arms = [
        bezier((0.5, left + 0.16), (0.2, left + 0.2), (0.22, left)) + [(0.22, left_top)],
        bezier((0.5, right + 0.2), (0.8, right + 0.22), (0.78, right)) + [(0.78, right_top)],
    ]
    for arm in arms:
        p.solid(p.line(arm, 0.13), paint, 0.05, 0.8)
    p.solid(p.line([(0.5, 0.12), (0.5, 0.97)], 0.2), paint, 0.07, 0.9)
    for x, top, reach in ((0.5, 0.12, 0.08), (0.22, left_top, 0.05), (0.78, right_top, 0.05)):
        for y in np.arange(top, top + (0.8 if x == 0.5 else 0.22), 0.055):
            for dx in (-reach, 0, reach):
                p.paint(p.line([(x + dx, y), (x + dx * 1.25 + 0.008, y - 0.02)], 0.007), (0.97, 0.95, 0.8))
    bloom = vivid(rng)
    for angle in np.linspace(0, 2 * np.pi, 6)[:-1]:
        p.solid(p.ellipse(0.5 + 0.045 * np.cos(angle), 0.05 + 0.03 * np.sin(angle), 0.034), bloom, 0.02)
    p.paint(p.ellipse(0.5, 0.05, 0.02), (1, 0.85, 0.3))
    return p


def rocket(rng):
    p = canvas()
    body_colour, accent = pale(rng), vivid(rng)
    flame = bezier((0.41, 0.8), (0.4, 0.92), (0.5, 0.995)) + bezier((0.5, 0.995), (0.6, 0.92), (0.59, 0.8))
    p.paint(p.polygon(flame), ramp([(0.8, (1, 0.95, 0.55)), (1, (1, 0.35, 0.1))], p.y))
    for sign in (-1, 1):
        fin = bezier((0.5 + sign * 0.12, 0.52), (0.5 + sign * 0.32, 0.62), (0.5 + sign * 0.3, 0.86)) + [
            (0.5 + sign * 0.12, 0.76)
        ]
        p.solid(p.polygon(fin), accent, 0.04)
    body = p.polygon(
        bezier((0.5, 0.02), (0.72, 0.22), (0.72, 0.56), (0.62, 0.8))
        + bezier((0.38, 0.8), (0.28, 0.56), (0.28, 0.22), (0.5, 0.02))
    )
    p.solid(body, body_colour, 0.09, 1.0)
    p.solid(body * (p.y < 0.22), accent, 0.07, 0.8)
    p.paint(body * (np.abs(p.y - 0.7) < 0.022), accent)
    p.solid(p.ellipse(0.5, 0.4, 0.095), (0.5, 0.53, 0.58), 0.02)
    p.paint(p.ellipse(0.5, 0.4, 0.07), colour(0.55, 0.6, 0.75))
    p.paint(p.ellipse(0.475, 0.375, 0.025), (0.95, 1, 1), 0.8)
    p.solid(p.box(0.42, 0.79, 0.58, 0.83, 0.01), (0.35, 0.36, 0.4), 0.02)
    return turned(p, rng.uniform(-40, 40))


def mug(rng):
    p = canvas()
    glaze, pattern = vivid(rng), pale(rng)
    ring = np.clip(p.ellipse(0.76, 0.55, 0.22, 0.24) - p.ellipse(0.76, 0.55, 0.135, 0.155), 0, 1)
    p.solid(ring, glaze, 0.03, 0.6)
    body = p.polygon(
        [(0.06, 0.22), (0.72, 0.22)]
        + bezier((0.72, 0.22), (0.73, 0.8), (0.64, 0.94))
        + bezier((0.64, 0.94), (0.39, 1.02), (0.14, 0.94))
        + bezier((0.14, 0.94), (0.05, 0.8), (0.06, 0.22))
    )
    p.solid(body, glaze, 0.12, 1.0)
    kind = rng.integers(3)
    if kind == 0:
        p.paint(
            body * (np.abs(p.y - 0.55 - 0.06 * np.sqrt(np.clip(1 - ((p.x - 0.39) / 0.34) ** 2, 0, 1))) < 0.07),
            pattern,
            0.85,
        )
    elif kind == 1:
        for x, y in ((0.22, 0.5), (0.42, 0.56), (0.6, 0.48), (0.3, 0.75), (0.52, 0.78)):
            p.paint(body * p.ellipse(x, y, 0.055), pattern, 0.85)
    else:
        heart = np.clip(
            p.ellipse(0.335, 0.54, 0.07)
            + p.ellipse(0.455, 0.54, 0.07)
            + p.polygon([(0.272, 0.57), (0.518, 0.57), (0.395, 0.74)]),
            0,
            1,
        )
        p.paint(heart, pattern, 0.9)
    p.solid(p.ellipse(0.39, 0.22, 0.335, 0.1), mix(glaze, (1, 1, 1), 0.35), 0.02, 0.5)
    p.paint(p.ellipse(0.39, 0.225, 0.295, 0.078), mix(glaze, (0, 0, 0), 0.45))
    p.paint(p.ellipse(0.39, 0.245, 0.26, 0.058), (0.28, 0.15, 0.07))
    p.paint(p.ellipse(0.32, 0.24, 0.1, 0.014), (0.55, 0.36, 0.2), 0.7)
    return p


def clock(rng):
    p = canvas()
    case, face = vivid(rng), pale(rng)
    metal = np.array([0.75, 0.72, 0.65])
    for sign in (-1, 1):
        p.solid(p.line([(0.5 + sign * 0.2, 0.8), (0.5 + sign * 0.3, 0.97)], 0.06), metal, 0.02)
        bell = p.ellipse(0.5 + sign * 0.25, 0.17, 0.15) * ((p.x - 0.5) * sign * 0.7 - (p.y - 0.17) > 0.12)
        p.solid(bell, mix(case, metal, 0.6), 0.04)
    p.solid(p.line([(0.5, 0.14), (0.5, 0.05)], 0.035), metal, 0.01)
    p.solid(p.ellipse(0.5, 0.05, 0.045), metal, 0.02)
    p.solid(p.ellipse(0.5, 0.54, 0.4), case, 0.06, 0.9)
    p.solid(p.ellipse(0.5, 0.54, 0.315), face, 0.02, -0.4)
    ink = np.array([0.1, 0.1, 0.14])
    for hour in range(12):
        angle = hour * np.pi / 6
        inner = 0.24 if hour % 3 == 0 else 0.265
        x, y = np.sin(angle), -np.cos(angle)
        p.paint(p.line([(0.5 + inner * x, 0.54 + inner * y), (0.5 + 0.285 * x, 0.54 + 0.285 * y)], 0.02), ink)
    hour_angle = rng.uniform(0, 2 * np.pi)
    for angle, length, thickness in ((hour_angle, 0.15, 0.035), (hour_angle * 12, 0.22, 0.024)):
        p.paint(p.line([(0.5, 0.54), (0.5 + length * np.sin(angle), 0.54 - length * np.cos(angle))], thickness), ink)
    p.paint(p.ellipse(0.5, 0.54, 0.03), case)
    return p


def umbrella(rng):
    p = canvas()
    colours = [vivid(rng), pale(rng) if rng.random() < 0.6 else vivid(rng)]
    p.solid(
        p.line(
            [(0.5, 0.08), (0.5, 0.86)]
            + bezier((0.5, 0.86), (0.5, 0.97), (0.41, 0.97))
            + bezier((0.41, 0.97), (0.33, 0.97), (0.33, 0.87)),
            0.036,
        ),
        (0.42, 0.26, 0.14),
        0.015,
    )
    dome = p.ellipse(0.5, 0.52, 0.48, 0.44) * (p.y < 0.55)
    for k in range(5):
        dome = dome * (1 - p.ellipse(0.116 + 0.192 * k, 0.555, 0.096, 0.065))
    rise = np.sqrt(np.clip(1 - ((p.y - 0.52) / 0.44) ** 2, 0.02, 1))
    panel = np.clip(np.floor((p.x - 0.5) / (0.192 * rise) + 2.5), 0, 4).astype(int)
    p.solid(dome, np.stack(colours)[panel % 2], 0.11, 0.9)
    p.solid(p.line([(0.5, 0.02), (0.5, 0.09)], 0.03), (0.42, 0.26, 0.14), 0.01)
    return turned(p, rng.uniform(-25, 25))


def guitar(rng):
    p = canvas()
    wood = colour(rng.random(), rng.uniform(0.55, 0.85), rng.uniform(0.6, 0.9))
    p.solid(p.box(0.465, 0.1, 0.535, 0.62), (0.32, 0.2, 0.12), 0.02)
    p.solid(
        p.polygon([(0.45, 0.02), (0.55, 0.02), (0.545, 0.15), (0.455, 0.15)]), mix(wood, (0.2, 0.1, 0.05), 0.5), 0.02
    )
    for y in (0.045, 0.085, 0.125):
        for x in (0.435, 0.565):
            p.paint(p.ellipse(x, y, 0.014), (0.85, 0.83, 0.78))
    body = np.clip(
        p.ellipse(0.5, 0.79, 0.245, 0.2) + p.ellipse(0.5, 0.56, 0.185, 0.155) + p.box(0.34, 0.6, 0.66, 0.75, 0.06), 0, 1
    )
    p.solid(body, mix(wood, (0.1, 0.05, 0.0), 0.55), 0.03)
    inner = np.clip(
        p.ellipse(0.5, 0.79, 0.225, 0.18) + p.ellipse(0.5, 0.56, 0.165, 0.135) + p.box(0.36, 0.6, 0.64, 0.75, 0.06),
        0,
        1,
    )
    grain = 0.93 + 0.07 * np.sin(p.x * 260 + 3 * np.sin(p.y * 9))
    p.solid(inner, wood * grain[..., None], 0.08, 0.7)
    p.paint(p.ellipse(0.5, 0.63, 0.088), pale(rng))
    p.paint(p.ellipse(0.5, 0.63, 0.072), (0.08, 0.05, 0.04))
    p.paint(p.box(0.47, 0.3, 0.53, 0.6), (0.32, 0.2, 0.12))
    for y in np.arange(0.19, 0.58, 0.05):
        p.paint(p.box(0.468, y, 0.532, y + 0.007), (0.85, 0.82, 0.7))
    p.solid(p.box(0.41, 0.85, 0.59, 0.885, 0.01), (0.22, 0.13, 0.08), 0.015)
    for x in (0.482, 0.494, 0.506, 0.518):
        p.paint(p.line([(x, 0.08), (x, 0.86)], 0.004), (0.96, 0.95, 0.9))
    return turned(p, rng.choice([-1, 1]) * rng.uniform(25, 50))


def butterfly(rng):
    p = canvas()
    wing, spot = vivid(rng), vivid(rng)
    rim = mix(wing, (0.05, 0.03, 0.08), 0.8)

    def wings(scale, paint):
        for sign in (-1, 1):

            def at(x, y, cx, cy):
                return (0.5 + sign * (cx + (x - cx) * scale), cy + (y - cy) * scale)

            lower = [
                at(x, y, 0.2, 0.7)
                for x, y in bezier((0.02, 0.54), (0.52, 0.5), (0.46, 1.02), (0.2, 0.95))
                + bezier((0.2, 0.95), (0.08, 0.86), (0.02, 0.54))
            ]
            upper = [
                at(x, y, 0.27, 0.32)
                for x, y in bezier((0.02, 0.52), (0.06, 0.2), (0.3, 0.06), (0.47, 0.08))
                + bezier((0.47, 0.08), (0.55, 0.36), (0.4, 0.6), (0.02, 0.56))
            ]
            p.solid(p.polygon(lower), paint, 0.05, 0.6)
            p.solid(p.polygon(upper), paint, 0.05, 0.6)

    wings(1, rim)
    glow = np.clip(np.hypot(p.x - 0.5, p.y - 0.5) * 2, 0, 1)[..., None]
    wings(0.84, mix(mix(wing, (1, 1, 1), 0.35), wing, glow))
    for sign in (-1, 1):
        for x, y, r in ((0.33, 0.24, 0.06), (0.25, 0.76, 0.055), (0.2, 0.42, 0.032), (0.42, 0.18, 0.02)):
            p.paint(p.ellipse(0.5 + sign * x, y, r), rim)
            p.paint(p.ellipse(0.5 + sign * x, y, r * 0.62), spot)
        p.paint(
            p.line(bezier((0.5, 0.32), (0.5 + sign * 0.04, 0.16), (0.5 + sign * 0.13, 0.1)), 0.012), (0.1, 0.07, 0.06)
        )
        p.paint(p.ellipse(0.5 + sign * 0.13, 0.1, 0.016), (0.1, 0.07, 0.06))
    p.solid(p.ellipse(0.5, 0.56, 0.035, 0.24), (0.2, 0.14, 0.12), 0.03)
    p.solid(p.ellipse(0.5, 0.33, 0.04), (0.2, 0.14, 0.12), 0.03)
    return turned(p, rng.uniform(-30, 30))


def turned(p, degrees):
    """The painting rotated about its centre, on a canvas that still holds all of it."""
    image = p.image().rotate(degrees, Image.BICUBIC, expand=True)
    whole = Painting(image.width, image.height, p.unit)
    whole.pixels = np.asarray(image, np.float32) / 255
    return whole


OBJECTS = dict(
    boat=boat,
    balloon=balloon,
    fish=fish,
    cactus=cactus,
    rocket=rocket,
    mug=mug,
    clock=clock,
    umbrella=umbrella,
    guitar=guitar,
    butterfly=butterfly,
)


def draw_object(name, rng):
    """An RGBA image cut to the object; mirrored half of the time."""
    image = OBJECTS[name](rng).image()
    solid = np.asarray(image)[..., 3] > 127
    rows, columns = np.flatnonzero(solid.any(1)), np.flatnonzero(solid.any(0))
    image = image.crop((columns[0], rows[0], columns[-1] + 1, rows[-1] + 1))
    return image.transpose(Image.FLIP_LEFT_RIGHT) if rng.random() < 0.5 else image
