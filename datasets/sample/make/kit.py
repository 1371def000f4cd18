"""A small painting kit: shapes in unit coordinates, shading and textures, on Pillow and numpy.

A picture is a float32 array H x W x 4 (red, green, blue, opacity; 0..1). Points are (x, y) in 0..1 from the top left.
"""

import colorsys

import numpy as np
from PIL import Image, ImageDraw, ImageFilter


def colour(hue, saturation, value):
    return np.array(colorsys.hsv_to_rgb(hue % 1, np.clip(saturation, 0, 1), np.clip(value, 0, 1)), np.float32)


def mix(a, b, t):
    return np.asarray(a, np.float32) * (1 - t) + np.asarray(b, np.float32) * t


def blur(mask, radius):
    """Gaussian blur of a 0..1 mask; radius in pixels."""
    image = Image.fromarray((np.clip(mask, 0, 1) * 255).astype(np.uint8))
    return np.asarray(image.filter(ImageFilter.GaussianBlur(radius)), np.float32) / 255


def noise(rng, height, width, cells_y, cells_x, octaves=4):
    """Smooth noise, 0..1: random grids of doubling fineness, enlarged and summed with halving weight."""
    total, weight = np.zeros((height, width), np.float32), 0.0
    for octave in range(octaves):
        rows, columns = int(cells_y * 2**octave) + 2, int(cells_x * 2**octave) + 2
        grid = Image.fromarray(rng.random((rows, columns), np.float32))
        total += np.asarray(grid.resize((width, height), Image.BICUBIC)) * 0.5**octave
        weight += 0.5**octave
    return np.clip(total / weight, 0, 1)


def ramp(stops, t):
    """Colours along stops [(position, colour), ...] at every t: shape of t x 3."""
    positions = [position for position, _ in stops]
    return np.stack([np.interp(t, positions, [float(c[k]) for _, c in stops]) for k in range(3)], -1).astype(np.float32)


def bezier(*points, steps=24):
    """The curve through two end points bent by one or two control points, as a list of points."""
    t = np.linspace(0, 1, steps)[:, None]
    p = np.asarray(points, np.float64)
    if len(p) == 3:
        curve = (1 - t) ** 2 * p[0] + 2 * t * (1 - t) * p[1] + t**2 * p[2]
    else:
        curve = (1 - t) ** 3 * p[0] + 3 * t * (1 - t) ** 2 * p[1] + 3 * t**2 * (1 - t) * p[2] + t**3 * p[3]
    return [tuple(point) for point in curve]


class Painting:
    """Paints masks one over another. `unit` is the number of pixels of coordinate 1, on both axes."""

    def __init__(self, width, height, unit, background=None):
        self.width, self.height, self.unit = width, height, unit
        self.pixels = np.zeros((height, width, 4), np.float32)
        if background is not None:
            self.pixels[..., :3], self.pixels[..., 3] = background, 1
        rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
        self.x, self.y = (columns + 0.5) / unit, (rows + 0.5) / unit

    def _drawn(self, draw_on):
        image = Image.new('L', (self.width, self.height))
        draw_on(ImageDraw.Draw(image))
        return np.asarray(image, np.float32) / 255

    def _scaled(self, points):
        return [(x * self.unit, y * self.unit) for x, y in points]

    def polygon(self, points):
        return self._drawn(lambda draw: draw.polygon(self._scaled(points), fill=255))

    def ellipse(self, x, y, rx, ry=None):
        ry = rx if ry is None else ry
        return self._drawn(lambda draw: draw.ellipse(self._scaled([(x - rx, y - ry), (x + rx, y + ry)]), fill=255))

    def box(self, left, top, right, bottom, radius=0.0):
        corners = self._scaled([(left, top), (right, bottom)])
        return self._drawn(lambda draw: draw.rounded_rectangle(corners, radius * self.unit, fill=255))

    def line(self, points, thickness):
        """A stroke with round joints and ends."""
        scaled, half = self._scaled(points), thickness * self.unit / 2

        def draw_on(draw):
            draw.line(scaled, fill=255, width=max(1, round(2 * half)), joint='curve')
            for x, y in (scaled[0], scaled[-1]):
                draw.ellipse([x - half, y - half, x + half, y + half], fill=255)

        return self._drawn(draw_on)

    def paint(self, mask, paint, opacity=1.0):
        """Lays a colour, or an H x W x 3 array of colours, over what is there."""
        rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
        if not len(rows):
            return
        area = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        paint = np.asarray(paint, np.float32)
        paint = paint[area] if paint.ndim == 3 else paint
        over = (mask[area] * opacity)[..., None]
        pixels = self.pixels[area]
        under = pixels[..., 3:].copy()
        alpha = over + under * (1 - over)
        pixels[..., :3] = (paint * over + pixels[..., :3] * under * (1 - over)) / np.maximum(alpha, 1e-6)
        pixels[..., 3:] = alpha

    def solid(self, mask, paint, roundness=0.06, strength=0.5):
        """Paints a mask as rounded, lit from the upper left: a blurred mask is its height, its slope the shade."""
        height = blur(mask, roundness * self.unit)
        down, right = np.gradient(height)
        light = -(down * 0.8 + right * 0.6) * roundness * self.unit * strength * -1.6
        shade = np.clip(1 + light, 0.35, 1.6)[..., None]
        shaded = np.asarray(paint, np.float32) * shade
        self.paint(mask, np.clip(shaded + np.maximum(shade - 1.15, 0) * 0.5, 0, 1))

    def image(self):
        return Image.fromarray((np.clip(self.pixels, 0, 1) * 255 + 0.5).astype(np.uint8), 'RGBA')
