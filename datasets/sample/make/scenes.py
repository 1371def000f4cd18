"""The scenes: five that each belong to one class, six that the other classes share. Functions of a random generator."""

import numpy as np
from PIL import Image

from kit import Painting, blur, colour, mix, noise, ramp

SIZE = 152  # pixels of a scene; images are cut out of it
FINE = 2 * SIZE  # painted twice as fine, then reduced


def canvas(background=(0, 0, 0)):
    return Painting(FINE, FINE, FINE, background)


def sky(p, top, bottom):
    p.paint(np.ones_like(p.y), ramp([(0, top), (0.75, bottom)], p.y))


def clouds(p, rng, count):
    for _ in range(count):
        x, y, size = rng.uniform(-0.05, 1.05), rng.uniform(0.05, 0.9), rng.uniform(0.07, 0.17)
        puffs = np.zeros_like(p.x)
        for _ in range(9):
            dx, dy, r = rng.normal(0, 1.0) * size, -abs(rng.normal(0, 0.35)) * size, size * rng.uniform(0.3, 0.62)
            puffs = np.maximum(puffs, p.ellipse(x + dx, y + dy, r))
        puffs = blur(puffs * (p.y < y + 0.25 * size), 4)
        under = np.clip((p.y - y + size * 0.9) / (1.3 * size), 0, 1)[..., None]
        p.paint(puffs, mix((1, 1, 1), (0.78, 0.83, 0.92), under), 0.93)


def sea(rng):
    """Open water under an evening or a midday sky, with the sun's glitter on the waves."""
    p, horizon = canvas(), rng.uniform(0.3, 0.48)
    warm = rng.random()
    top, low = mix((0.3, 0.55, 0.85), (0.35, 0.3, 0.6), warm), mix((0.85, 0.93, 1), (1, 0.72, 0.45), warm)
    p.paint(np.ones_like(p.y), ramp([(0, top), (horizon, low)], p.y))
    sun = rng.uniform(0.15, 0.85)
    glow = np.exp(-(((p.x - sun) ** 2 + (p.y - horizon + 0.08) ** 2) / 0.02))
    p.paint(glow * 0.7, (1, 0.95, 0.75))
    p.paint(p.ellipse(sun, horizon - 0.08, 0.05), (1, 0.98, 0.86))
    water = (p.y > horizon).astype(np.float32)
    depth = np.clip((p.y - horizon) / (1 - horizon), 0.001, 1)
    p.paint(
        water, ramp([(0, mix((0.4, 0.68, 0.8), low, 0.35)), (0.3, (0.12, 0.45, 0.65)), (1, (0.03, 0.22, 0.42))], depth)
    )
    swell = noise(rng, FINE, FINE, 4, 2, 3)
    phase = 38 * np.log(depth + 0.12) * -1.35 + 9 * swell + 2 * np.sin(p.x * 14 + rng.random() * 6)
    p.paint(water * np.clip(np.sin(phase) * 0.5 + 0.1, 0, 1) * 0.55, (0.55, 0.82, 0.9))
    p.paint(water * np.clip(-np.sin(phase + 0.8) - 0.3, 0, 1) * 0.35, (0.01, 0.12, 0.3))
    crest = np.clip(np.sin(phase + 0.3) - 0.86, 0, 1) * 6 * (noise(rng, FINE, FINE, 14, 10, 2) > 0.5)
    p.paint(water * np.clip(crest, 0, 1) * 0.75, (1, 1, 1))
    glitter = (np.abs(p.x - sun) < 0.03 + 0.16 * depth) * np.clip(np.sin(phase * 2.3 + 20 * swell), 0, 1) ** 2
    p.paint(water * glitter * 0.6 * (1 - depth), mix(low, (1, 1, 1), 0.5))
    return p


