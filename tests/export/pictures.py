"""Image files as people upload them, made from two photographs that scikit-learn ships."""

from __future__ import annotations

from io import BytesIO

from PIL import Image
from sklearn.datasets import load_sample_image

_ORIENTATION = 0x0112


def picture_files() -> dict[str, bytes]:
    """Encoded files by what is special about them."""
    china = Image.fromarray(load_sample_image("china.jpg"))
    flower = Image.fromarray(load_sample_image("flower.jpg"))
    fading = flower.convert("RGBA")
    fading.putalpha(Image.linear_gradient("L").resize(flower.size))
    sideways = Image.Exif()
    sideways[_ORIENTATION] = 6
    return {
        "jpeg": _encode(china, "JPEG", quality=85),
        "png with alpha": _encode(fading, "PNG"),
        "greyscale": _encode(china.convert("L"), "JPEG"),
        "greyscale with alpha": _encode(fading.convert("LA"), "PNG"),
        "palette": _encode(flower.quantize(32), "PNG"),
        "palette with transparency": _encode(flower.quantize(32), "PNG", transparency=0),
        "exif rotated": _encode(china, "JPEG", exif=sideways),
        "tall": _encode(flower.crop((200, 0, 260, 427)), "PNG"),
        "wide": _encode(china.crop((0, 150, 640, 215)), "WEBP", lossless=True),
        "smaller than the crop": _encode(flower.resize((57, 41)), "PNG"),
        "square": _encode(china.resize((224, 224)), "BMP"),
    }


def _encode(image: Image.Image, form: str, **options: object) -> bytes:
    buffer = BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()
