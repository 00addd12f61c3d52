"""Compares the archive's description of an image set with its downloaded movies."""

#: Number of movies at the beginning of the list that describe the set.
DECIDING = 3


def declared_shape(image_set):
    """Return width and height in pixels and frames per movie; None for unknown values."""
    return image_set.image_width, image_set.image_height, image_set.frames_per_image


def declared_lines(image_set, shape, noun="movie"):
    """Yield a sentence for each declared value that differs from the movies' shape.

    The number of images is compared where the movies are chosen (lookup.selection.count_note).
    """
    width, height, frames = declared_shape(image_set)
    if width and height and (width, height) != shape[:2]:
        yield (
            f"EMPIAR says {width} x {height} pixels, the {noun}s have {shape.width} x "
            f"{shape.height}{_super_resolution(width, height, shape)}: check the pixel size"
        )
    if frames and frames != shape.frames:
        yield f"EMPIAR says {frames} frames per {noun}, the {noun}s have {shape.frames}"


def _super_resolution(width, height, shape):
    if (width, height) == (2 * shape.width, 2 * shape.height):
        return " (half: is the pixel size of super-resolution?)"
    if (2 * width, 2 * height) == (shape.width, shape.height):
        return " (twice: super-resolution?)"
    return ""