def cloudy_sky(rng):
    """High up: nothing but blue and clouds."""
    p, tint = canvas(), rng.uniform(-0.03, 0.03)
    sky(p, colour(0.585 + tint, 0.72, rng.uniform(0.7, 0.88)), colour(0.56 + tint, 0.25, 1.0))
    veil = np.clip((noise(rng, FINE, FINE, 5, 2) - 0.52) * 3, 0, 0.5)
    p.paint(veil, (1, 1, 1))
    clouds(p, rng, rng.integers(6, 10))
    return p


def reef(rng):
    """Under water: light rays from above, corals and weed at the bottom, bubbles."""
    p = canvas()
    hue = rng.uniform(0.49, 0.56)
    sky(p, colour(hue, 0.55, 0.9), colour(hue + 0.05, 0.9, 0.38))
    slant = p.x + rng.uniform(-0.5, 0.5) * p.y
    rays = noise(rng, 8, FINE, 1, 9, 2)[4][np.clip((slant * FINE).astype(int), 0, FINE - 1)]
    p.paint(np.clip((blur(rays, 3) - 0.5) * 2.2, 0, 1) * (1 - p.y) ** 0.7 * 0.6, (0.85, 1, 0.95))
    caustic = np.abs(noise(rng, FINE, FINE, 7, 7, 2) - 0.5)
    p.paint(np.clip(0.05 - caustic, 0, 1) * 9 * np.clip(1 - 1.3 * p.y, 0, 1), (0.9, 1, 1), 0.7)
    floor = 0.86 + 0.05 * np.sin(p.x * 7 + rng.random() * 6)
    for _ in range(rng.integers(5, 8)):
        x, height, sway = rng.uniform(0, 1), rng.uniform(0.15, 0.4), rng.uniform(-0.06, 0.06)
        stem = [(x + sway * np.sin(t * 5), 1.0 - height * t) for t in np.linspace(0, 1, 12)]
        p.solid(
            p.line(stem, rng.uniform(0.015, 0.03)), colour(rng.uniform(0.3, 0.42), 0.75, rng.uniform(0.3, 0.55)), 0.01
        )
    p.solid(
        (p.y > floor).astype(np.float32),
        mix((0.75, 0.7, 0.5), (0.1, 0.4, 0.5), 0.45) * (0.85 + 0.3 * noise(rng, FINE, FINE, 30, 30, 2))[..., None],
        0.02,
    )
    for _ in range(rng.integers(4, 7)):
        x, size, tone = (
            rng.uniform(0, 1),
            rng.uniform(0.04, 0.09),
            colour(rng.choice([0.93, 0.02, 0.08, 0.78]), 0.6, 0.75),
        )
        for angle in np.linspace(-1.1, 1.1, 5):
            tip = (x + size * 1.6 * np.sin(angle), 0.95 - size * 2 * np.cos(angle))
            p.solid(p.line([(x, 0.97), tip], size * 0.4), tone, 0.012)
    for _ in range(rng.integers(10, 20)):
        x, y, r = rng.uniform(0, 1), rng.uniform(0, 0.9), rng.uniform(0.005, 0.016)
        p.paint(p.ellipse(x, y, r) - 0.75 * p.ellipse(x, y, r * 0.7), (0.9, 1, 1), 0.8)
    return p


