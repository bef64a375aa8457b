"""Make the pictures in quickstart/samples and the table of their licences.

    python -m scripts.make_samples                  the drawn pictures and LICENCES.md
    python -m scripts.make_samples --wheels DIR     the photographs too, from these wheels:

    pip download --no-deps -d DIR scikit-image==0.26.0 scikit-learn==1.9.1 matplotlib==3.11.2
    pip download --no-deps -d DIR --python-version 3.10 --only-binary :all: scipy==1.9.3

`posts.json` and `viewers.json` are written by hand; LICENCES.md is derived from `posts.json`.
"""

import argparse
from pathlib import Path

from PIL import Image

from quickstart.samples import SAMPLES, SamplePost, load_posts
from scripts.sample_drawings import DRAWINGS
from scripts.sample_photographs import PHOTOGRAPHS, read_photograph

JPEG_QUALITY = 80

LICENCES_HEAD = """\
# Sources and licences of the sample pictures and videos

Derived from `posts.json` by `python -m scripts.make_samples`. The photographs were shrunk to at
most 800 pixels and stored as JPEG; nothing else was changed. The videos show these pictures,
cropped to their shape. The lettering in drawn pictures and videos is Aileron (CC0), the font that
Pillow carries.

- CC0-1.0: https://creativecommons.org/publicdomain/zero/1.0/
- CC-BY-2.0: https://creativecommons.org/licenses/by/2.0/

| file | author | licence | source |
|---|---|---|---|
"""


def save(picture: Image.Image, target: Path) -> None:
    """Store as the suffix says: JPEG, or PNG with a palette (drawn pictures have few colours)."""
    if target.suffix == ".png":
        picture.quantize(128).save(target, optimize=True)
    else:
        picture.save(target, quality=JPEG_QUALITY, optimize=True)


def licences_page(posts: tuple[SamplePost, ...]) -> str:
    """LICENCES.md as text: one row a picture or video, in the order of the posts."""
    rows = (
        f"| {post.file.name} | {post.attribution} | {post.licence} | {post.source} |\n"
        for post in posts
        if post.file is not None
    )
    return LICENCES_HEAD + "".join(rows)


def main() -> None:
    """Write the pictures, photographs first: some drawings lie over them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--wheels", type=Path, help="folder with the photographs' wheels")
    wheels = parser.parse_args().wheels
    if wheels is not None:
        for name, member in PHOTOGRAPHS.items():
            save(read_photograph(wheels, member), SAMPLES / name)
    for name, draw in DRAWINGS.items():
        save(draw(SAMPLES), SAMPLES / name)
    (SAMPLES / "LICENCES.md").write_text(licences_page(load_posts()), encoding="utf-8")


if __name__ == "__main__":
    main()