def desert(rng):
    """Sand dunes with wind ripples under a hot sky."""
    p = canvas()
    sky(p, colour(rng.uniform(0.55, 0.6), 0.35, 0.9), colour(0.1, 0.3, 1.0))
    sun = rng.uniform(0.1, 0.9)
    p.paint(np.exp(-((p.x - sun) ** 2 + (p.y - 0.14) ** 2) / 0.008), (1, 0.96, 0.75))
    crest = rng.uniform(0.28, 0.42)
    for layer in range(4):
        steep = rng.uniform(0.03, 0.08)
        phase, pitch = rng.random() * 6, rng.uniform(3, 6)
        line = (
            crest
            + layer * 0.16
            + steep * np.sin(p.x * pitch + phase)
            + 0.3 * steep * np.sin(p.x * pitch * 2 + phase * 3)
        )
        mask = (p.y > line).astype(np.float32)
        lit = np.clip(0.5 + 0.5 * np.cos(p.x * pitch + phase), 0, 1)[..., None]
        base = mix(mix((0.8, 0.52, 0.3), (0.97, 0.78, 0.48), lit), (0.98, 0.85, 0.62), 0.35 - 0.1 * layer)
        fall = np.clip((p.y - line) * 3, 0, 1)[..., None]
        p.paint(mask, mix(base, base * 0.8, fall))
        ripple = np.sin((p.y - line) * 170 + 9 * noise(rng, FINE, FINE, 3, 3, 2) + p.x * 16)
        p.paint(mask * np.clip(ripple, 0, 1) * 0.22, (0.62, 0.36, 0.18))
        p.paint(mask * np.clip(-ripple, 0, 1) * 0.16, (1, 0.93, 0.75))
    return p


def space(rng):
    """A starry night with nebulae and a planet."""
    p = canvas((0.02, 0.02, 0.07))
    for _ in range(2):
        cloud = np.clip((noise(rng, FINE, FINE, 2, 2, 5) - 0.45) * 3, 0, 1)
        p.paint(cloud * 0.75, colour(rng.uniform(0.55, 0.95), rng.uniform(0.6, 0.85), rng.uniform(0.3, 0.5)))
    for _ in range(170):
        x, y, r = rng.random(), rng.random(), rng.choice([0.0022, 0.0032, 0.005], p=[0.6, 0.3, 0.1])
        p.paint(p.ellipse(x, y, r), mix((1, 1, 1), colour(rng.random(), 0.5, 1), 0.4), rng.uniform(0.5, 1))
    for _ in range(4):
        x, y, arm = rng.random(), rng.random(), rng.uniform(0.02, 0.04)
        star = np.exp(-(np.abs(p.x - x) * np.abs(p.y - y)) / 1e-5) * np.exp(-np.hypot(p.x - x, p.y - y) / arm * 2)
        p.paint(star, (1, 0.97, 0.9))
    x, y, r = (
        rng.choice([rng.uniform(0.02, 0.3), rng.uniform(0.7, 0.98)]),
        rng.uniform(0.05, 0.95),
        rng.uniform(0.07, 0.16),
    )
    band = 0.8 + 0.35 * noise(rng, FINE, FINE, 9, 1, 3)[..., None]
    p.solid(p.ellipse(x, y, r), colour(rng.random(), 0.55, 0.8) * band, r * 0.7, 0.9)
    if rng.random() < 0.5:
        tilt = (p.y - y) + 0.25 * (p.x - x)
        ring = (p.x - x) ** 2 / (1.9 * r) ** 2 + tilt**2 / (0.45 * r) ** 2
        p.paint(
            ((ring < 1) & (ring > 0.62) & ~((tilt < 0) & (np.hypot(p.x - x, p.y - y) < r))).astype(np.float32),
            (0.95, 0.88, 0.7),
            0.7,
        )
    return p


def brick(rng):
    """A brick wall."""
    base, mortar = colour(rng.uniform(0.0, 0.06), rng.uniform(0.4, 0.65), rng.uniform(0.55, 0.75)), (0.78, 0.74, 0.68)
    p = canvas(mortar)
    rows = rng.integers(9, 13)
    across = p.x * rows / 2.3 + rng.random()
    down = p.y * rows + rng.random()
    row = np.floor(down).astype(int)
    across = across + 0.5 * (row % 2)
    column = np.floor(across).astype(int)
    u, v = across - column, down - row
    inside = ((u > 0.035) & (u < 0.965) & (v > 0.08) & (v < 0.92)).astype(np.float32)
    tone = rng.uniform(0.78, 1.15, (64, 64)).astype(np.float32)[row % 64, column % 64]
    grit = 0.85 + 0.3 * noise(rng, FINE, FINE, 40, 40, 2)
    p.solid(inside, base * (tone * grit)[..., None], 0.008, 0.35)
    return lit(p, rng)


def wood(rng):
    """Boards, upright or lying."""
    p, boards = canvas(), rng.integers(4, 7)
    base = colour(rng.uniform(0.06, 0.1), rng.uniform(0.4, 0.65), rng.uniform(0.55, 0.85))
    along, across = (p.x, p.y) if rng.random() < 0.6 else (p.y, p.x)
    board = np.floor(across * boards).astype(int)
    tone = rng.uniform(0.82, 1.12, 16).astype(np.float32)[board % 16]
    warp = noise(rng, FINE, FINE, 3, 3, 3)
    warp = warp if along is p.x else warp.T
    grain = np.sin((across * 45 + 10 * warp + 2.2 * board) * 3.1) * 0.5 + 0.5
    fine = noise(rng, FINE, FINE, 70, 4, 2)
    fine = fine if along is p.x else fine.T
    p.paint(np.ones_like(p.x), base * (tone * (0.8 + 0.14 * grain + 0.22 * fine))[..., None])
    gap = np.abs(across * boards - np.round(across * boards)) < 0.028
    p.paint(gap.astype(np.float32), base * 0.35)
    return lit(p, rng)


def meadow(rng):
    """Grass with flowers."""
    p = canvas()
    base = colour(rng.uniform(0.22, 0.32), rng.uniform(0.55, 0.75), rng.uniform(0.5, 0.7))
    p.paint(np.ones_like(p.x), base * (0.7 + 0.6 * noise(rng, FINE, FINE, 5, 5, 5))[..., None])
    blades = np.clip((noise(rng, FINE, FINE, 14, 60, 2) - 0.52) * 5, 0, 1)
    p.paint(blades * 0.6, mix(base, (0.85, 1, 0.4), 0.45))
    p.paint(np.clip((noise(rng, FINE, FINE, 14, 60, 2) - 0.55) * 5, 0, 1) * 0.5, base * 0.45)
    petals = [(1, 1, 1), (1, 0.9, 0.35), (0.98, 0.6, 0.75), (0.75, 0.65, 1)]
    for _ in range(rng.integers(14, 30)):
        x, y, r, tone = rng.random(), rng.random(), rng.uniform(0.006, 0.011), petals[rng.integers(4)]
        for angle in np.linspace(0, 2 * np.pi, 6)[:-1] + rng.random():
            p.paint(p.ellipse(x + r * 1.2 * np.cos(angle), y + r * 1.2 * np.sin(angle), r), tone)
        p.paint(p.ellipse(x, y, r * 0.8), (1, 0.75, 0.15))
    return lit(p, rng)


def room(rng):
    """Wallpaper, a skirting board and a wooden floor."""
    paper, p = colour(rng.random(), rng.uniform(0.15, 0.45), rng.uniform(0.65, 0.92)), canvas()
    kind, pitch = rng.integers(3), rng.uniform(9, 13)
    if kind == 0:
        pattern = (np.sin(p.x * pitch * 2 * np.pi) > 0).astype(np.float32)
    elif kind == 1:
        pattern = (np.abs(((p.x + p.y) * pitch) % 1 - 0.5) + np.abs(((p.x - p.y) * pitch) % 1 - 0.5) < 0.42).astype(
            np.float32
        )
    else:
        row = np.floor(p.y * pitch)
        pattern = (np.hypot((p.x * pitch + 0.5 * (row % 2)) % 1 - 0.5, (p.y * pitch) % 1 - 0.5) < 0.22).astype(
            np.float32
        )
    p.paint(np.ones_like(p.x), paper)
    p.paint(pattern * 0.5, mix(paper, (1, 1, 1), 0.6))
    floor = rng.uniform(0.7, 0.84)
    plank = np.floor((p.x - 0.5) / (p.y - floor + 0.35) * 4)
    tone = rng.uniform(0.8, 1.1, 64).astype(np.float32)[plank.astype(int) % 64]
    ground = (
        colour(rng.uniform(0.05, 0.09), 0.5, rng.uniform(0.45, 0.7))
        * (tone * (0.85 + 0.3 * noise(rng, FINE, FINE, 60, 6, 2)))[..., None]
    )
    p.paint((p.y > floor).astype(np.float32), ground)
    p.solid(p.box(-0.1, floor - 0.05, 1.1, floor), (0.96, 0.95, 0.92), 0.01)
    return lit(p, rng)


def tiles(rng):
    """Glazed tiles in two colours."""
    first = colour(rng.random(), rng.uniform(0.1, 0.5), rng.uniform(0.7, 0.95))
    second = mix(first, (1, 1, 1), 0.55)
    p, count = canvas((0.85, 0.85, 0.83)), rng.integers(5, 9)
    a, b = p.x * count + rng.random(), p.y * count + rng.random()
    if rng.random() < 0.4:
        a, b = (a + b) * 0.7, (a - b) * 0.7
    even = ((np.floor(a) + np.floor(b)) % 2)[..., None]
    u, v = a % 1, b % 1
    inside = (np.minimum(np.minimum(u, 1 - u), np.minimum(v, 1 - v)) > 0.035).astype(np.float32)
    p.solid(inside, mix(first, second, even) * (0.93 + 0.14 * noise(rng, FINE, FINE, 5, 5, 3))[..., None], 0.012, 0.5)
    p.paint(np.clip((noise(rng, FINE, FINE, 3, 3, 2) - 0.55) * 2, 0, 0.3) * inside, (1, 1, 1))
    return lit(p, rng)


def city(rng):
    """A street of houses with lit windows at dusk."""
    p = canvas()
    dusk = rng.uniform(0.68, 0.8)
    sky(p, colour(dusk, 0.6, 0.35), colour(rng.uniform(0.95, 1.05), 0.45, 0.95))
    for layer, shade in ((0, 0.62), (1, 0.32)):
        x = -0.05 - 0.1 * rng.random()
        while x < 1.05:
            width, top = rng.uniform(0.12, 0.22), rng.uniform(0.12, 0.4) + 0.2 * layer
            wall = mix(colour(dusk + rng.uniform(-0.06, 0.06), 0.4, shade), (0.9, 0.6, 0.6), 0.12 * (1 - layer))
            p.paint(p.box(x, top, x + width, 1.1), wall)
            for wy in np.arange(top + 0.04, 1.0, 0.065):
                for wx in np.arange(x + 0.025, x + width - 0.03, 0.042):
                    if rng.random() < (0.35, 0.6)[layer]:
                        p.paint(
                            p.box(wx, wy, wx + 0.022, wy + 0.034),
                            colour(rng.uniform(0.1, 0.15), rng.uniform(0.3, 0.6), 1),
                            (0.5, 0.95)[layer],
                        )
            x += width + rng.uniform(0, 0.03)
    return p


def lit(p, rng):
    """Light falling in from one side, darker towards the far corner."""
    angle = rng.uniform(0, 2 * np.pi)
    across = (p.x - 0.5) * np.cos(angle) + (p.y - 0.5) * np.sin(angle)
    p.pixels[..., :3] *= (1 + 0.28 * across)[..., None]
    return p


OWN_SCENE = dict(boat=sea, balloon=cloudy_sky, fish=reef, cactus=desert, rocket=space)
SHARED_SCENES = [brick, wood, meadow, room, tiles, city]


def draw_scene(scene, rng):
    """An RGB image of SIZE x SIZE."""
    return scene(rng).image().convert('RGB').resize((SIZE, SIZE), Image.BOX)
